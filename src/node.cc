// The public face: see node_impl.h for what is behind it.
#include "concord/node.h"

#include <utility>

#include "node_impl.h"

namespace concord {

Node::Node(Config config) : impl_(std::make_shared<Impl>(std::move(config))) {}
Node::~Node() { impl_->Stop(); }

absl::Status Node::Start() { return impl_->Start(); }
absl::Status Node::Create() { return impl_->Create(); }
absl::Status Node::Join(const std::vector<std::string>& seeds, absl::Duration timeout) {
  return impl_->Join(seeds, timeout);
}
absl::Status Node::Bootstrap(const std::vector<std::string>& members, absl::Duration timeout) {
  return impl_->Bootstrap(members, timeout);
}
absl::Status Node::Leave(absl::Duration timeout) { return impl_->Leave(timeout); }
void Node::Stop() { impl_->Stop(); }

absl::StatusOr<Server> Node::Lookup(std::string_view key, LookupOptions options) {
  return impl_->Lookup(key, options);
}
void Node::LookupAsync(std::string_view key, LookupOptions options, LookupCallback done) {
  impl_->LookupAsync(key, options, std::move(done));
}
absl::StatusOr<std::vector<Server>> Node::LookupN(std::string_view key, std::size_t n,
                                                  LookupOptions options) {
  return impl_->LookupN(key, n, options);
}
void Node::LookupNAsync(std::string_view key, std::size_t n, LookupOptions options,
                        LookupNCallback done) {
  impl_->LookupNAsync(key, n, options, std::move(done));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Node::Channel(const Server& server) {
  return impl_->Channel(server);
}
absl::Status Node::CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const {
  return impl_->CheckClaim(peer, claimed);
}

bool Node::Owns(std::string_view key) const {
  const Id id = impl_->IdOf(key);
  const auto& table = impl_->routing();
  return table && table->Owns(id);
}
Id Node::IdOf(std::string_view key) const { return impl_->IdOf(key); }

const std::string& Node::name() const { return impl_->config().name; }
Id Node::id() const { return impl_->IdOf(name()); }
std::string Node::address() const { return impl_->address(); }

std::optional<Range> Node::range() const {
  const auto& table = impl_->routing();
  return table ? table->range() : std::nullopt;
}
std::vector<Server> Node::successors() const {
  const auto& table = impl_->routing();
  return table ? table->successors() : std::vector<Server>();
}
std::optional<Server> Node::predecessor() const {
  const auto& table = impl_->routing();
  if (!table) return std::nullopt;
  return table->predecessor();
}

}  // namespace concord
