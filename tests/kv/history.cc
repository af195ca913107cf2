#include "kv/history.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kv {

std::size_t History::Begin(int client, Kind kind, std::string key, std::string value,
                           absl::Time now) {
  Operation operation{client, kind, std::move(key), std::nullopt, now};
  if (kind == Kind::kPut) operation.value = std::move(value);
  operations_.push_back(std::move(operation));
  return operations_.size() - 1;
}

void History::Wrote(std::size_t operation, const Version& version, absl::Time now) {
  operations_[operation].ok = true;
  operations_[operation].version = version;
  operations_[operation].end = now;
}

void History::Read(std::size_t operation, std::optional<std::string> value, const Version& version,
                   absl::Time now) {
  Wrote(operation, version, now);
  operations_[operation].value = std::move(value);
}

History::Verdict History::Judge(const std::vector<Period>& torn, absl::Duration skew) const {
  Verdict verdict;
  const auto in_torn = [&](const Operation& read) {
    return std::any_of(torn.begin(), torn.end(), [&](const Period& period) {
      return read.begin < period.end && read.end > period.begin;
    });
  };
  std::map<std::string, std::vector<const Operation*>> writes;     // of each key
  std::map<std::string, std::vector<const Operation*>> deletions;  // among them
  std::map<std::pair<std::string, std::string>, const Operation*> by_value;
  for (const Operation& operation : operations_) {
    verdict.unknown += !operation.ok;
    if (operation.kind == Kind::kGet) {
      verdict.reads += operation.ok;
      continue;
    }
    verdict.acknowledged += operation.ok;
    writes[operation.key].push_back(&operation);
    if (operation.kind == Kind::kDelete) deletions[operation.key].push_back(&operation);
    if (operation.value) by_value[{operation.key, *operation.value}] = &operation;
  }

  std::map<std::pair<int, std::string>, std::vector<const Operation*>> seen;  // reads
  std::map<std::string, std::vector<const Operation*>> read_before;
  const auto name = [](const Operation& operation) {
    return absl::StrCat("client ", operation.client, ", key ", operation.key, ", from ",
                        absl::FormatTime("%H:%M:%E3S", operation.begin, absl::UTCTimeZone()),
                        " to ", absl::FormatTime("%H:%M:%E3S", operation.end, absl::UTCTimeZone()),
                        ": ");
  };
  for (const Operation& read : operations_) {
    if (!read.ok || read.kind != Kind::kGet) continue;
    std::vector<const Operation*>& before = seen[{read.client, read.key}];
    const auto later = std::find_if(before.begin(), before.end(), [&](const Operation* other) {
      return other->end < read.begin && other->version > read.version;
    });
    // (That there is nothing has no version.)
    if (read.value && later != before.end()) {
      verdict.wrong.push_back(absl::StrCat(name(read), "read version ", read.version.time,
                                           " after ", (*later)->version.time));
    }
    before.push_back(&read);
    // What anybody had read when this began. Of one client that is wrong; of another it can be so
    // on two sides of a split.
    std::vector<const Operation*>& known = read_before[read.key];
    const auto lost = std::find_if(known.begin(), known.end(), [&](const Operation* other) {
      return other->end < read.begin && other->version > read.version;
    });
    if (read.value && lost != known.end()) {
      (in_torn(read) ? verdict.stale : verdict.wrong)
          .push_back(absl::StrCat(name(read), "read version ", read.version.time, " after ",
                                  name(**lost), "had read ", (*lost)->version.time));
    }
    known.push_back(&read);
    const auto& written = writes[read.key];
    const auto missed = std::find_if(written.begin(), written.end(), [&](const Operation* write) {
      return write->ok && write->end < read.begin && write->version > read.version;
    });
    if (read.version.time != 0 && missed != written.end()) {
      (in_torn(read) ? verdict.stale : verdict.wrong)
          .push_back(absl::StrCat(name(read), "read version ", read.version.time,
                                  ", though a later one was acknowledged before: ", name(**missed),
                                  "version ", (*missed)->version.time));
    }

    const Operation* source = nullptr;
    if (read.value) {
      const auto found = by_value.find({read.key, *read.value});
      if (found == by_value.end() || found->second->begin > read.end) {
        verdict.wrong.push_back(
            absl::StrCat(name(read), "read '", *read.value, "', which nobody had written"));
        continue;
      }
      source = found->second;
    }
    // A write that ended before the read began, and began when the source had ended: it was lost,
    // or the read was of the past. Of nothing, the source is a deletion, or the beginning.
    const Operation* overwrites = nullptr;
    for (const Operation* write : writes[read.key]) {
      if (!write->ok || write->end >= read.begin) continue;
      if (!read.value && write->kind == Kind::kDelete) continue;
      if (source != nullptr && (write == source || write->begin <= source->end + skew)) continue;
      if (source == nullptr) {
        // Excused by a deletion that may have come after it.
        const std::vector<const Operation*>& of_key = deletions[read.key];
        const bool deleted =
            std::any_of(of_key.begin(), of_key.end(), [&](const Operation* deletion) {
              return deletion->end + skew > write->begin && deletion->begin < read.end;
            });
        if (deleted) continue;
      }
      if (overwrites == nullptr || write->begin > overwrites->begin) overwrites = write;
    }
    if (overwrites != nullptr) {
      (in_torn(read) ? verdict.stale : verdict.wrong)
          .push_back(absl::StrCat(
              name(read), "read ", read.value ? absl::StrCat("'", *read.value, "'") : "nothing",
              ", though '", overwrites->value.value_or("(deletion)"), "' was acknowledged before: ",
              name(*overwrites), "version ", overwrites->version.time,
              source != nullptr ? absl::StrCat("; it was written by ", name(*source), "version ",
                                               source->version.time)
                                : ""));
    }
  }
  return verdict;
}

}  // namespace kv
