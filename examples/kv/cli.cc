// concord-kv-cli: asks a ring of stores. See --help.
//
// It ends with status 0 when all was done, 1 when something failed, 2 when it was called wrongly.
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "examples/common/command_line.h"
#include "examples/common/standard_streams.h"
#include "examples/kv/client.h"

ABSL_FLAG(std::vector<std::string>, store, {"127.0.0.1:7101"},
          "host:port of stores to ask, separated by commas; one is enough.");
ABSL_FLAG(absl::Duration, timeout, absl::Seconds(10), "How long to try each request.");
ABSL_FLAG(
    std::string, tls_trust, "",
    "The CA certificates that the stores' certificates must lead to, a PEM file. With it they "
    "are asked under TLS.");
ABSL_FLAG(std::string, tls_cert, "",
          "The certificate chain to show to the stores, a PEM file; --tls_key is required then.");
ABSL_FLAG(std::string, tls_key, "", "The key of --tls_cert, a PEM file.");
ABSL_FLAG(std::string, tls_member_host, "",
          "What every store's certificate must be for, if that is not the host of its address.");
ABSL_FLAG(std::uint32_t, concurrency, 16, "How many requests of a load run at a time, 1 to 1000.");
ABSL_FLAG(bool, json, false, "Write one JSON object a line instead of text.");

namespace kv {
namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kCalledWrongly = 2;

constexpr char kSynopsis[] =
    "usage: concord-kv-cli COMMAND [flags]\n"
    "\n"
    "  get KEY          writes the value of a key\n"
    "  put KEY VALUE    - stands for what comes on standard input\n"
    "  del KEY\n"
    "  load FILE        each line is a key, and behind a tab its value; without one the key\n"
    "                   itself is. Of a folder, each file below is a value, and its path the key\n"
    "  dump             writes all keys with their values, in the order of the ring\n"
    "  stats            of every store\n"
    "  ring             who owns what share of the ring, and who holds it besides";

int CalledWrongly(const std::string& why) {
  std::cerr << "concord-kv-cli: " << why << "\n\n"
            << kSynopsis << "\n\nconcord-kv-cli --help lists the flags.\n";
  return kCalledWrongly;
}

int Failed(const absl::Status& status) {
  std::cerr << "concord-kv-cli: " << status.message() << "\n";
  return absl::IsInvalidArgument(status) ? kCalledWrongly : kFailed;
}

void PrintJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string json;
  if (google::protobuf::util::MessageToJsonString(message, &json, options).ok()) {
    std::cout << json << "\n";
  }
}

// How far a long piece of work is, on standard error, on one line if that is a terminal.
class Progress {
 public:
  Progress(std::string what, std::size_t all) : what_(std::move(what)), all_(all) {}
  void Add(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    ++done_;
    bytes_ += bytes;
    if (absl::Now() - shown_ > absl::Milliseconds(terminal_ ? 100 : 2000)) Show("");
  }
  void End() {
    const std::lock_guard lock(mutex_);
    Show("\n");
  }
  // Once it has ended.
  std::string AsJson() const { return absl::StrFormat(R"({"keys":%d,"bytes":%d})", done_, bytes_); }

 private:
  void Show(const char* end) {
    shown_ = absl::Now();
    const double seconds = std::max(absl::ToDoubleSeconds(shown_ - begun_), 1e-3);
    std::string share;
    if (all_ > 0) {
      const std::size_t part = std::min(done_, all_);
      const std::size_t filled = kBar * part / all_;
      if (terminal_) {
        share = absl::StrCat("[", std::string(filled, '#'), std::string(kBar - filled, '.'), "] ");
      }
      absl::StrAppendFormat(&share, "%3d %%  ", 100 * part / all_);
    }
    std::cerr << (terminal_ ? "\r" : "")
              << absl::StrFormat("%s: %s%d keys, %.1f MB, %.0f keys/s   ", what_, share, done_,
                                 static_cast<double>(bytes_) / 1e6,
                                 static_cast<double>(done_) / seconds)
              << (terminal_ ? end : "\n") << std::flush;
  }

  static constexpr std::size_t kBar = 30;

  const std::string what_;
  const std::size_t all_;
  const bool terminal_ = isatty(STDERR_FILENO) != 0;
  const absl::Time begun_ = absl::Now();
  std::mutex mutex_;
  std::size_t done_ = 0, bytes_ = 0;
  absl::Time shown_;
};

