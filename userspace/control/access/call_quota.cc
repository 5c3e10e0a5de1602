#include "control/access/call_quota.h"

#include <cmath>

namespace signpost::control {
namespace {

// Beyond so many, those are forgotten whose bucket is full: a new one would be the same.
constexpr std::size_t kAccountsKept = 1024;

}  // namespace

CallQuota::Answer CallQuota::begin(const std::string& identity, bool is_admin, Time now) {
  const std::lock_guard lock(mutex_);
  Account& account = account_of(identity, now);
  account.calls.take(1, limits_.debt);
  const double tokens = account.calls.tokens();
  if (tokens < 0) {
    const double seconds = (1 - tokens) / limits_.calls_per_second;
    return {tokens <= -limits_.debt ? Verdict::kFlooding : Verdict::kTooFast,
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
  account_of(identity, now).calls.take(limits_.refusal_cost - 1, limits_.debt / 2);
}

CallQuota::Account& CallQuota::account_of(const std::string& identity, Time now) {
  if (accounts_.size() >= kAccountsKept && !accounts_.contains(identity)) forget_idle(now);
  const auto [found, added] =
      accounts_.try_emplace(identity, Account{.calls = TokenBucket(limits_.burst, now)});
  Account& account = found->second;
  account.calls.fill(limits_.calls_per_second, limits_.burst, now);
  return account;
}

void CallQuota::forget_idle(Time now) {
  absl::erase_if(accounts_, [&](const auto& entry) {
    const Account& account = entry.second;
    const double tokens = account.calls.tokens_at(limits_.calls_per_second, limits_.burst, now);
    return account.under_way == 0 && tokens >= limits_.burst;
  });
}

}  // namespace signpost::control
