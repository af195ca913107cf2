#include "phone_book.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);

}  // namespace

PhoneBook::PhoneBook(concord::sim::Process& process, std::vector<std::string> seeds, bool careless)
    : process_(process),
      node_(process, process.config()),
      seeds_(std::move(seeds)),
      careless_(careless) {
  Load();
  process_.Serve(
      [this](const std::string& request, const Done& respond) { Serve(request, respond); });
  node_.Start().IgnoreError();  // fails only on a wrong Config
  if (seeds_.empty()) {
    node_.Create().IgnoreError();
  } else {
    Join();
  }
  BringHome();
}

void PhoneBook::Join() {
  node_.JoinAsync(seeds_, absl::Seconds(30), [this](const absl::Status& status) {
    if (!status.ok()) Join();
  });
}

void PhoneBook::Put(const std::string& name, const std::string& number,
                    std::function<void(const absl::Status&)> done) {
  AskOwner(name, absl::StrCat("put ", name, " ", number),
           [done = std::move(done)](const absl::StatusOr<std::string>& r) { done(r.status()); });
}

void PhoneBook::Get(const std::string& name,
                    std::function<void(const absl::StatusOr<std::string>&)> done) {
  AskOwner(name, absl::StrCat("get ", name), std::move(done));
}

void PhoneBook::AskOwner(const std::string& name, const std::string& request, Done done) {
  node_.LookupAsync(
      name, {kPatience},
      [this, request, done = std::move(done)](const absl::StatusOr<concord::LookupResult>& found) {
        if (!found.ok()) return done(found.status());
        process_.Call(found->owner.address, request, kPatience, done);
      });
}

void PhoneBook::Serve(const std::string& request, const Done& respond) {
  const std::vector<std::string> words = absl::StrSplit(request, ' ');
  if (words.size() == 3 && words[0] == "put") {
    numbers_[words[1]] = words[2];
    if (absl::Status saved = Save(); !saved.ok()) return respond(saved);
    return respond(process_.name());
  }
  if (words.size() != 2 || words[0] != "get") {
    return respond(absl::InvalidArgumentError(absl::StrCat("'", request, "' is no request")));
  }
  const auto found = numbers_.find(words[1]);
  if (found == numbers_.end()) return respond(absl::NotFoundError(words[1]));
  respond(found->second);
}

// Every second, what is not ours is brought to its owner.
void PhoneBook::BringHome() {
  for (const auto& [name, number] : numbers_) {
    if (!node_.range() || node_.Owns(name)) continue;
    AskOwner(name, absl::StrCat("put ", name, " ", number),
             [this, name = name](const absl::StatusOr<std::string>& holder) {
               // While a ring repairs itself, others may take us for the owner before we do.
               if (!holder.ok() || *holder == process_.name()) return;
               numbers_.erase(name);
               Save().IgnoreError();  // if it fails, the number will be brought once more
             });
  }
  process_.After(absl::Seconds(1), [this] { BringHome(); });
}

void PhoneBook::Load() {
  const absl::StatusOr<std::string> text = process_.disk().Read("book");
  if (!text.ok()) return;  // our first start
  for (const auto line : absl::StrSplit(*text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 2) numbers_[words[0]] = words[1];
  }
}

// The new book takes the place of the old one when it is safe on disk, so that a crash leaves one
// of both whole.
absl::Status PhoneBook::Save() {
  std::string text;
  for (const auto& [name, number] : numbers_) absl::StrAppend(&text, name, " ", number, "\n");
  if (absl::Status status = process_.disk().Write("book.new", text); !status.ok()) return status;
  if (!careless_) {
    if (absl::Status status = process_.disk().Sync("book.new"); !status.ok()) return status;
  }
  return process_.disk().Rename("book.new", "book");
}
