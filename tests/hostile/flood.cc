#include "hostile/flood.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <deque>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "concord/node.h"
#include "concord_wire.pb.h"
#include "hostile/http2_bytes.h"
#include "runtime/methods.h"

namespace concord::testing {
namespace {

constexpr std::size_t kOpenCalls = 96;  // at once on a connection; a server allows 128
constexpr std::size_t kSlowCalls = 24;  // of them, half-sent
constexpr int kPatienceMs = 2000;       // for a connection on which nothing moves

// One hostile client. It sends as fast as it is let, and never waits for anybody else.
class Attacker {
 public:
  Attacker(int port, std::uint64_t seed) : port_(port), random_(seed) { Connect(); }
  ~Attacker() { close(fd_); }
  Attacker(const Attacker&) = delete;
  Attacker& operator=(const Attacker&) = delete;

  // One more request is on its way, or waits for room to be.
  void AddRequest() {
    out_ += NextRequest();
    ++report_.sent;
  }
  bool WantsMore() const { return out_.size() < 65536 && open_.size() < kOpenCalls; }
  bool idle() const { return out_.empty() && open_.size() <= slow_.size(); }

  pollfd Waits() const {
    const auto events = static_cast<short>(POLLIN | (out_.empty() ? 0 : POLLOUT));
    return {.fd = fd_, .events = events, .revents = 0};
  }
  // What poll said. False: nothing moved.
  bool Move(short events) {
    if (events == 0) return false;
    if ((events & POLLOUT) != 0) {
      const ssize_t n = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
      if (n > 0) out_.erase(0, static_cast<std::size_t>(n));
      if (n < 0 && errno != EAGAIN) Reconnect();
    } else {
      Receive();
    }
    return true;
  }
  void Reconnect() {
    ++report_.reconnected;
    close(fd_);
    Connect();
  }

  const FloodReport& report() const { return report_; }

 private:
  void Connect() {
    fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("connect");
    }
    out_ = Preface();
    in_.clear();
    slow_.clear();
    open_.clear();
    stream_ = 1;
  }

  // (A server may end a call twice: with its answer, and by taking back the rest.)
  void End(std::uint32_t stream) {
    if (open_.erase(stream) == 0) return;
    std::erase(slow_, stream);
    ++report_.ended;
  }

