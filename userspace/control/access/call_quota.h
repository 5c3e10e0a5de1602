// Bounds what any one caller takes of the control services: calls a second, and calls under way,
// each of which holds one of the server's threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "control/access/token_bucket.h"

namespace signpost::control {

struct QuotaLimits {
  double calls_per_second = 1000;
  double burst = 500;          // calls that may come at once
  double debt = 500;           // calls too many after which a caller is flooding us
  double refusal_cost = 20;    // a refused call counts as so many: it costs a line in a log
  int under_way_of_one = 32;   // identity
  int under_way_of_most = 48;  // of all but admins, who find a thread whatever others do
};

// Thread safe.
class CallQuota {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit CallQuota(QuotaLimits limits) : limits_(limits) {}

  enum class Verdict { kAdmitted, kTooFast, kFlooding, kTooMany };
  struct Answer {
    Verdict verdict = Verdict::kAdmitted;
    std::chrono::milliseconds wait{0};  // kTooFast, kFlooding: after which a call is admitted
  };

  // Whether a call may begin; every one that was admitted is to be ended. Those that were not count
  // as well, so that who does not wait is not admitted.
  Answer begin(const std::string& identity, bool is_admin, Time now);
  void end(const std::string& identity, bool is_admin);

  // A call that was admitted, and refused for another reason.
  void charge_refusal(const std::string& identity, Time now);

  const QuotaLimits& limits() const { return limits_; }

 private:
  struct Account {
    TokenBucket calls;
    int under_way = 0;
  };

  Account& account_of(const std::string& identity, Time now);
  void forget_idle(Time now);

  const QuotaLimits limits_;
  std::mutex mutex_;
  absl::flat_hash_map<std::string, Account> accounts_;
  int under_way_of_most_ = 0;
};

}  // namespace signpost::control