std::string BytesOf(std::istream& from) {
  return {std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
}

int Get(Client& client, const std::string& key) {
  wire::GetRequest request;
  request.set_key(key);
  const auto found = client.Get(request);
  if (!found.ok()) return Failed(found.status());
  if (absl::GetFlag(FLAGS_json)) {
    PrintJson(*found);
  } else {
    std::cout << found->value() << (isatty(STDOUT_FILENO) ? "\n" : "");
  }
  return kDone;
}

int Put(Client& client, const std::string& key, const std::string& value) {
  wire::PutRequest request;
  request.set_key(key);
  request.set_value(value == "-" ? BytesOf(std::cin) : value);
  const auto put = client.Put(request);
  if (!put.ok()) return Failed(put.status());
  if (absl::GetFlag(FLAGS_json)) PrintJson(*put);
  return kDone;
}

int Delete(Client& client, const std::string& key) {
  wire::DeleteRequest request;
  request.set_key(key);
  const auto deleted = client.Delete(request);
  if (!deleted.ok()) return Failed(deleted.status());
  if (absl::GetFlag(FLAGS_json)) PrintJson(*deleted);
  return kDone;
}

// What is to be loaded: a key, and how to get its value.
struct Item {
  std::string key, value;
  std::filesystem::path file;  // of the value, if it is not `value`
};

absl::StatusOr<std::vector<Item>> ItemsOf(const std::filesystem::path& path) {
  std::vector<Item> items;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(path, error)) {
      if (!file.is_regular_file() || file.is_symlink()) continue;
      items.push_back({file.path().lexically_relative(path).string(), "", file.path()});
    }
    if (error)
      return absl::InvalidArgumentError(absl::StrCat(path.string(), ": ", error.message()));
    return items;
  }
  std::ifstream lines(path);
  if (!lines) return absl::InvalidArgumentError(absl::StrCat(path.string(), " cannot be read"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    const std::size_t tab = line.find('\t');
    items.push_back(tab == std::string::npos ? Item{line, line, {}}
                                             : Item{line.substr(0, tab), line.substr(tab + 1), {}});
  }
  return items;
}

int Load(Client& client, const std::string& path) {
  const auto items = ItemsOf(path);
  if (!items.ok()) return Failed(items.status());
  const std::size_t concurrency = absl::GetFlag(FLAGS_concurrency);
  Progress progress("load", items->size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  absl::Status failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < items->size(); i = next++) {
      const Item& item = (*items)[i];
      wire::PutRequest request;
      request.set_key(item.key);
      request.set_value(item.value);
      absl::Status status;
      if (!item.file.empty()) {
        std::ifstream file(item.file, std::ios::binary);
        request.set_value(BytesOf(file));
        if (file.bad() || !file.is_open()) status = absl::InvalidArgumentError("cannot be read");
      }
      if (status.ok()) status = client.Put(request).status();
      if (!status.ok()) {
        const std::lock_guard lock(mutex);
        failure = absl::Status(status.code(), absl::StrCat("'", item.key, "': ", status.message()));
        next = items->size();
        return;
      }
      progress.Add(request.value().size());
    }
  };
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < concurrency; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  progress.End();
  if (absl::GetFlag(FLAGS_json)) std::cout << progress.AsJson() << "\n";
  return failure.ok() ? kDone : Failed(failure);
}

// Whether each store owns in both what it owns in the other.
bool AreAlike(const std::vector<wire::StatsResponse>& a,
              const std::vector<wire::StatsResponse>& b) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> owned;
  for (const wire::StatsResponse& store : a) {
    owned[store.self().name()] = {store.owned().start(), store.owned().end()};
  }
  return a.size() == b.size() && std::all_of(b.begin(), b.end(), [&](const auto& store) {
           const auto at = owned.find(store.self().name());
           return at != owned.end() &&
                  at->second == std::pair<std::uint64_t, std::uint64_t>(store.owned().start(),
                                                                        store.owned().end());
         });
}

int Dump(Client& client) {
  const auto ring = client.Ring();
  if (!ring.ok()) return Failed(ring.status());
  std::size_t all = 0;
  for (const wire::StatsResponse& store : *ring) all += store.owned_entries();
  Progress progress("dump", all);
  for (const wire::StatsResponse& store : *ring) {
    wire::ScanRequest request;
    request.set_with_values(true);
    do {
      const auto page = client.Scan(store.self().address(), request);
      if (!page.ok()) return Failed(page.status());
      for (const wire::Entry& entry : page->entries()) {
        if (absl::GetFlag(FLAGS_json)) {
          PrintJson(entry);
        } else {
          std::cout << absl::CHexEscape(entry.key()) << "\t" << absl::CHexEscape(entry.value())
                    << "\n";
        }
        progress.Add(entry.value().size());
      }
      request.set_cursor(page->next_cursor());
    } while (!request.cursor().empty());
  }
  progress.End();
  const auto now = client.Ring();
  if (!now.ok()) return Failed(now.status());
  if (AreAlike(*ring, *now)) return kDone;
  return Failed(absl::AbortedError(
      "the ring has changed meanwhile: keys may be missing or twice; dump it again"));
}

