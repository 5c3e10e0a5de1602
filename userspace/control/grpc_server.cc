#include "control/grpc_server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_posix.h>

#include <chrono>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "control/access/audit_log.h"
#include "control/access/call_audit.h"
#include "control/access/call_guard.h"
#include "control/access/caller.h"
#include "control/access/connection_relay.h"
#include "control/access/control_socket.h"
#include "control/access/guarded_service.h"
#include "control/access/reflection_gate.h"

namespace signpost::control {
namespace {

constexpr int kMessageOctetsMax = 4 << 20;
constexpr int kStreamsMax = 100;  // of one connection
constexpr int kThreadsMax = 64;   // calls under way, of all connections
constexpr std::size_t kBufferOctetsMax = 256u << 20;
constexpr int kKeepaliveMilliseconds = 60'000;
constexpr int kKeepaliveTimeoutMilliseconds = 20'000;
constexpr int kHandshakeMilliseconds = 10'000;
constexpr int kIdleMilliseconds = 300'000;
// Clients connect again for further calls, so that an expired certificate is found out.
constexpr int kAgeMilliseconds = 900'000;
constexpr std::chrono::seconds kStopGrace{2};

using Interceptors =
    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>;
using Acceptor = std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>;

void set_limits(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("control");
  quota.SetMaxThreads(kThreadsMax);
  quota.Resize(kBufferOctetsMax);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMessageOctetsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kIdleMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kAgeMilliseconds);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

// gRPC tells each handshake that failed, which strangers can bring about at will.
void write_log(gpr_log_func_args* line) {
  static log::RateLimit limit;
  if (line->severity == GPR_LOG_SEVERITY_ERROR)
    log::warning(limit, "gRPC", {{"message", line->message}});
}

absl::Status check_tls(const TlsPortOptions& tls, const RoleRules& roles) {
  RETURN_IF_ERROR(check_files(tls));
  if (roles.name_certificates()) return absl::OkStatus();
  return invalid_argument(
      "--grpc-listen: no certificate has a role; give some by --admin, --operator or --reader ",
      "cert:NAME");
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const GrpcServerOptions& options, RoleRules roles)
      : options_(options),
        guard_(std::move(roles), options.quota, [this](const Caller& caller) { hang_up(caller); }),
        audit_(options.audit_log) {}
  ~Impl() { stop(); }

  absl::Status start(const std::vector<grpc::Service*>& services) {
    if (has_port()) RETURN_IF_ERROR(check_tls(options_.tls, guard_.roles()));
    for (grpc::Service* service : services) {
      ASSIGN_OR_RETURN(std::unique_ptr<grpc::Service> stand_in, guarded(*service, guard_));
      guarded_.push_back(std::move(stand_in));
    }
    RETURN_IF_ERROR(build());
    report_healthy(services);
    if (has_port()) RETURN_IF_ERROR(open_port());
    return options_.socket.empty() ? absl::OkStatus() : open_socket();
  }

  std::shared_ptr<grpc::Channel> in_process_channel() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(-1);
    guard_.admit_in_process();
    return server_->InProcessChannel(arguments);
  }

  void collect(std::vector<metrics::Family>& families) const {
    guard_.collect(families);
    audit_.collect(families);
    metrics::Family open(metrics::Type::kGauge, "signpost_control_connections",
                         "Connections to the control services.");
    metrics::Family refused(metrics::Type::kCounter, "signpost_control_connections_refused_total",
                            "Connections to the control services closed because of their number.");
    open.add({{"transport", "unix"}}, static_cast<double>(users_.open()));
    refused.add({{"transport", "unix"}}, static_cast<double>(users_.refused()));
    if (has_port()) {
      open.add({{"transport", "tls"}}, static_cast<double>(addresses_.open()));
      refused.add({{"transport", "tls"}}, static_cast<double>(addresses_.refused()));
    }
    families.push_back(std::move(open));
    families.push_back(std::move(refused));
    collect_expiry(families);
  }

  void stop() {
    users_.stop();
    addresses_.stop();
    socket_.remove();
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
    server_->Wait();
    server_.reset();
    relay_.reset();
  }

 private:
  bool has_port() const { return !options_.tls.address.empty(); }

