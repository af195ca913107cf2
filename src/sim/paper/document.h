// docs/paper.md, with its plots.
#ifndef CONCORD_SIM_PAPER_DOCUMENT_H_
#define CONCORD_SIM_PAPER_DOCUMENT_H_

#include <string>
#include <vector>

#include "sim/paper/section.h"

namespace concord::sim {

// An experiment, by the name under which it can be asked for.
struct Experiment {
  const char* name;
  Section (*make)(const Bench& bench);
};
const std::vector<Experiment>& Experiments();

// The whole text.
std::string Document(const std::vector<Section>& sections);

// Has gnuplot draw `plot` into this file. False: there is no gnuplot, or it failed; what it said
// went to stderr.
bool Draw(const Plot& plot, const std::string& file);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PAPER_DOCUMENT_H_
