// make_seeds FOLDER: writes the seeds and words of every target, FOLDER/corpus/<target>/<name> and
// FOLDER/<target>.dict.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_format.h"
#include "seeds/seeds.h"

namespace concord::fuzz {
namespace {

void WriteSeeds(const std::filesystem::path& folder, const Seeds& seeds) {
  std::filesystem::create_directories(folder);
  for (const auto& [name, bytes] : seeds) {
    std::ofstream(folder / name, std::ios::binary) << bytes;
  }
}

// As libFuzzer and AFL++ read it.
void WriteWords(const std::filesystem::path& file, const Words& words) {
  std::ofstream out(file);
  out << "# Written by make_seeds.\n";
  for (const auto& [name, bytes] : words) {
    out << name << "=\"";
    for (const char c : bytes) {
      const bool plain = c > ' ' && c <= '~' && c != '"' && c != '\\';
      out << (plain ? std::string(1, c)
                    : absl::StrFormat("\\x%02X", static_cast<unsigned char>(c)));
    }
    out << "\"\n";
  }
}

void Write(const std::filesystem::path& folder, const std::string& target, const Seeds& seeds,
           const Words& words) {
  WriteSeeds(folder / "corpus" / target, seeds);
  WriteWords(folder / (target + ".dict"), words);
}

}  // namespace
}  // namespace concord::fuzz

int main(int argc, char** argv) {
  using namespace concord::fuzz;
  if (argc != 2) {
    std::fprintf(stderr, "Usage: make_seeds FOLDER\n");
    return 2;
  }
  Write(argv[1], "fuzz_codec", CodecSeeds(), CodecWords());
  Write(argv[1], "fuzz_member", MemberSeeds(), MemberWords());
  Write(argv[1], "fuzz_schedule", ScheduleSeeds(), ScheduleWords());
  return 0;
}
