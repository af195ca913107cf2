// concord-kv-chaos: a ring of concord-kv processes under faults. See --help.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "chaos/command.h"
#include "chaos/statistics.h"
#include "concord/node.h"
#include "examples/common/folder.h"
#include "examples/common/tool.h"
#include "examples/kv/client.h"
#include "examples/kv/rocks_storage.h"
#include "kv/workload.h"

ABSL_FLAG(std::string, store_binary, "",
          "The concord-kv to run. Empty: examples/kv/concord-kv of the same build.");
ABSL_FLAG(std::string, data, "",
          "A new folder for what the stores keep, which stays. Empty: one that goes.");

namespace kv {
namespace {

constexpr std::size_t kCopies = 3;
constexpr std::size_t kWriteQuorum = 2;
constexpr std::size_t kMostNamed = 20;  // of each kind of wrong

constexpr char kSynopsis[] =
    "usage: concord-kv-chaos [flags]\n"
    "\n"
    "Runs a ring of concord-kv processes, each in a network namespace of its own, under the "
    "faults\n"
    "of concord-chaos. Clients read and write meanwhile, and what they were told is judged\n"
    "afterwards. In the end the stores' disks are compared. docs/kv.md says what must hold.";

// All entries on the disk of a store that is down, by key.
absl::StatusOr<std::map<std::string, Entry>> OnDisk(const std::string& folder) {
  auto storage = RocksStorage::Open(absl::StrCat(folder, "/entries"), [](auto) {});
  if (!storage.ok()) return storage.status();
  std::map<std::string, Entry> entries;
  const absl::Status scanned = (*storage)->Scan({0, ~concord::Id{0}}, {}, /*values=*/true,
                                                [&](const Place& place, Entry entry) {
                                                  entries.emplace(place.key, std::move(entry));
                                                  return true;
                                                });
  if (!scanned.ok()) return scanned;
  return entries;
}

class Stores : public concord::chaos::Subject {
 public:
  // `data`: a folder for what they keep; empty: one that goes.
  Stores(std::string binary, std::string data)
      : binary_(std::move(binary)), data_(data.empty() ? temporary_.path() : std::move(data)) {}

  std::vector<std::string> CommandOf(const std::string& store) override {
    return {binary_, "--data=" + DataOf(store), absl::StrCat("--copies=", kCopies),
            absl::StrCat("--write_quorum=", kWriteQuorum)};
  }

  // NAME at HOST:PORT is in the ring
  absl::StatusOr<std::optional<concord::Server>> ReadLine(const std::string& line) override {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() < 3 || words[1] != "at") return std::nullopt;
    return concord::Server{hash_.IdOf(words[0]), words[0], words[2]};
  }

  void Begin(const std::vector<std::string>& addresses) override {
    asker_ = std::make_unique<Client>(addresses, absl::Seconds(3));
    workload_ = std::make_unique<Workload>(addresses, Workload::Options());
  }

  std::optional<bool> IsSettled() override {
    const auto ring = asker_->Ring();
    return ring.ok() && std::all_of(ring->begin(), ring->end(),
                                    [](const auto& store) { return store.complete(); });
  }

  // RocksDB's: two buffers of writes, and its cache of blocks, which has 8 MiB.
  double MemoryToFill() override {
    return static_cast<double>((2 * RocksStorage::kBufferBytes >> 10) + (8 << 10));
  }

  void SetTorn(bool torn) override {
    if (torn) {
      torn_.push_back({absl::Now(), absl::InfiniteFuture()});
    } else {
      torn_.back().end = absl::Now();
    }
  }

  Findings End(const concord::example::Oracle& ring, const std::function<void()>& kill) override {
    Findings findings;
    if (!workload_) return findings;
    workload_->Stop();
    std::cerr << "All that was written is read.\n";
    workload_->ReadAll();
    std::cerr << "The stores let go of what they are not to hold.\n";
    if (!AwaitExactCopies()) {
      findings.wrong.push_back("stores hold what they are not to hold, long after the last fault");
    }
    kill();  // at once: to judge takes long enough for a store to be taken for dead meanwhile
    std::cerr << "Histories and disks are judged.\n";
    Judge(findings);
    CompareDisks(ring, findings);
    return findings;
  }

 private:
  std::string DataOf(const std::string& store) const { return absl::StrCat(data_, "/", store); }

  bool AwaitExactCopies() {
    const auto exact = [this] {
      const auto ring = asker_->Ring();
      if (!ring.ok()) return false;
      std::uint64_t held = 0, owned = 0;
      for (const wire::StatsResponse& store : *ring) {
        if (!store.complete()) return false;
        held += store.entries();
        owned += store.owned_entries();
      }
      return held == std::min(kCopies, ring->size()) * owned;
    };
    for (const absl::Time end = absl::Now() + absl::Minutes(5); !exact();) {
      if (absl::Now() > end) return false;
      absl::SleepFor(absl::Milliseconds(200));
    }
    return true;
  }

