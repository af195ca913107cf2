#include "runtime/tls.h"

#include <grpcpp/security/auth_context.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "runtime/certificates.h"
#include "runtime/line_limiter.h"
#include "runtime/loop.h"
#include "runtime/mutex.h"
#include "runtime/tls_failure.h"
#include "runtime/tls_material.h"
#include "runtime/watched_file.h"

namespace concord::runtime {
namespace {

namespace tls = grpc::experimental;

// How often files are looked at; gRPC takes up what was found within another second.
constexpr absl::Duration kLookPeriod = absl::Seconds(1);
constexpr unsigned kGrpcLookSeconds = 1;

// What gRPC reads: it may only see what was checked, since it stops answering when a key does not
// fit its certificate. Must outlive the thread that it watches them with.
struct WatchedFiles {
  WatchedFile identity, roots;
};

std::string_view View(absl::string_view text) { return {text.data(), text.size()}; }
std::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

}  // namespace

// --- The state, which gRPC's connections may keep longer than we live ---------------------------

struct Tls::State {
  State(Options options, Log log) : options(std::move(options)), log(std::move(log)) {}

  const Options options;
  const Log log;

  mutable Mutex mutex;
  std::shared_ptr<const TlsMaterial> current ABSL_GUARDED_BY(mutex);
  std::string own_fault ABSL_GUARDED_BY(mutex);
  LineLimiter refused_clients ABSL_GUARDED_BY(mutex);
  LineLimiter refused_claims ABSL_GUARDED_BY(mutex);

  const std::shared_ptr<WatchedFiles> files = std::make_shared<WatchedFiles>();
  std::shared_ptr<tls::FileWatcherCertificateProvider> provider;
  std::shared_ptr<tls::CertificateVerifier> server_verifier, client_verifier;

  // Touched only by the loop's thread.
  std::string trouble;
  bool trouble_told = false;

  // Last: its tasks use the rest.
  std::unique_ptr<Loop> loop;

  std::shared_ptr<const TlsMaterial> Current() const {
    MutexLock lock(mutex);
    return current;
  }

