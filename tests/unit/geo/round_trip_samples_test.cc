#include "geo/round_trip_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "geo/round_trip_table.h"
#include "tests/unit/geo/support.h"

namespace signpost::geo {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;
using ::testing::HasSubstr;
using Duration = std::chrono::duration<double>;

constexpr sys_seconds kStart{seconds(1700000000)};
constexpr double kError = 0.0251;  // half a bucket, and rounding

struct Sample {
  double value = 0;
  double time = 0;
};

// The part of the weight at `now` of samples that are at most `value`.
double weight_up_to(const std::vector<Sample>& samples, double value, double half_life) {
  double total = 0, part = 0;
  const double now = samples.back().time;
  for (const Sample& sample : samples) {
    const double weight = std::exp2(-(now - sample.time) / half_life);
    total += weight;
    if (sample.value <= value) part += weight;
  }
  return part / total;
}

// Half of the weight must lie at or below the median, and half at or above, within its error.
void expect_median(const DecayingMedian& median, const std::vector<Sample>& samples,
                   double half_life) {
  const double value = median.median();
  ASSERT_GE(weight_up_to(samples, value * (1 + kError), half_life), 0.5 - 1e-3) << value;
  ASSERT_LE(weight_up_to(samples, value * (1 - kError), half_life), 0.5 + 1e-3) << value;
}

TEST(DecayingMedian, OfOneSampleIsThatSample) {
  EXPECT_EQ(DecayingMedian().median(), 0);
  for (double value = DecayingMedian::kSmallest; value <= kRoundTripMax; value *= 1.013) {
    DecayingMedian median;
    median.add(value, Duration(0), Duration(600));
    ASSERT_NEAR(median.median(), value, value * kError);
    ASSERT_LE(median.buckets()[0].index, DecayingMedian::kLargestIndex);
  }
}

TEST(DecayingMedian, StaysWithinItsErrorForManyDistributions) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const double centre = std::exp2(static_cast<double>(random() % 140) / 10);
    std::lognormal_distribution<double> distribution(std::log(centre),
                                                     0.05 + (random() % 10) * 0.05);
    const double half_life = 5 + random() % 500;
    DecayingMedian median;
    std::vector<Sample> samples;
    double time = 0;
    for (int i = 0; i < 400; ++i) {
      const double passed = static_cast<double>(random() % 5);
      time += passed;
      samples.push_back({std::clamp(distribution(random), 0.02, kRoundTripMax), time});
      median.add(samples.back().value, Duration(passed), Duration(half_life));
      ASSERT_NO_FATAL_FAILURE(expect_median(median, samples, half_life)) << round << " " << i;
    }
  }
}

TEST(DecayingMedian, KeepsItsErrorAndItsSizeBesideSamplesFarOff) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> exponent(std::log(0.02), std::log(kRoundTripMax));
  std::normal_distribution<double> usual(40, 4);
  DecayingMedian median;
  std::vector<Sample> samples;
  for (int i = 0; i < 5000; ++i) {
    const bool is_far = random() % 10 < 3;
    samples.push_back({is_far ? std::exp(exponent(random)) : usual(random), double(i)});
    median.add(samples.back().value, Duration(1), Duration(1000));
    ASSERT_LE(median.buckets().size(), DecayingMedian::kBucketsMax);
    if (i < 50 || i % 10 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_median(median, samples, 1000)) << i;
  }
}

TEST(DecayingMedian, FollowsAChangeWithinItsHalfLife) {
  DecayingMedian median;
  for (int i = 0; i < 1000; ++i) median.add(20, Duration(1), Duration(60));
  EXPECT_NEAR(median.median(), 20, 20 * kError);
  int changed_after = 0;
  for (int i = 1; i <= 1000; ++i) {
    median.add(2000, Duration(1), Duration(60));
    if (changed_after == 0 && median.median() > 1000) changed_after = i;
  }
  EXPECT_NEAR(changed_after, 60, 2);
  EXPECT_NEAR(median.median(), 2000, 2000 * kError);
}

