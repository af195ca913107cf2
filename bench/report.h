// Rounds of measurements, and the table that they make.
#ifndef CONCORD_BENCH_REPORT_H_
#define CONCORD_BENCH_REPORT_H_

#include <functional>
#include <string>
#include <vector>

#include "measure.h"

namespace concord::bench {

struct Contender {
  std::string name;
  Caller* caller = nullptr;
  std::vector<Figures> rounds;
};

struct Comparison {
  std::string title;
  int outstanding = 1;
  std::vector<Contender> contenders;  // all are compared with the first
};

// Measures everybody for `how_long`, over and over: a machine that is slower for a while is so for
// all. Every other round goes backwards. The first round is for warming up and is not kept.
// `progress` hears what is being done.
void RunRounds(std::vector<Comparison>& comparisons, int rounds, Clock::duration how_long,
               const std::function<void(const std::string&)>& progress);

// To standard error; on a terminal in the place of what was shown before.
void ShowProgress(const std::string& what);

using Figure = double Figures::*;

// Of the rounds, each contender against the first in the same round.
std::vector<double> Ratios(const Comparison& comparison, std::size_t contender, Figure figure);

// The median, and two quantiles around it.
std::string SpreadCell(const std::vector<double>& values, double low = 0.25, double high = 0.75);
void PrintRow(const std::string& name, const std::vector<std::string>& cells);

// Medians of the rounds, as a table in Markdown, to standard output.
void PrintTable(const Comparison& comparison);

}  // namespace concord::bench

#endif  // CONCORD_BENCH_REPORT_H_
