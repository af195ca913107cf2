#include "kv_ring.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "child.h"
#include "examples/common/interrupt.h"
#include "examples/common/line_splitter.h"
#include "measure.h"

namespace concord::bench {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(3);
constexpr absl::Duration kLook = absl::Milliseconds(100);
constexpr std::size_t kLongestLine = 1000;

template <typename Figure>
std::uint64_t Sum(const RingStats& stats, Figure figure) {
  std::uint64_t sum = 0;
  for (const kv::wire::StatsResponse& store : stats.stores) sum += (store.*figure)();
  return sum;
}

// The first line that it writes.
std::string FirstLine(const example::Process& process) {
  const absl::Time end = absl::Now() + kPatience;
  example::LineSplitter lines(kLongestLine);
  while (lines.empty() && absl::Now() < end) {
    if (example::Interrupted()) Fail("interrupted");
    pollfd output{.fd = process.output(), .events = POLLIN, .revents = 0};
    poll(&output, 1, static_cast<int>(absl::ToInt64Milliseconds(kLook)));
    char bytes[kLongestLine];
    const ssize_t n = read(process.output(), bytes, sizeof bytes);
    if (n == 0) break;
    if (n > 0) lines.Append({bytes, static_cast<std::size_t>(n)});
  }
  if (lines.empty()) Fail(absl::StrCat("a store is not in the ring: ", process.Complaint()));
  return lines.Next()->text;
}

}  // namespace

std::uint64_t RingStats::entries() const { return Sum(*this, &kv::wire::StatsResponse::entries); }
std::uint64_t RingStats::owned_entries() const {
  return Sum(*this, &kv::wire::StatsResponse::owned_entries);
}
std::uint64_t RingStats::moved_bytes() const {
  return Sum(*this, &kv::wire::StatsResponse::moved_bytes);
}

const kv::wire::StatsResponse& RingStats::of(const std::string& name) const {
  const auto store = std::find_if(stores.begin(), stores.end(),
                                  [&](const auto& each) { return each.self().name() == name; });
  if (store == stores.end()) Fail(absl::StrCat(name, " is not in the ring"));
  return *store;
}

bool RingStats::Hold(std::size_t keys, std::size_t count, bool surplus) const {
  if (stores.size() != count || owned_entries() != keys) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!stores[i].complete() || !KnowsHolders(i)) return false;
  }
  const std::uint64_t copies = keys * std::min<std::size_t>(stores.front().copies(), count);
  return surplus ? entries() >= copies : entries() == copies;
}

// Whether those that the store at this place is to bring what it owns to are those that it does.
bool RingStats::KnowsHolders(std::size_t place) const {
  const kv::wire::StatsResponse& store = stores[place];
  const std::size_t holders = std::min<std::size_t>(store.copies(), stores.size()) - 1;
  if (static_cast<std::size_t>(store.successors_size()) < holders) return false;
  for (std::size_t i = 0; i < holders; ++i) {
    const std::string& next = stores[(place + i + 1) % stores.size()].self().name();
    if (store.successors(static_cast<int>(i)).name() != next) return false;
  }
  return true;
}

KvRing::KvRing(std::string program, std::string folder, std::vector<std::string> flags)
    : program_(std::move(program)), folder_(std::move(folder)), flags_(std::move(flags)) {}

std::string KvRing::Add() {
  const std::string name = absl::StrCat("store-", started_++);
  std::vector<std::string> argv = {program_, "--name=" + name,
                                   absl::StrCat("--data=", folder_, "/", name)};
  argv.insert(argv.end(), flags_.begin(), flags_.end());
  if (!stores_.empty()) argv.push_back("--join=" + stores_.front().address);
  auto process = example::Process::Start(argv);
  if (!process.ok()) Fail(process.status().ToString());
  // "NAME at ADDRESS is in the ring"
  const std::vector<std::string> words = absl::StrSplit(FirstLine(**process), ' ');
  if (words.size() < 3) Fail("a store does not say where it is");
  stores_.push_back({name, words[2], *std::move(process)});
  return name;
}

std::string KvRing::Kill() {
  const std::string name = stores_.front().name;
  stores_.front().process->Signal(SIGKILL);
  stores_.erase(stores_.begin());  // reaps it
  return name;
}

RingStats KvRing::WaitFor(std::size_t keys, bool surplus) const {
  kv::Client client(addresses(), absl::Seconds(1));
  const absl::Time end = absl::Now() + kPatience;
  std::string seen;
  while (absl::Now() < end) {
    if (example::Interrupted()) Fail("interrupted");
    auto ring = client.Ring();
    if (ring.ok()) {
      RingStats stats{*std::move(ring)};
      if (stats.Hold(keys, size(), surplus)) return stats;
      seen = absl::StrCat(stats.stores.size(), " stores own ", stats.owned_entries(),
                          " entries and hold ", stats.entries());
    } else {
      seen = ring.status().ToString();
    }
    absl::SleepFor(kLook);
  }
  Fail(absl::StrCat(size(), " stores do not come to hold ", keys, " keys: ", seen));
}

std::vector<std::string> KvRing::addresses() const {
  std::vector<std::string> addresses;
  for (const Store& store : stores_) addresses.push_back(store.address);
  return addresses;
}

double KvRing::CpuMicroseconds() const {
  double sum = 0;
  for (const Store& store : stores_) sum += CpuMicrosecondsOf(store.process->pid());
  return sum;
}

}  // namespace concord::bench
