#include "health/probes/grpc_probe.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <array>
#include <boost/asio/post.hpp>
#include <mutex>
#include <optional>
#include <utility>

#include "health/probes/tls.h"

namespace signpost::health {
namespace {

constexpr const char* kMethod = "/grpc.health.v1.Health/Check";
// Of HealthCheckRequest.service and HealthCheckResponse.status: number 1, length-delimited and
// varint.
constexpr char kServiceTag = 0x0a;
constexpr char kStatusTag = 0x08;
constexpr std::array<const char*, 4> kStatusNames{"UNKNOWN", "SERVING", "NOT_SERVING",
                                                  "SERVICE_UNKNOWN"};
constexpr char kServing = 1;

const model::GrpcProbe& probe_of(const ProbeRequest& request) {
  return std::get<model::GrpcProbe>(request.check->kind);
}

grpc::ByteBuffer encode_request(const std::string& service) {
  std::string octets;
  if (!service.empty()) {
    octets += kServiceTag;
    std::size_t size = service.size();
    for (; size > 0x7f; size >>= 7) octets += static_cast<char>(size | 0x80);
    octets += static_cast<char>(size);
    octets += service;
  }
  const grpc::Slice slice(octets);
  return {&slice, 1};
}

// Nothing if the octets are no HealthCheckResponse.
std::optional<char> decode_response(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return std::nullopt;
  if (slice.size() == 0) return '\0';
  const bool known =
      slice.size() == 2 && slice.begin()[0] == kStatusTag && slice.begin()[1] < kStatusNames.size();
  return known ? std::optional(static_cast<char>(slice.begin()[1])) : std::nullopt;
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const std::optional<model::TlsOptions>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  if (tls->verify_certificate) return grpc::SslCredentials({});
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

// A connection of its own for every probe: a shared one would hide that no new one can be made, and
// would be backing off after a failure.
std::shared_ptr<grpc::Channel> make_channel(const model::GrpcProbe& probe,
                                            const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, 4096);
  if (!probe.target.host.empty()) {
    arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, probe.target.host);
    if (probe.tls && probe.tls->enable_sni)
      arguments.SetString(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, probe.target.host);
  }
  const char* scheme = address.find(':') == std::string::npos ? "ipv4:" : "ipv6:";
  const std::string endpoint =
      model::endpoint_text({.address = address, .host = {}, .port = probe.target.port});
  return grpc::CreateCustomChannel(scheme + endpoint, credentials(probe.tls), arguments);
}

struct KeptCall {
  grpc::ClientContext context;
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel("unix:/nonexistent", grpc::InsecureChannelCredentials());
  grpc::ByteBuffer request = encode_request("");
  grpc::ByteBuffer response;
};

// gRPC ends the threads that run callbacks with the last channel that has made a call. Where one of
// these threads lets that channel go, as at the end of a call that outlives its probe, gRPC 1.51
// frees their queue twice. A channel that is never let go keeps them.
void keep_callback_threads() {
  static const KeptCall* const kept = [] {
    auto* call = new KeptCall;
    grpc::GenericStub(call->channel)
        .UnaryCall(&call->context, kMethod, grpc::StubOptions(), &call->request, &call->response,
                   [](const grpc::Status&) {});
    return call;
  }();
  static_cast<void>(kept);
}

}  // namespace

// gRPC ends calls on its own threads, possibly after the probe.
struct GrpcProbeRun::Call {
  grpc::ClientContext context;
  std::shared_ptr<grpc::Channel> channel;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  grpc::Status status;

  std::mutex mutex;
  GrpcProbeRun* probe = nullptr;  // null once it does not wait any more; guarded by mutex
};

GrpcProbeRun::GrpcProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                           const ProbeRequest& request, OnProbeResult on_result)
    : TargetedProbe(io, settings, request, probe_of(request).target, std::move(on_result)),
      probe_(probe_of(request)) {}

GrpcProbeRun::~GrpcProbeRun() { give_up(); }

void GrpcProbeRun::set_limit() {
  arm(limits().grpc_call,
      "no gRPC reply from " + endpoint() + " within " + duration_text(limits().grpc_call));
}

void GrpcProbeRun::on_address(const std::string& address) {
  keep_callback_threads();
  const auto call = std::make_shared<Call>();
  call_ = call;
  call->probe = this;
  call->channel = make_channel(probe_, address);
  call->request = encode_request(probe_.service);
  call->context.set_wait_for_ready(false);
  call->context.set_deadline(std::chrono::system_clock::now() + 2 * limits().grpc_call);
  grpc::GenericStub stub(call->channel);
  stub.UnaryCall(&call->context, kMethod, grpc::StubOptions(), &call->request, &call->response,
                 [call](grpc::Status status) {
                   const std::lock_guard lock(call->mutex);
                   call->status = std::move(status);
                   if (call->probe != nullptr) call->probe->note_reply();
                 });
}

// On a thread of gRPC, perhaps while this is being destroyed.
void GrpcProbeRun::note_reply() {
  const auto self = std::static_pointer_cast<GrpcProbeRun>(weak_from_this().lock());
  if (self == nullptr) return;
  boost::asio::post(io(), [self] {
    if (self->goes_on()) self->on_reply();
  });
}

void GrpcProbeRun::note_certificate() {
  if (!probe_.tls) return;
  const auto peer = call_->context.auth_context();
  if (peer == nullptr) return;
  for (const grpc::string_ref& pem : peer->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME)) {
    const auto certificate = certificate_of(std::string_view(pem.data(), pem.size()));
    if (!certificate) continue;
    set_certificate_expiry(certificate->expires);
    step("certificate of " + certificate->subject);
  }
}

void GrpcProbeRun::on_reply() {
  note_certificate();
  const grpc::Status& status = call_->status;
  const std::string service = probe_.service.empty() ? "it" : probe_.service;
  if (status.error_code() == grpc::StatusCode::NOT_FOUND)
    return fail(endpoint() + " does not know the service " + probe_.service);
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED)
    return fail(endpoint() + " does not offer grpc.health.v1");
  if (!status.ok()) return fail("no gRPC reply from " + endpoint() + ": " + status.error_message());
  const std::optional<char> serving = decode_response(call_->response);
  if (!serving) return fail("malformed gRPC reply from " + endpoint());
  const std::string seen = endpoint() + " says that " + service + " is " +
                           kStatusNames.at(static_cast<std::size_t>(*serving));
  if (*serving != kServing) return fail(seen);
  succeed(seen);
}

void GrpcProbeRun::give_up() {
  if (!call_) return;
  {
    const std::lock_guard lock(call_->mutex);
    call_->probe = nullptr;
  }
  call_->context.TryCancel();
}

}  // namespace signpost::health
