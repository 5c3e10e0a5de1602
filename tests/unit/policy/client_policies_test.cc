// Policies that ask where the client is, and multivalue (route53-semantics 1.3 to 1.8, 1.12).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "policy/decide.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using model::Coordinates;
using model::Geolocation;
using model::GeolocationFields;
using model::Geoproximity;
using model::GeoproximityFields;
using model::Health;
using model::IpBased;
using model::IpBasedFields;
using model::Latency;
using model::LatencyFields;
using testing::routed;

constexpr Coordinates kLondon{51.51, -0.13};
constexpr Coordinates kFrankfurt{50.11, 8.68};
constexpr Coordinates kNewYork{40.71, -74.01};
constexpr Coordinates kLosAngeles{34.05, -118.24};

// A client, its parts owned.
struct Somebody {
  model::Place place;
  model::CollectionMatches blocks;
  model::RoundTrips round_trips;
  model::Client client() const { return {&place, &blocks, &round_trips}; }
};

Somebody at(const std::string& continent, const std::string& country,
            const std::string& subdivision = "", std::optional<Coordinates> coordinates = {}) {
  return {{model::PlaceSource::kData, continent, country, subdivision, "", coordinates}, {}, {}};
}

class PolicyTest : public ::testing::Test {
 protected:
  void sets(model::RecordSets sets) {
    group_.type = dns::RRType::kA;
    group_.sets = std::move(sets);
  }
  void down(const std::string& check) { seen_.health.set(check, Health::kUnhealthy); }
  Decision decided(const Somebody& somebody) {
    return decide(group_, {config_, seen_, somebody.client()});
  }
  // The set identifiers that answer together, by share.
  std::vector<std::string> answer(const Somebody& somebody) {
    std::vector<std::string> found;
    for (const Share& share : decided(somebody).shares) {
      std::string together;
      for (const std::size_t set : share.sets) together += group_.sets[set].set_identifier;
      found.push_back(together);
    }
    return found;
  }
  using Sets = std::vector<std::string>;

  model::Config config_;
  model::Observations seen_;
  model::RecordGroup group_;
};

model::RecordSet located(const std::string& id, const std::string& continent,
                         const std::string& country, const std::string& subdivision = "") {
  return routed(id, Geolocation(GeolocationFields{continent, country, subdivision}), "192.0.2.1",
                "check-" + id);
}

TEST_F(PolicyTest, GeolocationPrefersTheSmallestRegionAndWalksUpWhileItIsDown) {
  sets({located("ca", "", "US", "CA"), located("de", "", "DE"), located("na", "NA", ""),
        located("us", "", "US"), located("world", "", "*")});
  const Somebody californian = at("NA", "US", "CA");
  EXPECT_EQ(answer(californian), Sets{"ca"});
  EXPECT_EQ(answer(at("NA", "US", "NY")), Sets{"us"});
  EXPECT_EQ(answer(at("NA", "US")), Sets{"us"});
  EXPECT_EQ(answer(at("NA", "CA")), Sets{"na"});
  EXPECT_EQ(answer(at("EU", "DE")), Sets{"de"});
  EXPECT_EQ(answer(at("EU", "FR")), Sets{"world"});
  EXPECT_EQ(answer(Somebody()), Sets{"world"});
  for (const char* larger : {"us", "na", "world"}) {
    down(std::string("check-") + (larger == std::string("us")   ? "ca"
                                  : larger == std::string("na") ? "us"
                                                                : "na"));
    EXPECT_EQ(answer(californian), Sets{larger});
  }
  down("check-world");
  EXPECT_EQ(answer(californian), Sets{"ca"}) << "all are down: the smallest region answers";
  EXPECT_EQ(decided(californian).fallback, Fallback::kFailOpen);
}

TEST_F(PolicyTest, GeolocationWithoutADefaultAnswersNobodyElse) {
  sets({located("de", "", "DE")});
  EXPECT_TRUE(decided(at("EU", "FR")).shares.empty());
  EXPECT_TRUE(decided(Somebody()).shares.empty());
  down("check-de");
  EXPECT_EQ(answer(at("EU", "DE")), Sets{"de"});
}

model::RecordSet near(const std::string& id, Coordinates coordinates, int bias = 0) {
  return routed(id, Geoproximity(GeoproximityFields{"", coordinates, bias}), "192.0.2.1",
                "check-" + id);
}

TEST_F(PolicyTest, GeoproximityPicksTheNearestByBiasedDistance) {
  sets({near("frankfurt", kFrankfurt), near("newyork", kNewYork)});
  const Somebody londoner = at("EU", "GB", "", kLondon);
  EXPECT_EQ(answer(londoner), Sets{"frankfurt"});
  EXPECT_EQ(answer(at("NA", "US", "", kLosAngeles)), Sets{"newyork"});
  down("check-frankfurt");
  EXPECT_EQ(answer(londoner), Sets{"newyork"});
  down("check-newyork");
  EXPECT_EQ(answer(londoner), Sets{"frankfurt"}) << "all are down: the nearest answers";
}

// 150 km at bias 50 counts as 75 km and beats 100 km (the Developer Guide's example). At the
// equator a degree of longitude is 111.195 km.
TEST_F(PolicyTest, GeoproximityShrinksAndStretchesDistancesByTheBias) {
  const Somebody somebody = at("AF", "GA", "", Coordinates{0, 0});
  const Coordinates at_100_km{0, 100 / 111.195};
  const Coordinates at_150_km{0, 150 / 111.195};
  sets({near("a", at_100_km), near("b", at_150_km, 50)});
  EXPECT_EQ(answer(somebody), Sets{"b"});
  sets({near("a", at_100_km), near("b", at_150_km, 33)});
  EXPECT_EQ(answer(somebody), Sets{"a"});
  sets({near("a", at_100_km, -50), near("b", at_150_km)});
  EXPECT_EQ(answer(somebody), Sets{"a"}) << "100 km at bias -50 count as 150 km, no more";
  sets({near("a", at_100_km, -51), near("b", at_150_km)});
  EXPECT_EQ(answer(somebody), Sets{"b"});
}