std::string StatsOf(const wire::StatsResponse& store) {
  return absl::StrFormat("%-12s %-21s holds %d, owns %d of them, %s\n", store.self().name(),
                         store.self().address(), store.entries(), store.owned_entries(),
                         store.complete() ? "complete" : "bringing copies to others");
}

std::string PlaceOf(const wire::StatsResponse& store) {
  const std::uint64_t width = store.owned().end() - store.owned().start();
  const double share = width == 0 ? 100 : static_cast<double>(width) / 184467440737095516.16;
  std::string holders;
  const int count = std::min(store.successors_size(), static_cast<int>(store.copies()) - 1);
  for (int i = 0; i < count; ++i) absl::StrAppend(&holders, " ", store.successors(i).name());
  return absl::StrFormat("%016x  %5.1f %%  %-12s %-21s copies at%s\n", store.self().id(), share,
                         store.self().name(), store.self().address(),
                         holders.empty() ? " nobody" : holders);
}

// A line of each store.
int Tell(Client& client, std::string (*line)(const wire::StatsResponse&)) {
  const auto ring = client.Ring();
  if (!ring.ok()) return Failed(ring.status());
  for (const wire::StatsResponse& store : *ring) {
    if (absl::GetFlag(FLAGS_json)) {
      PrintJson(store);
    } else {
      std::cout << line(store);
    }
  }
  return kDone;
}

absl::StatusOr<std::unique_ptr<Client>> ClientFromFlags() {
  const std::vector<std::string> stores = absl::GetFlag(FLAGS_store);
  if (stores.empty()) return absl::InvalidArgumentError("--store is empty");
  const absl::Duration timeout = absl::GetFlag(FLAGS_timeout);
  const ClientTls tls{absl::GetFlag(FLAGS_tls_trust), absl::GetFlag(FLAGS_tls_cert),
                      absl::GetFlag(FLAGS_tls_key), absl::GetFlag(FLAGS_tls_member_host)};
  const bool plaintext =
      tls.trust.empty() && tls.certificate.empty() && tls.key.empty() && tls.member_host.empty();
  if (plaintext) return std::make_unique<Client>(stores, timeout);
  return Client::WithTls(stores, timeout, tls);
}

int Main(int argc, char** argv) {
  std::vector<std::string> words;
  int first_flag = 1;
  while (first_flag < argc && (argv[first_flag][0] != '-' || argv[first_flag][1] == '\0')) {
    words.emplace_back(argv[first_flag++]);
  }
  argv[first_flag - 1] = argv[0];
  const auto wish =
      concord::example::ParseCommandLine(argc - first_flag + 1, argv + first_flag - 1);
  if (!wish.ok()) return CalledWrongly(std::string(wish.status().message()));
  if (*wish == concord::example::Wish::kHelp) {
    std::cout << concord::example::Help(kSynopsis);
    return kDone;
  }
  const std::size_t concurrency = absl::GetFlag(FLAGS_concurrency);
  if (concurrency < 1 || concurrency > 1000) {
    return CalledWrongly(absl::StrCat("--concurrency is ", concurrency, "; it must be 1 to 1000"));
  }
  if (words.empty()) return CalledWrongly("no command is given");
  const auto made = ClientFromFlags();
  if (!made.ok()) return CalledWrongly(std::string(made.status().message()));
  Client& client = **made;
  const std::string& command = words[0];
  if (command == "get" && words.size() == 2) return Get(client, words[1]);
  if (command == "put" && words.size() == 3) return Put(client, words[1], words[2]);
  if (command == "del" && words.size() == 2) return Delete(client, words[1]);
  if (command == "load" && words.size() == 2) return Load(client, words[1]);
  if (command == "dump" && words.size() == 1) return Dump(client);
  if (command == "stats" && words.size() == 1) return Tell(client, StatsOf);
  if (command == "ring" && words.size() == 1) return Tell(client, PlaceOf);
  return CalledWrongly(
      absl::StrCat("'", command, "' with ", words.size() - 1, " words behind it is no command"));
}

}  // namespace
}  // namespace kv

int main(int argc, char** argv) {
  concord::example::OpenStandardStreams();
  return kv::Main(argc, argv);
}
