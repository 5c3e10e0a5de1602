// Decides, before any service sees it, whether a call may be made.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.h"
#include "control/access/call_quota.h"
#include "control/access/caller.h"
#include "control/access/method_rules.h"
#include "control/access/role_rules.h"

namespace signpost::control {

// Thread safe.
class CallGuard {
 public:
  // Called with a caller that goes on and on although it is refused.
  using HangUp = std::function<void(const Caller&)>;

  CallGuard(RoleRules roles, QuotaLimits limits, HangUp hang_up)
      : roles_(std::move(roles)), quota_(limits), hang_up_(std::move(hang_up)) {}

  // Holds the place of a call under way.
  class Admission {
   public:
    Admission(CallQuota& quota, std::string identity, bool is_admin)
        : quota_(&quota), identity_(std::move(identity)), is_admin_(is_admin) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;
    ~Admission() { quota_->end(identity_, is_admin_); }

   private:
    CallQuota* quota_;
    const std::string identity_;
    const bool is_admin_;
  };

  // OK, and `admission` is set, or why the call is refused: PERMISSION_DENIED, or
  // RESOURCE_EXHAUSTED, where it may say in the trailing metadata when to try again.
  grpc::Status admit(grpc::ServerContextBase& call, const MethodRule& rule,
                     std::optional<Admission>& admission);

  // From now on calls without a connection, which come from this process, are an admin's. Until
  // then nobody is known to make any, and so they are refused.
  void admit_in_process() { in_process_ = true; }

  const RoleRules& roles() const { return roles_; }

  void collect(std::vector<metrics::Family>& families) const;

 private:
  grpc::Status too_fast(grpc::ServerContextBase& call, const std::string& identity,
                        std::chrono::milliseconds wait);

  const RoleRules roles_;
  CallQuota quota_;
  const HangUp hang_up_;
  std::atomic<bool> in_process_{false};
  metrics::Counter refused_for_role_;
  metrics::Counter refused_for_rate_;
  metrics::Counter refused_for_number_;
};

// Whether a call was refused for how many there are: lines for each would be a flood of their own.
bool refused_by_quota(const std::multimap<std::string, std::string>& trailing_metadata);

}  // namespace signpost::control
