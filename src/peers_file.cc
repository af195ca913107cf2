#include "peers_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "runtime/address.h"

namespace concord {
namespace {

class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status Failed(const char* what, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", what, " '", path, "': ", std::strerror(errno)));
}

// The first kMaxBytes.
absl::StatusOr<std::string> Contents(const std::string& path) {
  const File file(path, O_RDONLY);
  if (file.fd() < 0 && errno == ENOENT) return std::string();
  if (file.fd() < 0) return Failed("read", path);
  std::string text(PeersFile::kMaxBytes, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file.fd(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  text.resize(size);
  return text;
}

absl::Status Replace(const std::string& path, std::string_view text) {
  const std::string temporary = path + ".new";
  {
    const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (file.fd() < 0) return Failed("write", temporary);
    while (!text.empty()) {
      const ssize_t put = write(file.fd(), text.data(), text.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return Failed("write", temporary);
      text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (fsync(file.fd()) != 0) return Failed("write", temporary);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return Failed("replace", path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> PeersFile::Read() const {
  const absl::StatusOr<std::string> text = Contents(path_);
  if (!text.ok()) return text.status();
  std::vector<std::string> addresses;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    const std::string address(line);
    if (!runtime::ParsePeerAddress(address).ok()) continue;
    if (std::find(addresses.begin(), addresses.end(), address) != addresses.end()) continue;
    addresses.push_back(address);
    if (addresses.size() == kMaxPeers) break;
  }
  return addresses;
}

absl::Status PeersFile::Add(const std::vector<std::string>& addresses) const {
  absl::StatusOr<std::vector<std::string>> known = Read();
  if (!known.ok()) return known.status();
  std::vector<std::string> all = addresses;
  for (const std::string& address : *known) {
    if (std::find(all.begin(), all.end(), address) == all.end()) all.push_back(address);
  }
  if (all.size() > kMaxPeers) all.resize(kMaxPeers);
  if (all == *known) return absl::OkStatus();
  std::string text = "# Members of the ring, the one met last first. Written by concord.\n";
  for (const std::string& address : all) absl::StrAppend(&text, address, "\n");
  return Replace(path_, text);
}

}  // namespace concord