  absl::Status build() {
    gpr_set_log_function(write_log);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    set_limits(builder);
    for (const auto& service : guarded_) builder.RegisterService(service.get());
    Interceptors interceptors;
    interceptors.push_back(std::make_unique<CallAuditFactory>(guard_.roles(), audit_));
    interceptors.push_back(std::make_unique<ReflectionGateFactory>(guard_));
    builder.experimental().SetInterceptorCreators(std::move(interceptors));
    if (has_port()) {
      using FromOutside = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
      acceptor_ = builder.experimental().AddExternalConnectionAcceptor(
          FromOutside::FROM_FD, server_credentials(options_.tls));
    }
    server_ = builder.BuildAndStart();
    return server_ != nullptr ? absl::OkStatus()
                              : unavailable("the gRPC server could not be started");
  }

  void hang_up(const Caller& caller) {
    static log::RateLimit limit;
    const std::string owner = owner_of(caller);
    log::warning(limit, "a client floods the control services; it is hung up on",
                 {{"of", owner}, {"peer", caller.peer}});
    (caller.transport == Caller::Transport::kTls ? addresses_ : users_).hang_up(owner);
  }

  void report_healthy(const std::vector<grpc::Service*>& services) {
    server_->GetHealthCheckService()->SetServingStatus(true);
    for (const grpc::Service* service : services) {
      server_->GetHealthCheckService()->SetServingStatus(definition_of(*service)->full_name(),
                                                         true);
    }
  }

  absl::Status open_port() {
    ASSIGN_OR_RETURN(const int listening, listen_at(options_.tls));
    return addresses_.start(
        listening, options_.connections, address_at, [this](int descriptor, const std::string&) {
          grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
          connection.fd = descriptor;
          acceptor_->HandleNewConnection(&connection);
        });
  }

  absl::Status open_socket() {
    ASSIGN_OR_RETURN(const int listening, socket_.listen(options_.socket, options_.socket_group));
    relay_ = std::make_unique<ConnectionRelay>(options_.streams);
    return users_.start(
        listening, options_.connections, [](int client) { return owner_of(caller_at(client)); },
        [this](int client, const std::string& owner) { hand_on(client, owner); });
  }

  void hand_on(int client, const std::string& owner) {
    Caller caller = caller_at(client);
    const absl::StatusOr<int> descriptor = relay_->carry(client, owner);
    if (!descriptor.ok()) {
      static log::RateLimit limit;
      log::warning(limit, "a control connection was closed",
                   {{"of", owner}, {"error", std::string(descriptor.status().message())}});
      return;
    }
    set_caller(*descriptor, std::move(caller));
    grpc::AddInsecureChannelFromFd(server_.get(), *descriptor);
  }

  void collect_expiry(std::vector<metrics::Family>& families) const {
    metrics::Family& family = families.emplace_back(
        metrics::Type::kGauge, "signpost_control_certificate_expiry_timestamp_seconds",
        "When the certificate of the control port expires.");
    if (!has_port()) return;
    const auto expiry = expiry_of(options_.tls.certificate);
    if (!expiry.ok()) return;
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(expiry->time_since_epoch());
    family.add(static_cast<double>(since.count()));
  }

  const GrpcServerOptions options_;
  CallGuard guard_;
  AuditLog audit_;
  std::vector<std::unique_ptr<grpc::Service>> guarded_;
  Acceptor acceptor_;
  std::unique_ptr<grpc::Server> server_;
  ControlSocket socket_;
  std::unique_ptr<ConnectionRelay> relay_;
  ConnectionListener users_;
  ConnectionListener addresses_;
};

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() = default;

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::start(
    const GrpcServerOptions& options, const std::vector<grpc::Service*>& services) {
  ASSIGN_OR_RETURN(RoleRules roles, RoleRules::parse(options.roles));
  auto impl = std::make_unique<Impl>(options, std::move(roles));
  RETURN_IF_ERROR(impl->start(services));
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

std::shared_ptr<grpc::Channel> GrpcServer::in_process_channel() {
  return impl_->in_process_channel();
}

void GrpcServer::collect(std::vector<metrics::Family>& families) const { impl_->collect(families); }

void GrpcServer::stop() { impl_->stop(); }

}  // namespace signpost::control
