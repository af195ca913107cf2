#include "examples/demo/lookup_run.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/common/text.h"

namespace concord::example {
namespace {

// So many keys wait in a node's pipe, so that it never waits for us. How many of them are under way
// at a time is the node's own affair (--concurrency).
constexpr std::size_t kAhead = 64;

// The ring is quiet: an answer that takes so long does not come.
constexpr absl::Duration kPatience = absl::Seconds(15);

constexpr std::size_t kMostWrongShown = 5;

template <typename Message>
const std::string& KeyOf(const Message& message) {
  return message.has_key_bytes() ? message.key_bytes() : message.key();
}

class Run {
 public:
  Run(const std::vector<Word>& words, const std::vector<Oracle>& rings)
      : words_(words), rings_(rings) {
    report_.owners.resize(words.size());
    micros_.reserve(words.size());
  }

  void Plan(Cluster& cluster, std::mt19937_64& random) {
    const auto& nodes = cluster.nodes();
    for (std::size_t word = 0; word < words_.size(); ++word) {
      plans_[nodes[random() % nodes.size()].get()].words.push_back(word);
    }
  }

  absl::StatusOr<LookupReport> Execute(Cluster& cluster, Progress& progress) {
    const absl::Time start = absl::Now();
    absl::Time last_news = start;
    while (answered_ < words_.size()) {
      const std::size_t before = answered_;
      for (auto& [node, plan] : plans_) Feed(*node, plan);
      absl::Status s = cluster.Pump(absl::Milliseconds(200),
                                    [&](NodeProcess& n, const Output& o) { Take(n, o); });
      s.Update(confusion_);
      if (!s.ok()) return s;
      if (answered_ > before) last_news = absl::Now();
      if (absl::Now() - last_news > kPatience) return NoAnswer();
      progress.Update(answered_);
    }
    report_.took = absl::Now() - start;
    return Summary();
  }

 private:
  // A node answers in the order of its keys.
  struct NodePlan {
    std::vector<std::size_t> words;
    std::size_t asked = 0, answered = 0;  // of `words`, from the front
  };

  void Feed(NodeProcess& node, NodePlan& plan) {
    while (plan.asked < plan.words.size() && plan.asked - plan.answered < kAhead) {
      node.keys.Add(words_[plan.words[plan.asked++]].text);
    }
  }

  void Take(NodeProcess& node, const Output& output) {
    if (output.has_found()) {
      TakeFound(node, output.found());
    } else if (output.has_error()) {
      TakeFailed(node, output.error());
    }
  }

  void TakeFound(NodeProcess& node, const Found& found) {
    const std::optional<std::size_t> word = TakeTurn(node, KeyOf(found));
    if (!word) return;
    Server& owner = report_.owners[*word];
    owner = {found.owner().id(), found.owner().name(), found.owner().address()};
    hops_ += found.hops();
    micros_.push_back(found.micros());

    const Server& truth = RingOf(node.self->id, rings_).OwnerOf(words_[*word].id);
    if (owner == truth) {
      ++report_.right;
    } else {
      Wrong(absl::StrCat(node.name, " says that ", Quoted(words_[*word].text), " belongs to ",
                         owner.name, " (", Hex(owner.id, 64), ") at ", owner.address,
                         "; the owner is ", truth.name, " (", Hex(truth.id, 64), ") at ",
                         truth.address));
    }
  }

  void TakeFailed(NodeProcess& node, const Failed& failed) {
    if (!TakeTurn(node, KeyOf(failed))) return;
    Wrong(absl::StrCat(node.name, " finds no owner of ", Quoted(KeyOf(failed)), ": ", failed.code(),
                       ": ", failed.message()));
  }

  // The word that it is this node's turn to answer, if that is what `key` is.
  std::optional<std::size_t> TakeTurn(NodeProcess& node, const std::string& key) {
    NodePlan& plan = plans_[&node];
    if (plan.answered < plan.asked && words_[plan.words[plan.answered]].text == key) {
      ++answered_;
      return plan.words[plan.answered++];
    }
    confusion_.Update(absl::DataLossError(absl::StrCat(
        node.name, " answers ", Quoted(key), " when it should answer ",
        plan.answered < plan.asked ? Quoted(words_[plan.words[plan.answered]].text) : "nothing")));
    return std::nullopt;
  }

  void Wrong(std::string what) {
    if (report_.wrong.size() < kMostWrongShown) report_.wrong.push_back(std::move(what));
  }

  absl::Status NoAnswer() const {
    std::string waiting;
    for (const auto& [node, plan] : plans_) {
      if (plan.answered < plan.asked) absl::StrAppend(&waiting, " ", node->name);
    }
    return absl::DeadlineExceededError(absl::StrCat(
        "no answer for ", absl::FormatDuration(kPatience), "; they are due from:", waiting));
  }

  LookupReport Summary() {
    const auto percentile = [this](double p) {
      if (micros_.empty()) return absl::ZeroDuration();
      const auto at = micros_.begin() +
                      static_cast<std::ptrdiff_t>(p * static_cast<double>(micros_.size() - 1));
      std::nth_element(micros_.begin(), at, micros_.end());
      return absl::Microseconds(*at);
    };
    report_.p50 = percentile(0.50);
    report_.p99 = percentile(0.99);
    if (!micros_.empty()) {
      report_.mean_hops = static_cast<double>(hops_) / static_cast<double>(micros_.size());
    }
    return std::move(report_);
  }

  const std::vector<Word>& words_;
  const std::vector<Oracle>& rings_;
  std::map<NodeProcess*, NodePlan> plans_;
  std::size_t answered_ = 0;
  std::uint64_t hops_ = 0;
  std::vector<double> micros_;
  absl::Status confusion_;
  LookupReport report_;
};

}  // namespace

absl::StatusOr<LookupReport> LookUpAll(const std::vector<Word>& words, Cluster& cluster,
                                       const std::vector<Oracle>& rings, std::mt19937_64& random,
                                       Screen& screen) {
  Progress progress(screen, "words", words.size());
  Run run(words, rings);
  run.Plan(cluster, random);
  absl::StatusOr<LookupReport> report = run.Execute(cluster, progress);
  if (!screen.terminal()) screen.Print();  // after the lines of progress, which stay
  return report;
}

}  // namespace concord::example
