#include "control/access/guarded_service.h"

#include <google/protobuf/message_lite.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/method_handler.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "signpost/v1/control.grpc.pb.h"
#include "signpost/v1/impact.grpc.pb.h"
#include "signpost/v1/notices.grpc.pb.h"
#include "signpost/v1/override.grpc.pb.h"
#include "signpost/v1/schedule.grpc.pb.h"
#include "signpost/v1/traffic.grpc.pb.h"

namespace signpost::control {
namespace {

using grpc::internal::ErrorMethodHandler;
using grpc::internal::MethodHandler;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

template <typename... Definitions>
const char* first_implemented(const grpc::Service& service) {
  const char* name = nullptr;
  ((name =
        name == nullptr && dynamic_cast<const typename Definitions::Service*>(&service) != nullptr
            ? Definitions::service_full_name()
            : name),
   ...);
  return name;
}

class GuardedHandler final : public MethodHandler {
 public:
  GuardedHandler(MethodHandler& inner, const MethodRule& rule, CallGuard& guard)
      : inner_(inner), rule_(rule), guard_(guard) {}

  void RunHandler(const HandlerParameter& call) override {
    std::optional<CallGuard::Admission> admission;
    const grpc::Status status = guard_.admit(*call.server_context, rule_, admission);
    if (status.ok()) {
      inner_.RunHandler(call);
      return;
    }
    // The handler that would have destroyed the request it has read does not run.
    if (call.request != nullptr)
      static_cast<google::protobuf::MessageLite*>(call.request)->~MessageLite();
    if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) {
      ErrorMethodHandler<grpc::StatusCode::PERMISSION_DENIED>(status.error_message())
          .RunHandler(call);
    } else {
      ErrorMethodHandler<grpc::StatusCode::RESOURCE_EXHAUSTED>(status.error_message())
          .RunHandler(call);
    }
  }

  void* Deserialize(grpc_call* call, grpc_byte_buffer* request, grpc::Status* status,
                    void** handler_data) override {
    return inner_.Deserialize(call, request, status, handler_data);
  }

 private:
  MethodHandler& inner_;
  const MethodRule& rule_;
  CallGuard& guard_;
};

RpcMethod::RpcType type_of(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming())
    return method.server_streaming() ? RpcMethod::BIDI_STREAMING : RpcMethod::CLIENT_STREAMING;
  return method.server_streaming() ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC;
}

class GuardedService final : public grpc::Service {
 public:
  // The handler of a method of `service`, in the order of the definition, as generated code has
  // them. Access to GetHandler() is as of this class.
  static MethodHandler& handler_of(grpc::Service& service, int index) {
    return *(service.*(&GuardedService::GetHandler))(index);
  }

  void add(const google::protobuf::MethodDescriptor& method, MethodHandler& inner,
           const MethodRule& rule, CallGuard& guard) {
    AddMethod(
        new RpcServiceMethod(rule.method, type_of(method), new GuardedHandler(inner, rule, guard)));
  }
};

}  // namespace

const google::protobuf::ServiceDescriptor* definition_of(const grpc::Service& service) {
  const char* name =
      first_implemented<v1::ConfigService, v1::HealthService, v1::ImpactService,
                        v1::LocationService, v1::NoticeService, v1::OverrideService,
                        v1::ScheduleService, v1::StatusService, v1::TrafficService>(service);
  if (name == nullptr) return nullptr;
  return google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
}

absl::StatusOr<std::unique_ptr<grpc::Service>> guarded(grpc::Service& service, CallGuard& guard) {
  const google::protobuf::ServiceDescriptor* definition = definition_of(service);
  if (definition == nullptr)
    return absl::InternalError("a service that control/access/guarded_service.cc does not list");
  auto out = std::make_unique<GuardedService>();
  for (int i = 0; i < definition->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *definition->method(i);
    const std::string name = absl::StrCat("/", definition->full_name(), "/", method.name());
    const MethodRule* rule = rule_of(name);
    if (rule == nullptr)
      return absl::InternalError(
          absl::StrCat(name, ": has no rule in control/access/", "method_rules.cc"));
    out->add(method, GuardedService::handler_of(service, i), *rule, guard);
  }
  return out;
}

}  // namespace signpost::control