  void Judge(Findings& findings) const {
    const History::Verdict verdict = workload_->history().Judge(torn_, absl::Milliseconds(50));
    findings.notes.push_back(absl::StrFormat(
        "%d writes acknowledged and %d reads answered, %d operations without an answer; %d reads "
        "of a torn ring found what had been overwritten elsewhere.",
        verdict.acknowledged, verdict.reads, verdict.unknown, verdict.stale.size()));
    for (const auto& [what, ms] : {std::pair("Writes", workload_->write_milliseconds()),
                                   std::pair("Reads", workload_->read_milliseconds())}) {
      using concord::chaos::Percentile;
      findings.notes.push_back(
          absl::StrFormat("%s took %.1f ms in the median, %.1f at p99, %.0f at most.", what,
                          Percentile(ms, 0.5), Percentile(ms, 0.99), Percentile(ms, 1)));
    }
    for (std::size_t i = 0; i < verdict.wrong.size() && i < kMostNamed; ++i) {
      findings.wrong.push_back(verdict.wrong[i]);
    }
    if (verdict.wrong.size() > kMostNamed) {
      findings.wrong.push_back(absl::StrCat(verdict.wrong.size(), " such answers in all"));
    }
    if (verdict.acknowledged == 0 || verdict.reads == 0) {
      findings.wrong.push_back("nothing was written or read");
    }
  }

  // Every key is on the disks of its owner and those after it, in one version, and on no others.
  void CompareDisks(const concord::example::Oracle& ring, Findings& findings) const {
    struct Copies {
      Entry entry;
      std::vector<std::string> holders;
      bool equal = true;
    };
    std::map<std::string, Copies> keys;
    for (const concord::Server& store : ring.members()) {
      auto entries = OnDisk(DataOf(store.name));
      if (!entries.ok()) {
        findings.wrong.push_back(absl::StrCat(store.name, ": ", entries.status().ToString()));
        continue;
      }
      for (auto& [key, entry] : *entries) {
        Copies& copies = keys[key];
        if (copies.holders.empty()) copies.entry = entry;
        copies.equal = copies.equal && copies.entry == entry;
        copies.holders.push_back(store.name);
      }
    }
    std::size_t wrong = 0, tombstones = 0;
    for (auto& [key, copies] : keys) {
      tombstones += copies.entry.deleted;
      std::vector<std::string> due = HoldersOf(ring, key);
      std::sort(copies.holders.begin(), copies.holders.end());
      if ((copies.equal && copies.holders == due) || ++wrong > kMostNamed) continue;
      findings.wrong.push_back(absl::StrCat(key, copies.equal ? "" : " differs: it", " is held by ",
                                            absl::StrJoin(copies.holders, " "),
                                            ", and is to be by ", absl::StrJoin(due, " ")));
    }
    if (wrong > kMostNamed) findings.wrong.push_back(absl::StrCat(wrong, " such keys in all"));
    findings.notes.push_back(absl::StrFormat(
        "On the disks: %d keys, %d of them deleted ones, and %d that are not equal on exactly %d "
        "stores.",
        keys.size(), tombstones, wrong, std::min(kCopies, ring.members().size())));
  }

  std::vector<std::string> HoldersOf(const concord::example::Oracle& ring,
                                     const std::string& key) const {
    std::vector<std::string> holders = {ring.OwnerOf(hash_.IdOf(key)).name};
    for (const concord::Server& next :
         ring.NeighboursOf(ring.OwnerOf(hash_.IdOf(key)).id, kCopies - 1).successors) {
      holders.push_back(next.name);
    }
    std::sort(holders.begin(), holders.end());
    return holders;
  }

  const std::string binary_;
  const concord::example::Folder temporary_;
  const std::string data_;
  const concord::Node hash_{concord::Config()};  // tells hashes, and is never started
  std::unique_ptr<Client> asker_;
  std::unique_ptr<Workload> workload_;
  std::vector<History::Period> torn_;
};

absl::StatusOr<std::unique_ptr<concord::chaos::Subject>> Subjects() {
  const std::string binary = absl::GetFlag(FLAGS_store_binary);
  const std::string data = absl::GetFlag(FLAGS_data);
  std::error_code error;
  if (!data.empty() && !std::filesystem::create_directories(data, error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--data is '", data, "'; it must be a folder that is not there yet",
                     error ? absl::StrCat(" (", error.message(), ")") : ""));
  }
  return std::make_unique<Stores>(
      binary.empty() ? concord::example::BuiltWith("examples/kv/concord-kv") : binary, data);
}

}  // namespace
}  // namespace kv

int main(int argc, char** argv) {
  return concord::chaos::Main(
      argc, argv,
      {"concord-kv-chaos", kv::kSynopsis, kv::Subjects, kv::kCopies - kv::kWriteQuorum});
}
