#include "health/detection_time.h"

#include <gtest/gtest.h>

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Probes of a DNS server take 2 s at most.
model::HealthCheck check_of(seconds interval, std::uint32_t fall) {
  model::HealthCheck check;
  check.kind = model::DnsProbe();
  check.request_interval = interval;
  check.failure_threshold = fall;
  return check;
}

TEST(DetectionTime, IsAnIntervalForEachFailureAndTheLimitOfTheLastProbe) {
  EXPECT_EQ(detection_time(check_of(seconds(30), 3), {}), seconds(92));
  EXPECT_EQ(detection_time(check_of(seconds(10), 1), {}), seconds(12));
}

TEST(DetectionTime, CountsSlotsThatALongProbeTakes) {
  // A probe that hangs for 2 s uses the slot at 0 s and keeps those at 1 s and 2 s busy.
  EXPECT_EQ(detection_time(check_of(seconds(1), 3), {}), seconds(1 + 2 * 3 + 2));
}

TEST(DetectionTime, AddsTheConfirmingProbe) {
  model::HealthCheck check = check_of(seconds(10), 2);
  check.confirm_after = milliseconds(500);
  EXPECT_EQ(detection_time(check, {}), seconds(10 + 10 + 2) + milliseconds(500) + seconds(2));
}

TEST(DetectionTime, GoesByTheFallThreshold) {
  model::HealthCheck check = check_of(seconds(10), 5);
  check.fall = 1;
  EXPECT_EQ(detection_time(check, {}), seconds(12));
}

TEST(DetectionTime, IsNothingForWhatIsNotProbed) {
  model::HealthCheck check = check_of(seconds(10), 3);
  check.disabled = true;
  EXPECT_EQ(detection_time(check, {}), seconds(0));
  check.disabled = false;
  check.kind = model::RecoveryControl();
  EXPECT_EQ(detection_time(check, {}), seconds(0));
}

TEST(DetectionTime, HasTheLimitsOfEachKind) {
  const auto longest = [](const model::CheckKind& kind) {
    model::HealthCheck check;
    check.kind = kind;
    return longest_probe(check, {});
  };
  model::HttpProbe http;
  EXPECT_EQ(longest(http), seconds(4 + 2 + 2));
  http.tls.emplace();
  http.search_string = "open";
  EXPECT_EQ(longest(http), seconds(4 + 4 + 2 + 2 + 2));
  model::TcpProbe tcp;
  EXPECT_EQ(longest(tcp), seconds(10));
  tcp.expect = "220";
  EXPECT_EQ(longest(tcp), seconds(12));
  EXPECT_EQ(longest(model::CommandProbe{{"check"}, seconds(7)}), seconds(7));
}

}  // namespace
}  // namespace signpost::health
