#include "concord/sim/process.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cluster/process_impl.h"

namespace concord::sim {
namespace {

Payload Pack(absl::StatusOr<std::string> content) {
  return std::make_shared<const absl::StatusOr<std::string>>(std::move(content));
}

}  // namespace

Process::Process(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Process::~Process() = default;

const std::string& Process::name() const { return impl_->config.name; }
std::string Process::address() const { return impl_->stage.world().server(impl_->host).address; }
Config Process::config() const { return impl_->config; }
std::uint64_t Process::Random() { return impl_->stage.prng().Next(); }
Disk& Process::disk() { return impl_->disk; }

absl::Time Process::now() const { return impl_->stage.now() + impl_->clock_error; }

void Process::After(absl::Duration delay, std::function<void()> then) {
  if (impl_->up) impl_->stage.After(delay, impl_->host, std::move(then));
}

void Process::Call(const std::string& address, std::string request, absl::Duration timeout,
                   Done done) {
  if (!impl_->up) return;
  impl_->stage.Send(
      impl_->host, address, Pack(std::move(request)), timeout,
      [address, timeout, done = std::move(done)](Outcome outcome, const Payload& payload) {
        if (outcome == Outcome::kAnswered) return done(*payload);
        if (outcome == Outcome::kRefused) {
          return done(absl::UnavailableError(absl::StrCat(address, ": connection refused")));
        }
        done(absl::DeadlineExceededError(
            absl::StrCat(address, ": no answer within ", absl::FormatDuration(timeout))));
      });
}

void Process::Serve(Handler handler) {
  if (!impl_->up) return;
  impl_->stage.SetRequestHandler(
      impl_->host, [impl = impl_.get(), life = impl_->life, handler = std::move(handler)](
                       RequestId request, const Payload& payload) {
        handler(**payload, [impl, life, request](absl::StatusOr<std::string> response) {
          if (impl->life == life) impl->stage.world().Answer(request, Pack(std::move(response)));
        });
      });
}

}  // namespace concord::sim