  absl::Status Install(TlsMaterial material);
  void LogCertificate(std::string_view event) const;
  void CheckOwnFault();
  absl::Status Reload();
  void Look();
  absl::Status Verify(Chain::Role role, std::string_view certificate, std::string_view chain,
                      std::string_view host) const;
  void LogRefusedClient(const absl::Status& why);
  void LogRefusedClaim(const Server& claimed, const absl::Status& why);
};

absl::Status Tls::State::Install(TlsMaterial material) {
  // gRPC reads both parts of the identity from one file, so that they always fit.
  const std::string pair = material.key + material.chain.pem();
  if (absl::Status set = files->identity.Set(pair); !set.ok()) return set;
  if (absl::Status set = files->roots.Set(material.trust.pem()); !set.ok()) return set;
  MutexLock lock(mutex);
  current = std::make_shared<const TlsMaterial>(std::move(material));
  return absl::OkStatus();
}

// What others will say of our certificate, as far as their trust and clock are like ours.
void Tls::State::CheckOwnFault() {
  const std::shared_ptr<const TlsMaterial> material = Current();
  const std::string& host = options.member_host.empty() ? options.own_host : options.member_host;
  absl::Status fit = material->chain.Verify(material->trust, Chain::Role::kServer, host);
  if (fit.ok()) fit = material->chain.Verify(material->trust, Chain::Role::kClient, "");
  const std::string fault(fit.message());
  {
    MutexLock lock(mutex);
    if (std::exchange(own_fault, fault) == fault) return;
  }
  if (fault.empty()) return;
  log.Write(Log::Level::kWarning, "own_certificate_unfit", {{"reason", fault}});
}

void Tls::State::LogCertificate(std::string_view event) const {
  const Chain chain = Current()->chain;
  const std::string expires = absl::FormatTime(chain.expires(), absl::UTCTimeZone());
  log.Write(Log::Level::kInfo, event, {{"names", chain.Names()}, {"expires", expires}});
}

absl::Status Tls::State::Reload() {
  auto texts = ReadTlsTexts(options);
  if (!texts.ok()) return texts.status();
  if (*texts == Current()->texts) return absl::OkStatus();
  auto material = ParseTls(options, *std::move(texts));
  if (!material.ok()) return material.status();
  if (absl::Status set = Install(*std::move(material)); !set.ok()) return set;
  LogCertificate("certificates_reloaded");
  return absl::OkStatus();
}

void Tls::State::Look() {
  // Files change one after the other: what is wrong for a moment is not worth a line.
  const std::string now_wrong(Reload().message());
  if (now_wrong != trouble) {
    trouble = now_wrong;
    trouble_told = false;
  } else if (!trouble.empty() && !std::exchange(trouble_told, true)) {
    log.Write(Log::Level::kWarning, "certificates_not_reloaded", {{"reason", trouble}});
  }
  CheckOwnFault();
  loop->PostAfter(kLookPeriod, [this] { Look(); });
}

absl::Status Tls::State::Verify(Chain::Role role, std::string_view certificate,
                                std::string_view chain, std::string_view host) const {
  if (certificate.empty()) {
    if (role == Chain::Role::kClient && !options.require_client_certificate) {
      return absl::OkStatus();
    }
    return absl::UnauthenticatedError("it has none");
  }
  // As a server gRPC gives the chain without the peer's own certificate; twice does no harm.
  const auto parsed =
      Chain::Parse(absl::StrCat(absl::string_view(certificate.data(), certificate.size()), "\n",
                                absl::string_view(chain.data(), chain.size())));
  if (!parsed.ok()) return absl::UnauthenticatedError(parsed.status().message());
  if (role == Chain::Role::kClient) return parsed->Verify(Current()->trust, role, "");
  const std::string expected =
      options.member_host.empty() ? std::string(host) : options.member_host;
  // (gRPC always says whom it has called; without that any member's certificate would do.)
  if (expected.empty())
    return absl::UnauthenticatedError("the host that it is to be for is unknown");
  return parsed->Verify(Current()->trust, role, expected);
}

void Tls::State::LogRefusedClient(const absl::Status& why) {
  std::optional<int> left_out;
  {
    MutexLock lock(mutex);
    left_out = refused_clients.Pass(absl::Now());
  }
  if (!left_out) return;
  log.Write(Log::Level::kWarning, "client_refused",
            {{"reason", View(why.message())}, {"left_out", absl::StrCat(*left_out)}});
}

void Tls::State::LogRefusedClaim(const Server& claimed, const absl::Status& why) {
  std::optional<int> left_out;
  {
    MutexLock lock(mutex);
    left_out = refused_claims.Pass(absl::Now());
  }
  if (!left_out) return;
  log.Write(Log::Level::kWarning, "claim_refused",
            {{"server", absl::StrCat(claimed.name, "@", claimed.address)},
             {"reason", View(why.message())},
             {"left_out", absl::StrCat(*left_out)}});
}

// Called by gRPC on any thread, after a handshake, with what the peer presented and has the key of.
class Tls::Verifier final : public tls::ExternalCertificateVerifier {
 public:
  Verifier(std::weak_ptr<State> state, std::shared_ptr<WatchedFiles> files, Chain::Role peer)
      : state_(std::move(state)), files_(std::move(files)), peer_(peer) {}

  bool Verify(tls::TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    const absl::Status status = Judge(*request);
    *sync_status = status.ok() ? grpc::Status::OK
                               : grpc::Status(grpc::StatusCode::UNAUTHENTICATED,
                                              absl::StrCat(kCertificateRefused, status.message()));
    return true;
  }
  void Cancel(tls::TlsCustomVerificationCheckRequest*) override {}

