// concord-sim paper: docs/paper.md, written anew.
#ifndef CONCORD_SIM_PROGRAMS_PAPER_H_
#define CONCORD_SIM_PROGRAMS_PAPER_H_

#include <string>
#include <vector>

namespace concord::sim {

struct PaperOptions {
  std::string out = "docs";       // a folder: paper.md comes into it, and the plots into paper/
  std::vector<std::string> only;  // names of experiments; empty: all
  unsigned seeds = 10;
  unsigned jobs = 0;  // threads; 0: as many as there are processors
};

// False: something could not be written or drawn, or there is no such experiment; says what.
bool WritePaper(const PaperOptions& options);

}  // namespace concord::sim

#endif  // CONCORD_SIM_PROGRAMS_PAPER_H_