TEST(DecayingMedian, ForgetsAllButTheNewestAfterALongTime) {
  DecayingMedian median;
  for (int i = 0; i < 100; ++i) median.add(20, Duration(1), Duration(60));
  median.add(500, Duration(1e9), Duration(60));
  EXPECT_NEAR(median.median(), 500, 500 * kError);
  EXPECT_EQ(median.buckets().size(), 1u);
}

TEST(RoundTripSamples, KeepAMedianForEachPairWithCountAndAge) {
  RoundTripSamples samples;
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(samples.add(prefix("192.0.2.0/24"), "b", 10, kStart + seconds(i)).ok());
    ASSERT_TRUE(samples.add(prefix("192.0.2.0/24"), "a", 20, kStart).ok());
  }
  ASSERT_TRUE(samples.add(prefix("2001:db8::/32"), "a", 30, kStart).ok());
  const auto measured = samples.measured();
  ASSERT_EQ(measured.size(), 3u);
  EXPECT_EQ(measured[0].region, "a");
  EXPECT_EQ(measured[1].region, "b");
  EXPECT_NEAR(measured[1].milliseconds, 10, 10 * kError);
  EXPECT_EQ(measured[1].samples, 9u);
  EXPECT_EQ(measured[1].last, kStart + seconds(8));
  EXPECT_EQ(measured[2].prefix, prefix("2001:db8::/32"));
}

TEST(RoundTripSamples, RefuseWhatNoRoundTripCanBe) {
  RoundTripSamples samples;
  const double infinite = std::numeric_limits<double>::infinity();
  for (const double bad : {0.0, -1.0, 60000.1, infinite, -infinite, std::nan("")})
    EXPECT_EQ(samples.add(prefix("192.0.2.0/24"), "a", bad, kStart).code(),
              absl::StatusCode::kInvalidArgument);
  for (const char* region : {"", "a b", "a\n", "a,b"})
    EXPECT_EQ(samples.add(prefix("192.0.2.0/24"), region, 1, kStart).code(),
              absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(samples.size(), 0u);
}

TEST(RoundTripSamples, BearAClockThatIsSetBack) {
  RoundTripSamples samples;
  ASSERT_TRUE(samples.add(prefix("192.0.2.0/24"), "a", 10, kStart).ok());
  ASSERT_TRUE(samples.add(prefix("192.0.2.0/24"), "a", 10, kStart - seconds(100000)).ok());
  EXPECT_EQ(samples.measured()[0].last, kStart);
  EXPECT_EQ(samples.measured()[0].samples, 2u);
}

TEST(RoundTripSamples, EvictThePairThatWasWithoutASampleForTheLongestTime) {
  RoundTripSamples samples({3, seconds(600)});
  const auto add = [&](std::string_view region, int second) {
    ASSERT_TRUE(samples.add(prefix("192.0.2.0/24"), region, 10, kStart + seconds(second)).ok());
  };
  add("a", 0);
  add("b", 1);
  add("c", 2);
  add("a", 3);
  add("d", 4);
  std::vector<std::string> regions;
  for (const auto& each : samples.measured()) regions.push_back(each.region);
  EXPECT_EQ(regions, (std::vector<std::string>{"a", "c", "d"}));
  EXPECT_EQ(samples.evicted(), 1u);
}

TEST(RoundTripSamples, ForgetWhatIsTooOld) {
  RoundTripSamples samples;
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(
        samples.add(prefix("192.0.2.0/24"), absl::StrCat("r", i), 10, kStart + seconds(i)).ok());
  EXPECT_EQ(samples.forget_before(kStart + seconds(7)), 7u);
  EXPECT_EQ(samples.size(), 3u);
  EXPECT_EQ(samples.forget_before(kStart + seconds(7)), 0u);
  ASSERT_TRUE(samples.add(prefix("192.0.2.0/24"), "r0", 10, kStart + seconds(20)).ok());
  EXPECT_EQ(samples.measured()[0].samples, 1u);
}

RoundTripSamples random_samples(unsigned seed) {
  std::mt19937 random(seed);
  RoundTripSamples samples;
  std::lognormal_distribution<double> time(3, 1);
  for (int i = 0; i < 5000; ++i) {
    const std::string at = random() % 2 == 0 ? absl::StrCat("10.0.", random() % 9, ".0/24")
                                             : absl::StrCat("2001:db8:", random() % 9, "::/48");
    EXPECT_TRUE(samples
                    .add(prefix(at), absl::StrCat("r", random() % 4),
                         std::min(time(random), kRoundTripMax), kStart + seconds(i))
                    .ok());
  }
  return samples;
}

TEST(RoundTripSamples, AreTheSameAfterARestart) {
  RoundTripSamples samples = random_samples(1);
  auto restored = RoundTripSamples::restore(samples.serialise(), {});
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->measured(), samples.measured());
  EXPECT_EQ(restored->serialise(), samples.serialise());
  for (auto* each : {&samples, &*restored})
    ASSERT_TRUE(each->add(prefix("10.0.1.0/24"), "r1", 5, kStart + seconds(6000)).ok());
  EXPECT_EQ(restored->serialise(), samples.serialise());
  EXPECT_EQ(RoundTripSamples::restore(RoundTripSamples().serialise(), {})->size(), 0u);
}

