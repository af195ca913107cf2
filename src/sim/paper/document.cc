#include "sim/paper/document.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "sim/paper/burst.h"
#include "sim/paper/churn.h"
#include "sim/paper/faults.h"
#include "sim/paper/key_share.h"
#include "sim/paper/mass_failure.h"
#include "sim/paper/path_length.h"
#include "sim/paper/split.h"

namespace concord::sim {

const std::vector<Experiment>& Experiments() {
  static const std::vector<Experiment> experiments{{"path_length", PathLengthSection},
                                                   {"keys", KeyShareSection},
                                                   {"mass_failure", MassFailureSection},
                                                   {"churn", ChurnSection},
                                                   {"burst", BurstSection},
                                                   {"split", SplitSection},
                                                   {"faults", FaultsSection}};
  return experiments;
}

std::string Document(const std::vector<Section>& sections) {
  std::string text =
      "# The paper's tables\n\n"
      "The figures by which Chord was presented, measured again on this code: Stoica, Morris, "
      "Karger, "
      "Kaashoek, Balakrishnan, \"Chord: A Scalable Peer-to-peer Lookup Service for Internet "
      "Applications\" (SIGCOMM 2001), and its longer form with Liben-Nowell and Dabek (IEEE/ACM "
      "ToN "
      "2003). The routing tables and lookups are those of the library; rings that stand still are "
      "built directly, the others run in the simulator ([verification.md](verification.md)). This "
      "page and its plots are written by\n\n"
      "```sh\nscripts/paper\n```\n\n"
      "and are the same each time. Numbers are the mean over ten seeds, with the standard "
      "deviation "
      "from seed to seed after the ±.\n";
  for (const Section& section : sections) absl::StrAppend(&text, "\n", section.text);
  return text;
}

bool Draw(const Plot& plot, const std::string& file) {
  std::FILE* const gnuplot = popen("gnuplot", "w");
  if (gnuplot == nullptr) return false;
  const std::string script = absl::StrCat(
      "set terminal svg size 720,400 background '#ffffff' font 'sans-serif,12'\n", "set output '",
      file, "'\nset title '", plot.title, "'\nset grid\n", plot.script);
  std::fputs(script.c_str(), gnuplot);
  return pclose(gnuplot) == 0;
}

}  // namespace concord::sim
