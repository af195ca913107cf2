#include "concord/sim/disk.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sim/prng.h"

namespace concord::sim {
namespace {

absl::Status NoSuchFile(const std::string& file) {
  return absl::NotFoundError(absl::StrCat("there is no file '", file, "'"));
}

absl::Status Failed(const char* what, const std::string& file) {
  return absl::UnavailableError(absl::StrCat(what, " '", file, "': the disk reports an error"));
}

}  // namespace

Disk::Disk(std::uint64_t seed) : prng_(std::make_unique<Prng>(seed)) {}
Disk::~Disk() = default;

bool Disk::Fails(double probability) {
  return probability > 0 && prng_->Chance(static_cast<unsigned>(std::min(probability, 1.0) * 1e6));
}

absl::Status Disk::Append(const std::string& file, std::string_view data) {
  return Put(file, data, /*from_the_beginning=*/false);
}

absl::Status Disk::Write(const std::string& file, std::string_view data) {
  return Put(file, data, /*from_the_beginning=*/true);
}

absl::Status Disk::Put(const std::string& file, std::string_view data, bool from_the_beginning) {
  const auto found = files_.find(file);
  const std::uint64_t freed =
      from_the_beginning && found != files_.end() ? found->second.content.size() : 0;
  if (const std::uint64_t used = used_ - freed + data.size(); used > faults_.capacity) {
    return absl::ResourceExhaustedError(absl::StrCat("writing '", file, "': the disk has room for ",
                                                     faults_.capacity, " bytes, not for ", used));
  }
  const bool fails = Fails(faults_.write_error);
  if (fails) data = data.substr(0, prng_->Below(data.size() + 1));
  File& written = files_[file];
  if (from_the_beginning) {
    std::string before = std::exchange(written.content, "");
    before.resize(written.safe);
    if (!written.before) written.before = std::move(before);
    written.safe = 0;
  }
  written.content.append(data);
  used_ += data.size() - freed;
  return fails ? Failed("writing", file) : absl::OkStatus();
}

absl::Status Disk::Sync(const std::string& file) {
  const auto found = files_.find(file);
  if (found == files_.end()) return NoSuchFile(file);
  if (Fails(faults_.sync_error)) return Failed("syncing", file);
  found->second.safe = found->second.content.size();
  found->second.before.reset();
  return absl::OkStatus();
}

absl::StatusOr<std::string> Disk::Read(const std::string& file) {
  const auto found = files_.find(file);
  if (found == files_.end()) return NoSuchFile(file);
  if (Fails(faults_.read_error)) return Failed("reading", file);
  return found->second.content;
}

absl::Status Disk::Rename(const std::string& from, const std::string& to) {
  auto file = files_.extract(from);
  if (file.empty()) return NoSuchFile(from);
  if (to != from) Remove(to).IgnoreError();
  files_.emplace(to, std::move(file.mapped()));
  return absl::OkStatus();
}

absl::Status Disk::Remove(const std::string& file) {
  const auto found = files_.find(file);
  if (found == files_.end()) return NoSuchFile(file);
  used_ -= found->second.content.size();
  files_.erase(found);
  return absl::OkStatus();
}

std::vector<std::string> Disk::List() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : files_) names.push_back(name);
  return names;
}

void Disk::Crash() {
  used_ = 0;
  for (auto& [name, file] : files_) {
    if (file.before && prng_->OneIn(2)) {
      file.content = *std::move(file.before);
    } else {
      file.content.resize(file.safe + prng_->Below(file.content.size() - file.safe + 1));
    }
    file.before.reset();
    file.safe = file.content.size();
    used_ += file.safe;
  }
}

void Disk::FlipBit(const std::string& file, std::size_t byte, unsigned bit) {
  const auto found = files_.find(file);
  if (found == files_.end() || byte >= found->second.content.size()) return;
  char& aged = found->second.content[byte];
  aged = static_cast<char>(static_cast<unsigned char>(aged) ^ (1u << (bit % 8)));
}

}  // namespace concord::sim
