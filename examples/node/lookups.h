// Looks keys up, several at a time, and gives the answers in the order of the keys.
#ifndef CONCORD_EXAMPLES_NODE_LOOKUPS_H_
#define CONCORD_EXAMPLES_NODE_LOOKUPS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "concord/node.h"
#include "examples/node/mailbox.h"
#include "output.pb.h"

namespace concord::example {

// Belongs to the main thread: all of it, on_answer too, runs there.
class Lookups {
 public:
  using OnAnswer = std::function<void(const Output&)>;

  // At most `limit` keys are under way. `node` and `mailbox` outlive this.
  Lookups(Node& node, Mailbox& mailbox, std::size_t limit, OnAnswer on_answer);

  bool full() const { return answers_.size() >= limit_; }
  bool empty() const { return answers_.empty(); }

  void Start(std::string key);
  // Takes the place of an answer for a key that is not looked up.
  void Refuse(const std::string& key, const absl::Status& error);

 private:
  void Finish(std::uint64_t number, Output answer);

  Node& node_;
  Mailbox& mailbox_;
  const std::size_t limit_;
  const OnAnswer on_answer_;

  std::uint64_t first_ = 0;                    // the number of the first key in answers_
  std::deque<std::optional<Output>> answers_;  // of the keys under way; nullopt: not there yet
};

}  // namespace concord::example

#endif  // CONCORD_EXAMPLES_NODE_LOOKUPS_H_
