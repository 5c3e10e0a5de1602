#include "control/access/reflection_gate.h"

#include <grpcpp/server_context.h>

#include <optional>

#include "absl/strings/match.h"

namespace signpost::control {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

constexpr MethodRule kReflection{"/grpc.reflection.", Role::kReader};

// Lives as long as its call, and holds the call's place meanwhile.
class ReflectionGate final : public grpc::experimental::Interceptor {
 public:
  ReflectionGate(ServerRpcInfo& call, CallGuard& guard) : call_(call), guard_(guard) {}

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      grpc::ServerContextBase& context = *call_.server_context();
      if (!guard_.admit(context, kReflection, admission_).ok()) context.TryCancel();
    }
    batch->Proceed();
  }

 private:
  ServerRpcInfo& call_;
  CallGuard& guard_;
  std::optional<CallGuard::Admission> admission_;
};

}  // namespace

grpc::experimental::Interceptor* ReflectionGateFactory::CreateServerInterceptor(
    ServerRpcInfo* call) {
  const bool is_reflection = absl::StartsWith(call->method(), kReflection.method);
  return is_reflection ? new ReflectionGate(*call, guard_) : nullptr;
}

}  // namespace signpost::control
