#include "examples/node/output.h"

#include "absl/strings/str_cat.h"
#include "examples/common/text.h"

namespace concord::example {
namespace {

void Fill(Member* member, const Server& server) {
  member->set_id(server.id);
  member->set_name(server.name);
  member->set_address(server.address);
}

void Fill(Arc* arc, const Range& range) {
  arc->set_start(range.start);
  arc->set_end(range.end);
}

template <typename Message>
void FillKey(Message* message, std::string_view key) {
  if (IsUtf8(key)) {
    message->set_key(std::string(key));
  } else {
    message->set_key_bytes(std::string(key));
  }
}

template <typename Message>
std::string KeyText(const Message& message) {
  return Quoted(message.has_key_bytes() ? message.key_bytes() : message.key());
}

// Writes messages with the identifiers of one ring.
class Text {
 public:
  explicit Text(unsigned hash_bits) : bits_(hash_bits) {}

  std::string operator()(const Ready& ready) const {
    return absl::StrCat("ready: ", (*this)(ready.self()));
  }

  std::string operator()(const RangeChanged& change) const {
    std::string text = "range: " + (change.has_range() ? (*this)(change.range()) : "nothing");
    if (change.has_gained()) absl::StrAppend(&text, ", gained ", (*this)(change.gained()));
    if (change.has_lost()) absl::StrAppend(&text, ", lost ", (*this)(change.lost()));
    if (change.has_peer()) {
      absl::StrAppend(&text, change.has_gained() ? " from " : " to ", change.peer().name());
    }
    return text;
  }

  std::string operator()(const Found& found) const {
    return absl::StrCat(KeyText(found), " -> ", (*this)(found.owner()));
  }

  std::string operator()(const Failed& failed) const {
    return absl::StrCat(KeyText(failed), " -> error: ", failed.code(), ": ", failed.message());
  }

 private:
  std::string operator()(const Member& member) const {
    return absl::StrCat(member.name(), " (", Hex(member.id(), bits_), ") at ", member.address());
  }

  std::string operator()(const Arc& arc) const {
    if (arc.start() == arc.end()) return "the whole ring";
    return absl::StrCat("(", Hex(arc.start(), bits_), ", ", Hex(arc.end(), bits_), "]");
  }

  const unsigned bits_;
};

}  // namespace

Output ReadyOutput(const Server& self) {
  Output output;
  Fill(output.mutable_ready()->mutable_self(), self);
  return output;
}

Output RangeOutput(const RangeChange& change) {
  Output output;
  RangeChanged* range = output.mutable_range();
  range->set_epoch(change.epoch);
  if (change.after) Fill(range->mutable_range(), *change.after);
  if (change.gained) Fill(range->mutable_gained(), *change.gained);
  if (change.lost) Fill(range->mutable_lost(), *change.lost);
  if (change.peer) Fill(range->mutable_peer(), *change.peer);
  return output;
}

Output FoundOutput(std::string_view key, const LookupResult& result, absl::Duration took) {
  Output output;
  Found* found = output.mutable_found();
  FillKey(found, key);
  Fill(found->mutable_owner(), result.owner);
  found->set_hops(result.hops);
  found->set_micros(absl::ToDoubleMicroseconds(took));
  return output;
}

Output FailedOutput(std::string_view key, const absl::Status& error) {
  Output output;
  Failed* failed = output.mutable_error();
  FillKey(failed, key);
  failed->set_code(absl::StatusCodeToString(error.code()));
  const std::string message(error.message());
  failed->set_message(IsUtf8(message) ? message : Quoted(message));
  return output;
}

std::string ToText(const Output& output, unsigned hash_bits) {
  const Text text(hash_bits);
  switch (output.line_case()) {
    case Output::kReady:
      return text(output.ready());
    case Output::kRange:
      return text(output.range());
    case Output::kFound:
      return text(output.found());
    case Output::kError:
      return text(output.error());
    case Output::LINE_NOT_SET:
      break;
  }
  return "";
}

}  // namespace concord::example