TEST_F(PolicyTest, GeoproximityByRegionUsesTheOperatorsCoordinatesFirst) {
  sets({routed("r", Geoproximity(GeoproximityFields{"eu-central-1", {}, 0}), "192.0.2.1"),
        near("newyork", kNewYork)});
  EXPECT_EQ(answer(at("EU", "GB", "", kLondon)), Sets{"r"});
  config_.regions.set("eu-central-1", Coordinates{-33.87, 151.21});
  EXPECT_EQ(answer(at("EU", "GB", "", kLondon)), Sets{"newyork"});
}

model::RecordSet region(const std::string& name) {
  return routed(name, Latency(LatencyFields{name}), "192.0.2.1", "check-" + name);
}

TEST_F(PolicyTest, LatencyPrefersMeasuredAndTabledRoundTripsToDistance) {
  sets({region("eu-central-1"), region("us-east-1")});
  Somebody londoner = at("EU", "GB", "", kLondon);
  EXPECT_EQ(answer(londoner), Sets{"eu-central-1"});
  londoner.round_trips["us-east-1"].milliseconds = 1;
  EXPECT_EQ(answer(londoner), Sets{"us-east-1"});
  londoner.round_trips["eu-central-1"].milliseconds = 0.5;
  EXPECT_EQ(answer(londoner), Sets{"eu-central-1"});
  down("check-eu-central-1");
  EXPECT_EQ(answer(londoner), Sets{"us-east-1"});
  down("check-us-east-1");
  EXPECT_EQ(answer(londoner), Sets{"eu-central-1"}) << "all are down: the lowest latency answers";
}

TEST_F(PolicyTest, LatencyAnswersClientsInChinaFromBeijing) {
  sets({region("cn-north-1"), region("eu-central-1")});
  Somebody chinese = at("AS", "CN");
  chinese.round_trips["cn-north-1"].milliseconds = 300;
  chinese.round_trips["eu-central-1"].milliseconds = 10;
  EXPECT_EQ(answer(chinese), Sets{"cn-north-1"});
  chinese.place.country = "HK";
  EXPECT_EQ(answer(chinese), Sets{"eu-central-1"});
}

model::RecordSet block(const std::string& id, const std::string& location) {
  return routed(id, IpBased(IpBasedFields{"offices", location}), "192.0.2.1", "check-" + id);
}

TEST_F(PolicyTest, IpBasedPrefersTheLongestBlockAndWalksToShorterOnes) {
  sets({block("all", "*"), block("city", "city"), block("floor", "floor")});
  Somebody colleague;
  colleague.blocks = {{"elsewhere", {"floor"}}, {"offices", {"floor", "attic", "city"}}};
  EXPECT_EQ(answer(colleague), Sets{"floor"});
  EXPECT_EQ(answer(Somebody()), Sets{"all"});
  down("check-floor");
  EXPECT_EQ(answer(colleague), Sets{"city"});
  down("check-city");
  EXPECT_EQ(answer(colleague), Sets{"all"});
  down("check-all");
  EXPECT_EQ(answer(colleague), Sets{"floor"});
}

TEST_F(PolicyTest, IpBasedWithoutADefaultAnswersNobodyElse) {
  sets({block("floor", "floor")});
  EXPECT_TRUE(decided(Somebody()).shares.empty());
}

model::RecordSets many(std::size_t count) {
  model::RecordSets sets;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id(1, static_cast<char>('a' + i));
    sets.push_back(routed(id, model::Multivalue(), "192.0.2." + std::to_string(i + 1), id));
  }
  return sets;
}

TEST_F(PolicyTest, MultivalueAnswersAllHealthySetsUpToEight) {
  sets(many(8));
  EXPECT_EQ(answer(Somebody()), Sets{"abcdefgh"});
  down("b");
  EXPECT_EQ(answer(Somebody()), Sets{"acdefgh"});
  for (const char* check : {"a", "c", "d", "e", "f", "g", "h"}) down(check);
  EXPECT_EQ(answer(Somebody()), Sets{"abcdefgh"}) << "all are down";
}

TEST_F(PolicyTest, MultivalueWithMoreThanEightGivesEachTheSameShareOfTheAnswers) {
  sets(many(11));
  down("d");
  const Sets windows = answer(Somebody());
  ASSERT_EQ(windows.size(), 10u);
  std::map<char, int> appearances;
  for (const std::string& window : windows) {
    EXPECT_EQ(window.size(), 8u);
    for (const char id : window) ++appearances[id];
  }
  EXPECT_EQ(appearances.size(), 10u);
  for (const auto& [id, times] : appearances) EXPECT_EQ(times, 8) << id;
}

TEST_F(PolicyTest, TheOrderOfTheSetsChangesNothing) {
  const model::RecordSets plain = {located("ca", "", "US", "CA"), located("de", "", "DE"),
                                   located("na", "NA", ""), located("us", "", "US"),
                                   located("world", "", "*")};
  std::vector<std::size_t> order = {0, 1, 2, 3, 4};
  do {
    model::RecordSets permuted;
    for (const std::size_t index : order) permuted.push_back(plain[index]);
    sets(permuted);
    ASSERT_EQ(answer(at("NA", "US", "CA")), Sets{"ca"});
    ASSERT_EQ(answer(at("NA", "MX")), Sets{"na"});
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace signpost::policy
