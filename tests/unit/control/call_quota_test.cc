// What any one caller may take of the control services.
#include "control/access/call_quota.h"

#include <gtest/gtest.h>

namespace signpost::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = CallQuota::Verdict;

constexpr QuotaLimits kLimits{.calls_per_second = 10,
                              .burst = 5,
                              .debt = 3,
                              .refusal_cost = 4,
                              .under_way_of_one = 3,
                              .under_way_of_most = 4};

class CallQuotaTest : public ::testing::Test {
 protected:
  // A call that ends at once.
  Verdict call(const std::string& identity) {
    const CallQuota::Answer answer = quota_.begin(identity, false, now_);
    if (answer.verdict == Verdict::kAdmitted) quota_.end(identity, false);
    wait_ = answer.wait;
    return answer.verdict;
  }

  CallQuota quota_{kLimits};
  CallQuota::Time now_{seconds(1000)};
  milliseconds wait_{0};
};

TEST_F(CallQuotaTest, AdmitsABurstAndThenTheRateAndSaysHowLongToWait) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call("a"), Verdict::kAdmitted);
  EXPECT_EQ(call("a"), Verdict::kTooFast);
  EXPECT_EQ(wait_, milliseconds(200)) << "for itself, and for the call that was refused";
  now_ += wait_;
  EXPECT_EQ(call("a"), Verdict::kAdmitted);
  EXPECT_EQ(call("a"), Verdict::kTooFast);
}

TEST_F(CallQuotaTest, TellsWhoGoesOnAlthoughItIsRefused) {
  for (int i = 0; i < 5; ++i) call("a");
  EXPECT_EQ(call("a"), Verdict::kTooFast);
  EXPECT_EQ(call("a"), Verdict::kTooFast);
  EXPECT_EQ(call("a"), Verdict::kFlooding);
  EXPECT_EQ(call("a"), Verdict::kFlooding);
  EXPECT_EQ(wait_, milliseconds(400)) << "it owes no more than its debt";
  now_ += wait_;
  EXPECT_EQ(call("a"), Verdict::kAdmitted);
}

TEST_F(CallQuotaTest, LetsNobodyPayForAnother) {
  while (call("a") == Verdict::kAdmitted) {
  }
  EXPECT_EQ(call("b"), Verdict::kAdmitted);
}

TEST_F(CallQuotaTest, SavesUpNoMoreThanABurst) {
  call("a");
  now_ += seconds(3600);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call("a"), Verdict::kAdmitted);
  EXPECT_EQ(call("a"), Verdict::kTooFast);
}

TEST_F(CallQuotaTest, ChargesMoreForARefusedCall) {
  EXPECT_EQ(call("a"), Verdict::kAdmitted);
  quota_.charge_refusal("a", now_);
  EXPECT_EQ(call("a"), Verdict::kAdmitted);
  EXPECT_EQ(call("a"), Verdict::kTooFast) << "1 + 3 + 1 of 5";
}

TEST_F(CallQuotaTest, BoundsTheCallsUnderWayOfOneCaller) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(quota_.begin("a", true, now_).verdict, Verdict::kAdmitted);
  EXPECT_EQ(quota_.begin("a", true, now_).verdict, Verdict::kTooMany);
  quota_.end("a", true);
  EXPECT_EQ(quota_.begin("a", true, now_).verdict, Verdict::kAdmitted);
}

TEST_F(CallQuotaTest, KeepsRoomForAdmins) {
  for (const char* identity : {"a", "a", "b", "b"})
    EXPECT_EQ(quota_.begin(identity, false, now_).verdict, Verdict::kAdmitted);
  EXPECT_EQ(quota_.begin("c", false, now_).verdict, Verdict::kTooMany);
  EXPECT_EQ(quota_.begin("admin", true, now_).verdict, Verdict::kAdmitted);
  quota_.end("a", false);
  EXPECT_EQ(quota_.begin("c", false, now_).verdict, Verdict::kAdmitted);
}

TEST_F(CallQuotaTest, ForgetsNobodyWhoOwesSomethingHoweverManyCome) {
  while (call("a") == Verdict::kAdmitted) {
  }
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(call(std::to_string(i)), Verdict::kAdmitted);
  EXPECT_EQ(call("a"), Verdict::kTooFast);
}

}  // namespace
}  // namespace signpost::control
