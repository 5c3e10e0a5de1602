#include "control/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_posix.h>

#include <chrono>
#include <utility>

#include "base/status.h"
#include "control/control_socket.h"

namespace signpost::control {
namespace {

constexpr int kMessageOctetsMax = 4 << 20;
constexpr int kStreamsMax = 100;  // of one connection
constexpr int kThreadsMax = 64;   // calls under way, of all connections
constexpr std::size_t kBufferOctetsMax = 256u << 20;
constexpr int kKeepaliveMilliseconds = 60000;
constexpr int kKeepaliveTimeoutMilliseconds = 20000;
constexpr std::chrono::seconds kStopGrace{2};

void set_limits(grpc::ServerBuilder& builder) {
  grpc::ResourceQuota quota("control");
  quota.SetMaxThreads(kThreadsMax);
  quota.Resize(kBufferOctetsMax);
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMessageOctetsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
}

}  // namespace

class GrpcServer::Impl {
 public:
  ~Impl() { stop(); }

  absl::Status start(const std::string& path, const std::vector<grpc::Service*>& services) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    set_limits(builder);
    for (grpc::Service* service : services) builder.RegisterService(service);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return unavailable("the gRPC server could not be started");
    server_->GetHealthCheckService()->SetServingStatus(true);
    for (const char* name : {"signpost.v1.ConfigService", "signpost.v1.HealthService",
                             "signpost.v1.ImpactService", "signpost.v1.NoticeService",
                             "signpost.v1.ScheduleService", "signpost.v1.StatusService"}) {
      server_->GetHealthCheckService()->SetServingStatus(name, true);
    }
    if (path.empty()) return absl::OkStatus();
    return socket_.start(path, [this](int descriptor) {
      grpc::AddInsecureChannelFromFd(server_.get(), descriptor);
    });
  }

  std::shared_ptr<grpc::Channel> in_process_channel() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(-1);
    return server_->InProcessChannel(arguments);
  }

  void stop() {
    socket_.stop();
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
    server_->Wait();
    server_.reset();
  }

 private:
  std::unique_ptr<grpc::Server> server_;
  ControlSocket socket_;
};

GrpcServer::GrpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GrpcServer::~GrpcServer() = default;

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::start(
    const std::string& path, const std::vector<grpc::Service*>& services) {
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl->start(path, services));
  return std::unique_ptr<GrpcServer>(new GrpcServer(std::move(impl)));
}

std::shared_ptr<grpc::Channel> GrpcServer::in_process_channel() {
  return impl_->in_process_channel();
}

void GrpcServer::stop() { impl_->stop(); }

}  // namespace signpost::control
