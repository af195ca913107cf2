#include "examples/demo/store_story.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "examples/common/interrupt.h"

namespace concord::example {
namespace {

constexpr std::size_t kStores = 3;
constexpr std::size_t kMostWords = 1000;
constexpr int kPort = 7100;  // and the next two, which belong to nobody
constexpr absl::Duration kPatience = absl::Seconds(30);

std::string Seconds(absl::Duration duration) {
  return absl::StrFormat("%.2f s", absl::ToDoubleSeconds(duration));
}

// How many of the words get something from `ask`, each word asked once, by some threads.
template <typename Ask>
std::size_t CountOf(const std::vector<std::string>& words, Progress& progress, Ask ask) {
  std::atomic<std::size_t> next = 0, good = 0, done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < words.size(); at = next++) {
        good += ask(words[at]);
        ++done;
      }
    });
  }
  while (done < words.size() && Interrupted() == 0) {
    progress.Update(done);
    absl::SleepFor(absl::Milliseconds(20));
  }
  if (Interrupted() != 0) next = words.size();
  for (std::thread& thread : threads) thread.join();
  progress.Update(done);
  return good;
}

}  // namespace

StoreStory::StoreStory(std::string binary, Network& network, Screen& screen, Checks& checks)
    : binary_(std::move(binary)), network_(network), screen_(screen), checks_(checks) {}

absl::Status StoreStory::StartStores() {
  if (folder_.path().empty()) return absl::UnavailableError("there is no folder for the stores");
  for (std::size_t i = 0; i < kStores; ++i) {
    addresses_.push_back(absl::StrCat(network_.HostOf(i), ":", kPort + i));
  }
  for (std::size_t i = 0; i < kStores; ++i) {
    const std::string name = absl::StrCat("store-", i + 1);
    std::vector<std::string> argv = network_.Enter(i);
    for (const std::string& word :
         {binary_, "--name=" + name, "--data=" + folder_.At(name), "--bind=" + addresses_[i],
          std::string("--interval=200ms"), "--bootstrap=" + absl::StrJoin(addresses_, ",")}) {
      argv.push_back(word);
    }
    absl::StatusOr<std::unique_ptr<Process>> store = Process::Start(argv);
    if (!store.ok()) return store.status();
    stores_.push_back(*std::move(store));
  }
  return absl::OkStatus();
}

absl::Status StoreStory::AwaitComplete(kv::Client& client, std::size_t stores) {
  for (const absl::Time end = absl::Now() + kPatience; absl::Now() < end;) {
    if (Interrupted() != 0) return absl::CancelledError("interrupted");
    const auto ring = client.Ring();
    const bool complete =
        ring.ok() && ring->size() == stores &&
        std::all_of(ring->begin(), ring->end(), [](const auto& store) { return store.complete(); });
    if (complete) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::DeadlineExceededError(
      absl::StrCat("the ", stores, " stores do not hold what they are to hold"));
}

absl::Status StoreStory::Run(std::string_view title, const std::vector<Word>& all) {
  screen_.Heading(
      title,
      "Three stores of concord-kv, a key-value store, on a ring of their own: a word is\n"
      "   acknowledged when it is on two disks, and comes to three. One store is killed.");
  std::vector<std::string> words;
  const std::size_t step = std::max<std::size_t>(all.size() / kMostWords, 1);
  for (std::size_t i = 0; i < all.size(); i += step) words.push_back(all[i].text);

  if (absl::Status s = StartStores(); !s.ok()) return s;
  kv::Client client(addresses_, kPatience);
  if (absl::Status s = AwaitComplete(client, kStores); !s.ok()) return s;

  Progress writing(screen_, "words", words.size());
  const absl::Time begun = absl::Now();
  const std::size_t written = CountOf(words, writing, [&](const std::string& word) {
    kv::wire::PutRequest request;
    request.set_key(word);
    request.set_value(word);
    return client.Put(request).ok();
  });
  const absl::Duration took = absl::Now() - begun;
  if (Interrupted() != 0) return absl::CancelledError("interrupted");
  checks_.Check(
      written == words.size(),
      absl::StrCat(Thousands(written), " of ", Thousands(words.size()), " words are acknowledged, ",
                   Thousands(static_cast<std::uint64_t>(static_cast<double>(written) /
                                                        absl::ToDoubleSeconds(took))),
                   " a second, each with two fsyncs behind it"));

  stores_.back()->Signal(SIGKILL);
  const absl::Time killed = absl::Now();
  screen_.Print("   store-3 is killed");
  addresses_.pop_back();
  kv::Client survivors(addresses_, kPatience);
  Progress reading(screen_, "words", words.size());
  const std::size_t read = CountOf(words, reading, [&](const std::string& word) {
    kv::wire::GetRequest request;
    request.set_key(word);
    const auto got = survivors.Get(request);
    return got.ok() && got->value() == word;
  });
  if (Interrupted() != 0) return absl::CancelledError("interrupted");
  checks_.Check(read == words.size(),
                absl::StrCat(Thousands(read), " of ", Thousands(words.size()),
                             " words are read back from the other two, ",
                             Seconds(absl::Now() - killed), " after the kill"));
  const absl::Status complete = AwaitComplete(survivors, kStores - 1);
  if (absl::IsCancelled(complete)) return complete;
  checks_.Check(complete.ok(), "Each of the two holds all of them");
  return absl::OkStatus();
}

}  // namespace concord::example
