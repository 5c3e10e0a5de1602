#include "model/regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "model/countries.h"

namespace signpost::model {
namespace {

std::set<std::string> words(const char* text) {
  std::istringstream stream(text);
  std::set<std::string> set;
  for (std::string word; stream >> word;) set.insert(word);
  return set;
}

TEST(Regions, AreThoseOfRoute53InOrder) {
  const std::set<std::string> wanted = words(
      "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 eu-west-1 eu-west-2 eu-west-3 "
      "eu-central-1 eu-central-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-northeast-1 "
      "ap-northeast-2 ap-northeast-3 eu-north-1 sa-east-1 cn-north-1 cn-northwest-1 ap-east-1 "
      "me-south-1 me-central-1 ap-south-1 ap-south-2 af-south-1 eu-south-1 eu-south-2 "
      "ap-southeast-4 il-central-1 ca-west-1 ap-southeast-5 mx-central-1 ap-southeast-7 "
      "us-gov-east-1 us-gov-west-1 ap-east-2 ap-southeast-6 eusc-de-east-1");
  EXPECT_EQ(wanted.size(), 39u);
  std::vector<std::string> names;
  for (const Region& region : regions()) names.push_back(region.name);
  EXPECT_EQ(names, std::vector<std::string>(wanted.begin(), wanted.end()));
}

TEST(Regions, AreFoundByNameAndSoAreLocalZoneGroups) {
  for (const Region& region : regions()) {
    ASSERT_NE(find_region(region.name), nullptr) << region.name;
    EXPECT_EQ(*find_region(region.name), region.coordinates);
    EXPECT_FALSE(is_local_zone_group(region.name));
  }
  for (const Region& group : local_zone_groups()) {
    ASSERT_NE(find_region(group.name), nullptr) << group.name;
    EXPECT_EQ(*find_region(group.name), group.coordinates);
    EXPECT_TRUE(is_local_zone_group(group.name));
  }
  for (const char* name : {"", "xx-fake-1", "us-east", "us-east-1a", "us-west-2-den-1a", "zz"})
    EXPECT_EQ(find_region(name), nullptr) << name;
}

TEST(Regions, OfLocalZonesBelongToARegionOfTheList) {
  for (const Region& group : local_zone_groups()) {
    const std::string parent = group.name.substr(0, group.name.size() - 6);
    EXPECT_TRUE(std::any_of(regions().begin(), regions().end(), [&](const Region& region) {
      return region.name == parent;
    })) << group.name;
  }
}

TEST(Regions, LieOnEarthToTwoDecimals) {
  const auto check = [](const Region& region) {
    const auto [latitude, longitude] = region.coordinates;
    EXPECT_LE(std::abs(latitude), 60.2) << region.name;
    EXPECT_LE(std::abs(longitude), 180) << region.name;
    EXPECT_NEAR(latitude * 100, std::round(latitude * 100), 1e-6) << region.name;
    EXPECT_NEAR(longitude * 100, std::round(longitude * 100), 1e-6) << region.name;
  };
  for (const Region& region : regions()) check(region);
  for (const Region& group : local_zone_groups()) check(group);
}

TEST(Regions, LieWhereTheirNamesSay) {
  const auto inside = [](std::string_view begin, double south, double north, double west,
                         double east) {
    for (const auto* list : {&regions(), &local_zone_groups()}) {
      for (const Region& region : *list) {
        if (region.name.compare(0, begin.size(), begin) != 0) continue;
        const auto [latitude, longitude] = region.coordinates;
        EXPECT_TRUE(latitude >= south && latitude <= north) << region.name;
        EXPECT_TRUE(longitude >= west && longitude <= east) << region.name;
      }
    }
  };
  inside("us-", -40, 50, -160, -55);
  inside("us-east-2", 38, 42, -85, -80);
  inside("ca-", 45, 52, -115, -70);
  inside("eu", 33, 61, -10, 26);
  inside("ap-northeast", 25, 36 + 2, 121, 140);
  inside("ap-south-", 17, 29, 72, 89);
  inside("ap-southeast", -38, 22, 100, 175);
  inside("cn-", 37, 40, 105, 117);
  inside("me-", 23, 27, 50, 59);
  inside("af-", -34, 7, 3, 19);
  inside("sa-", -24, -23, -47, -46);
}

TEST(Regions, OfTheOperatorComeFirst) {
  Config config;
  config.regions.set("dc-berlin", {52.52, 13.41});
  config.regions.set("eu-west-1", {1, 2});
  EXPECT_EQ(region_coordinates(config, "dc-berlin"), (Coordinates{52.52, 13.41}));
  EXPECT_EQ(region_coordinates(config, "eu-west-1"), (Coordinates{1, 2}));
  EXPECT_EQ(region_coordinates(config, "us-east-1"), *find_region("us-east-1"));
  EXPECT_EQ(region_coordinates(config, "dc-paris"), std::nullopt);
}

TEST(Countries, HaveTheContinentsOfRoute53) {
  const std::pair<const char*, const char*> samples[] = {
      {"ZA", "AF"}, {"AQ", "AN"}, {"JP", "AS"}, {"TR", "EU"}, {"RU", "EU"},
      {"CY", "EU"}, {"XK", "EU"}, {"US", "NA"}, {"PR", "NA"}, {"GL", "NA"},
      {"AU", "OC"}, {"TL", "OC"}, {"BR", "SA"}, {"FK", "SA"}};
  for (const auto& [country, continent] : samples)
    EXPECT_EQ(continent_of(country), continent) << country;
  for (const char* none : {"BV", "CX", "EH", "HM", "", "us", "USA", "*", "EU"})
    EXPECT_FALSE(is_country(none)) << none;
}

TEST(Countries, AreCompleteWithoutDoubles) {
  // 249 of ISO 3166-1 and XK, less the four that Route 53 does not support.
  EXPECT_EQ(countries().size(), 249u + 1 - 4);
  EXPECT_TRUE(std::is_sorted(countries().begin(), countries().end()));
  EXPECT_EQ(std::set<std::string>(countries().begin(), countries().end()).size(),
            countries().size());
  std::set<std::string> continents_used;
  for (const std::string& country : countries()) continents_used.insert(continent_of(country));
  EXPECT_EQ(continents_used, words("AF AN AS EU NA OC SA"));
  EXPECT_EQ(continents(), (std::vector<std::string>{"AF", "AN", "AS", "EU", "NA", "OC", "SA"}));
}

TEST(UsStates, AreFiftyAndTheDistrictOfColumbia) {
  EXPECT_EQ(us_states().size(), 51u);
  std::set<std::string> names;
  for (const UsState& state : us_states()) {
    names.insert(state.name);
    EXPECT_EQ(us_state_code(state.name), state.code);
    EXPECT_TRUE(is_us_state(state.code));
  }
  EXPECT_EQ(names.size(), 51u);
  EXPECT_TRUE(std::is_sorted(us_states().begin(), us_states().end(),
                             [](const UsState& a, const UsState& b) { return a.code < b.code; }));
  EXPECT_EQ(us_state_code("district of columbia"), "DC");
  EXPECT_EQ(us_state_code("Puerto Rico"), "");
  EXPECT_FALSE(is_us_state("PR"));
}

TEST(Countries, AllHaveAName) {
  for (const std::string& country : countries()) EXPECT_NE(country_name(country), "") << country;
  EXPECT_EQ(country_name("AD"), "Andorra");
  EXPECT_EQ(country_name("JP"), "Japan");
  EXPECT_EQ(country_name("ZW"), "Zimbabwe");
  EXPECT_EQ(country_name("XK"), "Kosovo");
  EXPECT_EQ(country_name("ZZ"), "");
  EXPECT_EQ(country_name("jp"), "");
  EXPECT_EQ(us_state_name("CA"), "California");
  EXPECT_EQ(us_state_name("PR"), "");
}

}  // namespace
}  // namespace signpost::model