 private:
  absl::Status Judge(const tls::TlsCustomVerificationCheckRequest& request) const {
    const std::shared_ptr<State> state = state_.lock();
    if (!state) return absl::UnauthenticatedError("this node was stopped");
    absl::Status status =
        state->Verify(peer_, View(request.peer_cert()), View(request.peer_cert_full_chain()),
                      View(request.target_name()));
    if (!status.ok() && peer_ == Chain::Role::kClient) state->LogRefusedClient(status);
    return status;
  }

  const std::weak_ptr<State> state_;
  // gRPC keeps us as long as the thread that watches them, and drops us after it.
  const std::shared_ptr<WatchedFiles> files_;
  const Chain::Role peer_;
};

// --- Life -------------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<Tls>> Tls::Create(Options options, Log log) {
  auto texts = ReadTlsTexts(options);
  if (!texts.ok()) return texts.status();
  auto material = ParseTls(options, *std::move(texts));
  if (!material.ok()) return material.status();
  auto state = std::make_shared<State>(std::move(options), std::move(log));
  if (absl::Status set = state->Install(*std::move(material)); !set.ok()) return set;
  state->provider = std::make_shared<tls::FileWatcherCertificateProvider>(
      state->files->identity.path(), state->files->identity.path(), state->files->roots.path(),
      kGrpcLookSeconds);
  const auto verifier = [&](Chain::Role peer) {
    return tls::ExternalCertificateVerifier::Create<Verifier>(state, state->files, peer);
  };
  state->server_verifier = verifier(Chain::Role::kServer);
  state->client_verifier = verifier(Chain::Role::kClient);
  state->LogCertificate("certificates_loaded");
  state->CheckOwnFault();
  state->loop = std::make_unique<Loop>("concord-tls");
  state->loop->PostAfter(kLookPeriod, [state = state.get()] { state->Look(); });
  return std::unique_ptr<Tls>(new Tls(std::move(state)));
}

Tls::Tls(std::shared_ptr<State> state) : state_(std::move(state)) {}

Tls::~Tls() { state_->loop->Stop(); }

std::shared_ptr<grpc::ServerCredentials> Tls::server_credentials() const {
  tls::TlsServerCredentialsOptions options(state_->provider);
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  // Verified by us: the handshake only proves that the client has the key.
  options.set_cert_request_type(GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_BUT_DONT_VERIFY);
  options.set_certificate_verifier(state_->client_verifier);
  return tls::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> Tls::channel_credentials() const {
  tls::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(state_->provider);
  options.watch_identity_key_cert_pairs();
  options.watch_root_certs();
  options.set_verify_server_certs(false);  // by us, as above
  options.set_check_call_host(false);
  options.set_certificate_verifier(state_->server_verifier);
  return tls::TlsCredentials(options);
}

const std::string& Tls::member_host() const { return state_->options.member_host; }
bool Tls::require_node_name() const { return state_->options.require_node_name; }

// --- Names ------------------------------------------------------------------------------------

absl::Status Tls::CheckName(const grpc::AuthContext& peer, std::string_view name) const {
  if (!state_->options.require_node_name) return absl::OkStatus();
  const auto has = [&](const char* property, bool (*is_node)(std::string_view, std::string_view)) {
    for (const grpc::string_ref& value : peer.FindPropertyValues(property)) {
      if (is_node(View(value), name)) return true;
    }
    return false;
  };
  if (has(GRPC_PEER_DNS_PROPERTY_NAME, &IsNodeDnsName) ||
      has(GRPC_PEER_URI_PROPERTY_NAME, &IsNodeUri)) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat("TLS: the certificate does not name the node '",
                                                  absl::string_view(name.data(), name.size()),
                                                  "'"));
}

absl::Status Tls::CheckClaim(const grpc::AuthContext& peer, const Server& claimed) const {
  absl::Status status = CheckName(peer, claimed.name);
  if (!status.ok()) state_->LogRefusedClaim(claimed, status);
  return status;
}

std::string Tls::OwnFault() const {
  MutexLock lock(state_->mutex);
  return state_->own_fault;
}

}  // namespace concord::runtime