  void Receive() {
    char bytes[65536];
    const ssize_t n = recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return Reconnect();
    in_.append(bytes, static_cast<std::size_t>(n));
    std::size_t at = 0;
    while (in_.size() - at >= kFrameHeaderBytes) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in_[at + i]); };
      const std::size_t size = byte(0) << 16 | byte(1) << 8 | byte(2);
      if (in_.size() - at < kFrameHeaderBytes + size) break;
      const bool ended =
          byte(3) == kResetStream || (byte(3) == kHeaders && (byte(4) & kEndStream) != 0);
      if (ended) End(byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8));
      if (byte(3) == kPing && byte(4) == 0) out_ += Frame(kPing, kAcknowledge, 0, "12345678");
      at += kFrameHeaderBytes + size;
    }
    in_.erase(0, at);
  }

  std::uint64_t Draw() { return random_(); }
  std::uint64_t Below(std::uint64_t limit) { return random_() % limit; }

  std::string RandomBytes(std::size_t most) {
    std::string bytes(1 + Below(most), '\0');
    for (char& c : bytes) c = static_cast<char>(Draw());
    return bytes;
  }
  const char* AnyCall() {
    const char* const calls[] = {runtime::kFindSuccessorMethod, runtime::kGetRingMethod,
                                 runtime::kNotifyMethod, runtime::kLeaveMethod};
    return calls[Below(4)];
  }
  // Somebody who never was, at an address of 127/8 where nobody is.
  wire::Server Invented(bool right_hash) {
    static const Node hashing(Config{});
    wire::Server server;
    server.set_name(absl::StrCat("invented-", Draw()));
    server.set_id(right_hash ? hashing.IdOf(server.name()) : Draw());
    server.set_address(absl::StrCat("127.", 1 + Below(250), ".", Below(250), ".", 1 + Below(250),
                                    ":", 1 + Below(1000)));
    return server;
  }
  std::string Call(const char* path, std::string_view message, std::string_view timeout = "") {
    const std::uint32_t stream = Begin();
    return BeginCall(stream, path, timeout) + SendMessage(stream, message);
  }
  std::uint32_t Begin() {
    open_.insert(stream_);
    return std::exchange(stream_, stream_ + 2);
  }

  std::string NextRequest() {
    switch (Below(10)) {
      case 0:  // malformed
        return Call(AnyCall(), RandomBytes(200));
      case 1:
        return Oversized();
      case 2:
        return Slow();
      case 3:
        return Call("/concord.ChordService/Unknown", RandomBytes(50));
      case 4:
      case 5: {
        wire::FindReq request;
        request.set_id(Draw());
        request.set_hops(static_cast<std::uint32_t>(Below(200)));
        for (std::uint64_t i = Below(40); i > 0; --i) request.add_unanswered(Draw());
        return Call(runtime::kFindSuccessorMethod, request.SerializeAsString(), "10M");
      }
      case 6:
        return Call(runtime::kNotifyMethod, Invented(false).SerializeAsString());
      case 7:
        return Call(runtime::kNotifyMethod, Invented(true).SerializeAsString());
      case 8: {
        wire::Farewell farewell;
        *farewell.mutable_from() = *farewell.mutable_predecessor() = Invented(true);
        for (std::uint64_t i = Below(100); i > 0; --i) *farewell.add_successors() = Invented(true);
        return Call(runtime::kLeaveMethod, farewell.SerializeAsString());
      }
      default:
        return Abuse();
    }
  }

  std::string Oversized() {
    const std::uint32_t stream = Begin();
    const std::string call = BeginCall(stream, AnyCall());
    if (Below(8) != 0) return call + SendMessage(stream, RandomBytes(1000), 64u << 20);
    return call + SendMessage(stream, std::string(60000, 'x'));  // up to what a connection may send
  }

  // Never finished: after a while it is taken back for the next.
  std::string Slow() {
    std::string bytes;
    if (slow_.size() >= kSlowCalls) {
      bytes = Frame(kResetStream, 0, slow_.front(), BigEndian(8, 4));
      open_.erase(slow_.front());
      slow_.pop_front();
    }
    const std::uint32_t stream = Begin();
    slow_.push_back(stream);
    return bytes + BeginCall(stream, AnyCall()) +
           Frame(kData, 0, stream, std::string(1, '\0') + BigEndian(1000, 4) + "only so much");
  }

  // Of HTTP/2 itself.
  std::string Abuse() {
    const std::uint32_t stream = stream_;
    switch (Below(40)) {
      case 0:  // what no frame is: the connection ends
        return RandomBytes(100);
      case 1: {
        std::string more;
        for (int i = 0; i < 100; ++i) more += Header(absl::StrCat("h-", i), std::string(120, 'v'));
        return BeginCall(Begin(), AnyCall(), "", more.substr(0, 12000));
      }
      case 2:
      case 3:
        return Frame(kPing, 0, 0, "12345678");
      case 4:
        return Frame(kSettings, 0, 0, std::string("\0\4\0\0\377\377", 6));
      default:  // begun and taken back at once
        stream_ += 2;
        return BeginCall(stream, AnyCall()) + Frame(kResetStream, 0, stream, BigEndian(8, 4));
    }
  }

  const int port_;
  std::mt19937_64 random_;
  int fd_ = -1;
  std::string out_, in_;
  std::uint32_t stream_ = 1;
  std::set<std::uint32_t> open_;    // calls that have not ended, slow ones included
  std::deque<std::uint32_t> slow_;  // half-sent
  FloodReport report_;
};

}  // namespace

FloodReport RunFlood(const FloodOptions& options) {
  std::vector<std::unique_ptr<Attacker>> attackers;
  for (int i = 0; i < options.connections; ++i) {
    attackers.push_back(std::make_unique<Attacker>(options.ports[i % options.ports.size()],
                                                   options.seed * 1000 + i));
  }
  int left = options.requests;
  std::vector<pollfd> waits(attackers.size());
  for (bool busy = true; left > 0 || busy;) {
    busy = false;
    for (std::size_t i = 0; i < attackers.size(); ++i) {
      for (int burst = 8; burst > 0 && left > 0 && attackers[i]->WantsMore(); --burst) {
        attackers[i]->AddRequest();
        if (--left % 10000 == 0 && options.progress) {
          std::fprintf(stderr, "flood: %d requests left\n", left);
        }
      }
      busy = busy || !attackers[i]->idle();
      waits[i] = attackers[i]->Waits();
    }
    if (left == 0 && !busy) break;
    const int ready = poll(waits.data(), waits.size(), kPatienceMs);
    for (std::size_t i = 0; i < attackers.size(); ++i) {
      const bool moved = attackers[i]->Move(waits[i].revents);
      if (!moved && ready == 0 && !attackers[i]->idle()) attackers[i]->Reconnect();
    }
  }
  FloodReport report;
  for (const auto& attacker : attackers) {
    report.sent += attacker->report().sent;
    report.ended += attacker->report().ended;
    report.reconnected += attacker->report().reconnected;
  }
  return report;
}

}  // namespace concord::testing
