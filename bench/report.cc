#include "report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace concord::bench {
namespace {

constexpr Figure kColumns[] = {&Figures::p50_us, &Figures::p99_us, &Figures::calls_per_s,
                               &Figures::cpu_us};

double MedianOf(const Contender& contender, Figure figure) {
  std::vector<double> values;
  for (const Figures& round : contender.rounds) values.push_back(round.*figure);
  return Quantile(values, 0.5);
}

}  // namespace

void ShowProgress(const std::string& what) {
  std::fprintf(stderr, isatty(STDERR_FILENO) ? "\r%s\033[K" : "%s\n", what.c_str());
}

std::string SpreadCell(const std::vector<double>& values, double low, double high) {
  return absl::StrFormat("%.2f (%.2f to %.2f)", Quantile(values, 0.5), Quantile(values, low),
                         Quantile(values, high));
}

void PrintRow(const std::string& name, const std::vector<std::string>& cells) {
  std::string line = absl::StrFormat("| %-34s |", name);
  for (const std::string& cell : cells) absl::StrAppendFormat(&line, " %20s |", cell);
  std::puts(line.c_str());
}

void RunRounds(std::vector<Comparison>& comparisons, int rounds, Clock::duration how_long,
               const std::function<void(const std::string&)>& progress) {
  struct Turn {
    Contender* contender;
    int outstanding;
  };
  std::vector<Turn> turns;
  for (Comparison& comparison : comparisons) {
    for (Contender& contender : comparison.contenders) {
      turns.push_back({&contender, comparison.outstanding});
    }
  }
  for (int round = 0; round <= rounds; ++round) {
    const bool warming_up = round == 0;
    progress(warming_up ? "warming up" : absl::StrCat("round ", round, " of ", rounds));
    for (const Turn& turn : turns) {
      const Figures figures = Measure(*turn.contender->caller, turn.outstanding, how_long);
      if (!warming_up) turn.contender->rounds.push_back(figures);
    }
    std::reverse(turns.begin(), turns.end());
  }
}

std::vector<double> Ratios(const Comparison& comparison, std::size_t contender, Figure figure) {
  const std::vector<Figures>& base = comparison.contenders.front().rounds;
  const std::vector<Figures>& rounds = comparison.contenders[contender].rounds;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < base.size(); ++i)
    ratios.push_back(rounds[i].*figure / base[i].*figure);
  return ratios;
}

void PrintTable(const Comparison& comparison) {
  PrintRow(comparison.title, {"p50 µs", "p99 µs", "calls/s", "processor µs/call"});
  std::puts("|---|--:|--:|--:|--:|");
  for (const Contender& contender : comparison.contenders) {
    std::vector<std::string> cells;
    for (const Figure figure : kColumns) {
      const bool whole = figure == &Figures::calls_per_s;
      cells.push_back(absl::StrFormat("%.*f", whole ? 0 : 1, MedianOf(contender, figure)));
    }
    PrintRow(contender.name, cells);
  }
  for (std::size_t i = 1; i < comparison.contenders.size(); ++i) {
    std::vector<std::string> cells;
    for (const Figure figure : kColumns) cells.push_back(SpreadCell(Ratios(comparison, i, figure)));
    PrintRow(absl::StrCat(comparison.contenders[i].name, ", ratio"), cells);
  }
  std::puts("");
}

}  // namespace concord::bench
