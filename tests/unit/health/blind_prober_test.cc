#include "health/blind_prober.h"

#include <gtest/gtest.h>

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Blindness : public ::testing::Test {
 protected:
  explicit Blindness(BlindProberSettings settings = {.references = {}, .at_most = seconds(30)})
      : prober_(std::move(settings)) {}

  // The result of a probe of a check of `host` that was healthy, an instant after the one before;
  // whether it is held.
  bool result(const std::string& id, const std::string& host, bool success) {
    model::HealthCheck check;
    check.id = id;
    model::TcpProbe probe;
    probe.target = {.address = host, .host = "", .port = 80};
    check.kind = probe;
    check.request_interval = seconds(10);
    now_ += milliseconds(1);
    return prober_.observe(check, healthy_, success, now_);
  }
  bool passes(int host) { return result(name(host), name(host), true); }
  bool fails(int host) { return result(name(host), name(host), false); }
  static std::string name(int host) { return "192.0.2." + std::to_string(host); }

  void all_pass(int hosts) {
    for (int host = 0; host < hosts; ++host) EXPECT_FALSE(passes(host));
  }
  bool is_blind() const { return prober_.blind_since().has_value(); }

  SteadyTime now_{};
  bool healthy_ = true;
  BlindProber prober_;
};

TEST_F(Blindness, BeginsWhenMoreThanHalfFailWithinAnInterval) {
  all_pass(6);
  for (int host = 0; host < 3; ++host) EXPECT_FALSE(fails(host)) << "half is not most";
  EXPECT_TRUE(fails(3));
  EXPECT_TRUE(fails(0));
  const auto event = prober_.take_event();
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->blind);
  EXPECT_EQ(event->failed, 4u);
  EXPECT_EQ(event->targets, 6u);
  EXPECT_FALSE(prober_.take_event());
}

TEST_F(Blindness, DoesNotBeginWithFewerThanThreeFailures) {
  all_pass(2);
  EXPECT_FALSE(fails(0));
  EXPECT_FALSE(fails(1));
  EXPECT_FALSE(is_blind());
}

TEST_F(Blindness, DoesNotBeginWithFailuresThatLieFurtherApart) {
  all_pass(4);
  for (int host = 0; host < 4; ++host) {
    EXPECT_FALSE(fails(host));
    now_ += seconds(11);
  }
}

TEST_F(Blindness, CountsTheChecksOfAHostAsOne) {
  all_pass(2);
  for (int check = 0; check < 10; ++check)
    EXPECT_FALSE(result("many-" + std::to_string(check), name(0), true));
  for (int check = 0; check < 10; ++check)
    EXPECT_FALSE(result("many-" + std::to_string(check), name(0), false));
  EXPECT_FALSE(fails(0));
  EXPECT_FALSE(is_blind());
}

TEST_F(Blindness, LetsAHostSpeakForUsOfWhichAnotherCheckPasses) {
  all_pass(4);
  for (int host = 0; host < 4; ++host) EXPECT_FALSE(result("ok-" + name(host), name(host), true));
  for (int host = 0; host < 4; ++host) EXPECT_FALSE(fails(host));
}

TEST_F(Blindness, LeavesOutTargetsThatWereUnhealthyBefore) {
  all_pass(3);
  healthy_ = false;
  for (int host = 10; host < 20; ++host) EXPECT_FALSE(fails(host));
  healthy_ = true;
  EXPECT_FALSE(fails(0));
  EXPECT_FALSE(fails(1));
  EXPECT_TRUE(fails(2));
}

TEST_F(Blindness, EndsWhenAFailedCheckPasses) {
  all_pass(4);
  for (int host = 0; host < 3; ++host) fails(host);
  ASSERT_TRUE(is_blind());
  EXPECT_FALSE(passes(3)) << "it had never failed";
  EXPECT_TRUE(is_blind());
  EXPECT_FALSE(passes(1));
  EXPECT_FALSE(is_blind());
  EXPECT_EQ(prober_.take_event()->reason, "health check 192.0.2.1 passes");
  EXPECT_FALSE(fails(0)) << "what failed before is judged";
}

TEST_F(Blindness, EndsAfterAWhile) {
  all_pass(3);
  for (int host = 0; host < 3; ++host) fails(host);
  now_ += seconds(29);
  EXPECT_TRUE(fails(0));
  now_ += seconds(1);
  EXPECT_FALSE(fails(0));
  EXPECT_FALSE(fails(1));
  EXPECT_FALSE(fails(2)) << "it does not begin again by the same failures";
}

class BlindnessWithReference : public Blindness {
 protected:
  BlindnessWithReference() : Blindness({.references = {name(9)}, .at_most = seconds(30)}) {}
};

TEST_F(BlindnessWithReference, EndsWhenTheReferencePasses) {
  all_pass(5);
  passes(9);
  for (int host = 0; host < 4; ++host) fails(host);
  ASSERT_TRUE(is_blind());
  passes(0);
  EXPECT_TRUE(is_blind()) << "only the reference counts";
  passes(9);
  EXPECT_FALSE(is_blind());
}

TEST_F(BlindnessWithReference, DoesNotBeginWhileTheReferencePasses) {
  all_pass(5);
  fails(0);
  passes(9);
  for (int host = 1; host < 5; ++host) EXPECT_FALSE(fails(host));
}

TEST_F(Blindness, ForgetsChecksThatGo) {
  all_pass(5);
  fails(0);
  fails(1);
  for (int host = 2; host < 5; ++host) prober_.forget(name(host));
  EXPECT_FALSE(fails(0));
  EXPECT_FALSE(is_blind());
}

}  // namespace
}  // namespace signpost::health
