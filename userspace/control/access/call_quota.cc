#include "control/access/call_quota.h"

#include <algorithm>
#include <cmath>

namespace signpost::control {
namespace {

// Beyond so many, those are forgotten whose bucket is full: a new one would be the same.
constexpr std::size_t kAccountsKept = 1024;

}  // namespace

CallQuota::Answer CallQuota::begin(const std::string& identity, bool is_admin, Time now) {
  const std::lock_guard lock(mutex_);
  Account& account = account_of(identity, now);
  take(account, 1, limits_.debt);
  if (account.tokens < 0) {
    const double seconds = (1 - account.tokens) / limits_.calls_per_second;
    return {account.tokens <= -limits_.debt ? Verdict::kFlooding : Verdict::kTooFast,
            std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)))};
  }
  const bool most_have_room = is_admin || under_way_of_most_ < limits_.under_way_of_most;
  if (account.under_way >= limits_.under_way_of_one || !most_have_room)
    return {.verdict = Verdict::kTooMany};
  ++account.under_way;
  if (!is_admin) ++under_way_of_most_;
  return {};
}

void CallQuota::end(const std::string& identity, bool is_admin) {
  const std::lock_guard lock(mutex_);
  if (!is_admin) --under_way_of_most_;
  const auto found = accounts_.find(identity);
  if (found != accounts_.end()) --found->second.under_way;
}

void CallQuota::charge_refusal(const std::string& identity, Time now) {
  const std::lock_guard lock(mutex_);
  // Down to where the caller has to wait, but is not flooding us yet.
  take(account_of(identity, now), limits_.refusal_cost - 1, limits_.debt / 2);
}

void CallQuota::take(Account& account, double tokens, double debt) {
  account.tokens = std::max(account.tokens - tokens, std::min(account.tokens, -debt));
}

CallQuota::Account& CallQuota::account_of(const std::string& identity, Time now) {
  if (accounts_.size() >= kAccountsKept && !accounts_.contains(identity)) forget_idle(now);
  const auto [found, added] = accounts_.try_emplace(identity);
  Account& account = found->second;
  if (added) {
    account.tokens = limits_.burst;
  } else {
    const std::chrono::duration<double> passed = now - account.filled;
    account.tokens =
        std::min(limits_.burst, account.tokens + passed.count() * limits_.calls_per_second);
  }
  account.filled = now;
  return account;
}

void CallQuota::forget_idle(Time now) {
  absl::erase_if(accounts_, [&](const auto& entry) {
    const Account& account = entry.second;
    const std::chrono::duration<double> passed = now - account.filled;
    return account.under_way == 0 &&
           account.tokens + passed.count() * limits_.calls_per_second >= limits_.burst;
  });
}

}  // namespace signpost::control
