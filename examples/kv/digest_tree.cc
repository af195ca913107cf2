#include "examples/kv/digest_tree.h"

#include <openssl/sha.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace kv {
namespace {

constexpr concord::Id kLastId = ~concord::Id{0};

// How many identifiers above `shift` bits: a shift by all 64 is not defined.
concord::Id Upper(concord::Id id, int shift) { return shift == 64 ? 0 : id >> shift; }

// What lies below the node `node` of the level with this shift.
Span SpanOf(concord::Id node, int shift) {
  if (shift == 64) return {0, kLastId};
  const concord::Id first = node << shift;
  return {first, first + ((concord::Id{1} << shift) - 1)};
}

void Append(std::string& to, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

std::uint64_t Take(const unsigned char* from) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | from[i];
  return number;
}

}  // namespace

Digest DigestOf(const Entry& entry) {
  std::string text;
  text.reserve(entry.key.size() + 17);
  Append(text, entry.version.time);
  Append(text, entry.version.node);
  text += entry.deleted ? '\1' : '\0';
  text += entry.key;
  unsigned char hash[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
  return {Take(hash), Take(hash + 8), 1};
}

DigestTree::DigestTree(int levels) : levels_(levels) {
  for (int level = 0; level <= levels; ++level) {
    nodes_.emplace_back(std::size_t{1} << 4 * level);
  }
}

void DigestTree::Add(concord::Id hash, const Digest& entry) {
  for (int level = 0; level <= levels_; ++level)
    nodes_[level][Upper(hash, ShiftOf(level))] += entry;
}

void DigestTree::Subtract(concord::Id hash, const Digest& entry) {
  for (int level = 0; level <= levels_; ++level)
    nodes_[level][Upper(hash, ShiftOf(level))] -= entry;
}

absl::StatusOr<Digest> DigestTree::Of(const concord::Range& arc, Storage& storage) const {
  Digest sum;
  for (const Span& span : SpansOf(arc)) {
    const absl::StatusOr<Digest> part = OfSpan(0, 0, span, storage);
    if (!part.ok()) return part;
    sum += *part;
  }
  return sum;
}

// Of what lies both below `node` of `level` and in `span`, which overlap.
absl::StatusOr<Digest> DigestTree::OfSpan(int level, concord::Id node, const Span& span,
                                          Storage& storage) const {
  const Span below = SpanOf(node, ShiftOf(level));
  const Digest& all = nodes_[level][node];
  if (all.entries == 0 || (span.first <= below.first && below.last <= span.last)) return all;
  const Span part = {std::max(span.first, below.first), std::min(span.last, below.last)};
  Digest sum;
  if (level == levels_) {
    const absl::Status read = storage.Scan(part, {part.first, ""}, /*values=*/false,
                                           [&](const Place&, const Entry& entry) {
                                             sum += DigestOf(entry);
                                             return true;
                                           });
    if (!read.ok()) return read;
    return sum;
  }
  const int shift = ShiftOf(level + 1);
  for (concord::Id child = Upper(part.first, shift); child <= Upper(part.last, shift); ++child) {
    const absl::StatusOr<Digest> of_child = OfSpan(level + 1, child, part, storage);
    if (!of_child.ok()) return of_child;
    sum += *of_child;
  }
  return sum;
}

std::vector<concord::Range> DigestTree::Split(const concord::Range& arc) const {
  const std::vector<Span> spans = SpansOf(arc);
  // The smallest node that has all of it, if there is one, is cut at its children.
  int level = 0;
  while (spans.size() == 1 && level < levels_ &&
         Upper(spans[0].first, ShiftOf(level + 1)) == Upper(spans[0].last, ShiftOf(level + 1))) {
    ++level;
  }
  if (level == levels_) return {arc};
  const int shift = ShiftOf(level + 1);
  std::vector<concord::Range> parts;
  concord::Id start = arc.start;
  for (const Span& span : spans) {
    for (concord::Id child = Upper(span.first, shift); child <= Upper(span.last, shift); ++child) {
      const concord::Id end = std::min(SpanOf(child, shift).last, span.last);
      parts.push_back({start, end});
      start = end;
    }
  }
  return parts;
}

}  // namespace kv
