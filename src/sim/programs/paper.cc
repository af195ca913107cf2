#include "sim/programs/paper.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "absl/strings/str_cat.h"
#include "sim/paper/document.h"

namespace concord::sim {
namespace {

bool Complain(const std::string& what) {
  std::fprintf(stderr, "concord-sim: %s\n", what.c_str());
  return false;
}

bool IsExperiment(const std::string& name) {
  return std::any_of(Experiments().begin(), Experiments().end(),
                     [&](const Experiment& experiment) { return name == experiment.name; });
}

bool DrawAll(const std::vector<Section>& sections, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Complain(absl::StrCat(folder, ": ", error.message()));
  for (const Section& section : sections) {
    for (const Plot& plot : section.plots) {
      if (Draw(plot, absl::StrCat(folder, "/", plot.file))) continue;
      return Complain(absl::StrCat(plot.file,
                                   " is not drawn: that takes gnuplot (Debian's package "
                                   "gnuplot-nox)"));
    }
  }
  return true;
}

// At most once in two seconds, and when an experiment is done.
class Progress {
 public:
  explicit Progress(const char* name) : name_(name) {}
  void operator()(std::size_t done, std::size_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (now - said_ < std::chrono::seconds(2)) return;
    said_ = now;
    std::fprintf(stderr, "%s: %zu of %zu runs\n", name_, done, of);
  }

 private:
  const char* name_;
  std::chrono::steady_clock::time_point said_ = std::chrono::steady_clock::now();
};

}  // namespace

bool WritePaper(const PaperOptions& options) {
  for (const std::string& name : options.only) {
    if (!IsExperiment(name)) return Complain(absl::StrCat("there is no experiment '", name, "'"));
  }
  Bench bench;
  bench.seeds = options.seeds;
  bench.jobs = options.jobs > 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  std::vector<Section> sections;
  for (const Experiment& experiment : Experiments()) {
    const bool wanted = options.only.empty() ||
                        std::count(options.only.begin(), options.only.end(), experiment.name) > 0;
    if (!wanted) continue;
    bench.progress = Progress(experiment.name);
    sections.push_back(experiment.make(bench));
    std::fprintf(stderr, "%s: done\n", experiment.name);
  }
  if (!options.only.empty()) {  // a look at some of them: the page stays as it is
    for (const Section& section : sections) std::printf("%s\n", section.text.c_str());
    return true;
  }
  const bool drawn = DrawAll(sections, absl::StrCat(options.out, "/paper"));
  const std::string page = absl::StrCat(options.out, "/paper.md");
  if (!(std::ofstream(page) << Document(sections)).flush()) {
    return Complain(absl::StrCat(page, " cannot be written"));
  }
  return drawn;
}

}  // namespace concord::sim
