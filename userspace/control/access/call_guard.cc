#include "control/access/call_guard.h"

#include <chrono>

#include "absl/strings/str_cat.h"

namespace signpost::control {
namespace {

// gRPC's own clients wait for so long before they try again (gRFC A6, server pushback).
constexpr const char* kPushback = "grpc-retry-pushback-ms";
constexpr const char* kRefusedByQuota = "signpost-refused-by-quota";

const char* option_for(const Caller& caller) {
  return caller.transport == Caller::Transport::kTls ? "cert:NAME" : "user:NAME or group:NAME";
}

grpc::Status not_allowed(const Caller& caller, const std::string& identity, Role role,
                         const MethodRule& rule) {
  return {grpc::StatusCode::PERMISSION_DENIED,
          absl::StrCat("this call needs the role ", to_text(rule.needed), "; ", identity, " has ",
                       role == Role::kNone ? "no role" : absl::StrCat("the role ", to_text(role)),
                       ". An administrator of the server gives roles by `signpostd --",
                       to_text(rule.needed), " ", option_for(caller), "`")};
}

}  // namespace

grpc::Status CallGuard::admit(grpc::ServerContextBase& call, const MethodRule& rule,
                              std::optional<Admission>& admission) {
  Caller caller = caller_of(call);
  if (caller.transport == Caller::Transport::kInProcess) {
    if (in_process_) return grpc::Status::OK;
    caller.transport = Caller::Transport::kUnknown;
  }
  const Role role = roles_.role_of(caller);
  const std::string identity = identity_of(caller);
  const auto now = std::chrono::steady_clock::now();
  const bool is_admin = role == Role::kAdmin;
  const CallQuota::Answer answer = quota_.begin(identity, is_admin, now);
  if (answer.verdict == CallQuota::Verdict::kFlooding) hang_up_(caller);
  if (answer.wait.count() > 0) return too_fast(call, identity, answer.wait);
  if (answer.verdict == CallQuota::Verdict::kTooMany) {
    refused_for_number_.add();
    call.AddTrailingMetadata(kRefusedByQuota, "calls");
    return {grpc::StatusCode::RESOURCE_EXHAUSTED,
            absl::StrCat("too many calls of ", identity, " are under way, or of all but admins; ",
                         "end some of them, such as `signpost watch` and `signpost top`")};
  }
  admission.emplace(quota_, identity, is_admin);
  if (role >= rule.needed) return grpc::Status::OK;
  refused_for_role_.add();
  quota_.charge_refusal(identity, now);
  return not_allowed(caller, identity, role, rule);
}

grpc::Status CallGuard::too_fast(grpc::ServerContextBase& call, const std::string& identity,
                                 std::chrono::milliseconds wait) {
  refused_for_rate_.add();
  call.AddTrailingMetadata(kRefusedByQuota, "rate");
  call.AddTrailingMetadata(kPushback, absl::StrCat(wait.count()));
  return {grpc::StatusCode::RESOURCE_EXHAUSTED,
          absl::StrCat(identity, " makes more than ", quota_.limits().calls_per_second,
                       " calls a second; try again in ", wait.count(), " ms")};
}

void CallGuard::collect(std::vector<metrics::Family>& families) const {
  families
      .emplace_back(metrics::Type::kCounter, "signpost_control_calls_refused_total",
                    "Calls of the control services refused before a service saw them.")
      .add({{"reason", "role"}}, static_cast<double>(refused_for_role_.value()))
      .add({{"reason", "rate"}}, static_cast<double>(refused_for_rate_.value()))
      .add({{"reason", "calls"}}, static_cast<double>(refused_for_number_.value()));
}

bool refused_by_quota(const std::multimap<std::string, std::string>& trailing_metadata) {
  return trailing_metadata.contains(kRefusedByQuota);
}

}  // namespace signpost::control
