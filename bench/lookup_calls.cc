#include "lookup_calls.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"

namespace concord::bench {
namespace {

class LookupCaller : public Caller {
 public:
  LookupCaller(Node& node, const Server& owner, std::vector<std::string> keys)
      : node_(node), owner_(owner), keys_(std::move(keys)) {}

 protected:
  Node& node() { return node_; }
  const std::string& NextKey() { return keys_[next_key_++ % keys_.size()]; }

  void Check(const absl::Status& status, const Server& found) const {
    if (!status.ok()) Fail(absl::StrCat("a lookup failed: ", status.ToString()));
    if (found.id != owner_.id || found.name != owner_.name) {
      Fail(absl::StrCat("a lookup found '", found.name, "', not '", owner_.name, "'"));
    }
  }

 private:
  Node& node_;
  const Server owner_;
  const std::vector<std::string> keys_;
  std::size_t next_key_ = 0;
};

class AsyncCaller final : public LookupCaller {
 public:
  using LookupCaller::LookupCaller;

  std::vector<double> Call(int outstanding, Clock::duration how_long) override {
    log_.Start(outstanding, how_long);
    std::vector<std::string> first;  // once a call is out, NextKey belongs to the node's thread
    for (int i = 0; i < outstanding; ++i) first.push_back(NextKey());
    for (const std::string& key : first) Ask(key);
    return log_.Wait();
  }

 private:
  void Ask(const std::string& key) {
    const Clock::time_point started = Clock::now();
    node().LookupAsync(key, {}, [this, started](const absl::StatusOr<LookupResult>& result) {
      Check(result.status(), result.ok() ? result->owner : Server());
      if (result->hops != 1) Fail(absl::StrCat("a lookup took ", result->hops, " hops, not 1"));
      if (log_.Ended(started)) Ask(NextKey());
    });
  }

  CallLog log_;
};

class BlockingCaller final : public LookupCaller {
 public:
  using LookupCaller::LookupCaller;

  std::vector<double> Call(int, Clock::duration how_long) override {
    return CallInTurn(how_long, [this] {
      const absl::StatusOr<Server> found = node().Lookup(NextKey());
      Check(found.status(), found.ok() ? *found : Server());
    });
  }
};

}  // namespace

std::unique_ptr<Caller> MakeLookupCaller(LookupStyle style, Node& node, const Server& owner,
                                         std::vector<std::string> keys) {
  if (style == LookupStyle::kBlocking) {
    return std::make_unique<BlockingCaller>(node, owner, std::move(keys));
  }
  return std::make_unique<AsyncCaller>(node, owner, std::move(keys));
}

}  // namespace concord::bench