TEST(RoundTripSamples, KeepTheNewestWhereLessMayBeRestored) {
  const RoundTripSamples samples = random_samples(2);
  const auto restored = RoundTripSamples::restore(samples.serialise(), {10, seconds(600)}).value();
  ASSERT_EQ(restored.size(), 10u);
  EXPECT_EQ(restored.evicted(), 0u);
  sys_seconds oldest = sys_seconds::max();
  for (const auto& each : restored.measured()) oldest = std::min(oldest, each.last);
  const auto all = samples.measured();
  EXPECT_EQ(
      std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.last >= oldest; }),
      10);
}

TEST(RoundTripSamples, NameTheLineThatIsDamaged) {
  const std::string text = random_samples(3).serialise();
  const auto refusal = [](std::string_view damaged) {
    const auto restored = RoundTripSamples::restore(damaged, {});
    return restored.ok() ? "" : std::string(restored.status().message());
  };
  EXPECT_THAT(refusal(""), HasSubstr("line 1"));
  EXPECT_THAT(refusal("x" + text), HasSubstr("line 1"));
  for (const char* line :
       {"", "10.9.0.0/24 a 1 5", "10.9.0.0/24 a 1 5 ", "10.9.0.0/24 a 1 5 7:x",
        "10.9.0.0/24 a 1 5 7:0", "10.9.0.0/24 a 1 5 7:-1", "10.9.0.0/24 a 1 5 7",
        "10.9.0.0/24 a 1 5 7:1 7:1", "10.9.0.0/24 a 1 5 8:1 7:1", "10.9.0.0/24 a 1 5 320:1",
        "10.9.0.0/24 a 1 5 7:inf", "10.9.0.0/24 a 1 5 7:nan", "10.9.0.0/24 a 1 -5 7:1",
        "10.9.0.0/24 a 1 9223372036854775807 7:1", "10.9.0.0/24 , 1 5 7:1",
        "10.9.0.1/24 a 1 5 7:1"}) {
    EXPECT_THAT(refusal("signpost round-trip samples 1\n10.8.0.0/24 a 1 5 7:1\n" +
                        std::string(line) + "\n"),
                HasSubstr("line 3"))
        << line;
  }
  EXPECT_THAT(refusal(text + text.substr(text.find('\n') + 1)), HasSubstr("damaged"));
}

TEST(RoundTripSamples, SurviveDamageOfWhatWasSerialised) {
  const std::string text = random_samples(4).serialise();
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string damaged = text;
    for (int n = 0; n < 3; ++n) damaged[random() % damaged.size()] = static_cast<char>(random());
    if (random() % 2 == 0) damaged.resize(random() % damaged.size());
    const auto restored = RoundTripSamples::restore(damaged, {});
    if (!restored.ok()) continue;
    for (const auto& each : restored->measured()) {
      ASSERT_GT(each.milliseconds, 0);
      ASSERT_LE(each.milliseconds, kRoundTripMax * (1 + kError));
    }
  }
}

}  // namespace
}  // namespace signpost::geo
