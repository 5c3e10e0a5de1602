// What is warned of when geographic data are old, or do not know the clients who ask.
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "base/log.h"
#include "control/located_answers.h"
#include "tests/support/mmdb_writer.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using std::chrono::days;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kOld = "the geographic data are old";
constexpr const char* kUnknown = "many clients are not in the geographic data";

// The localities of the map that the file makes: 0 is that of clients who are in no file.
constexpr std::size_t kUnknownPlace = 0;
constexpr std::size_t kGermany = 1;

class LocationWarnings : public ServicesTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(log::initialise("info").ok());
    location_options_.geo_data = {folder_ / "city.mmdb"};
    write_data(days(1));
    ServicesTest::SetUp();
    const model::LocalityMap& map = *locations_->state().map;
    ASSERT_EQ(map.localities().size(), 2u);
    ASSERT_EQ(map.localities()[kUnknownPlace].place, 0u);
  }

  // Data of Germany alone, made so long ago.
  void write_data(days age) const {
    const auto built =
        std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now() - age);
    testing::MmdbWriter writer(
        {.built = static_cast<std::uint64_t>(built.time_since_epoch().count())});
    writer.insert(model::Prefix::parse("198.51.100.0/24").value(),
                  testing::mmdb_flat_place("DE", "Berlin", "Berlin", 52.5, 13.4));
    std::ofstream(location_options_.geo_data.front(), std::ios::binary) << writer.file();
  }

  void answer(std::uint64_t germany, std::uint64_t unknown) {
    demand_.assign(2, 0);
    demand_[kGermany] = germany;
    demand_[kUnknownPlace] = unknown;
  }

  // Reads the data anew and gives what the log says meanwhile.
  std::string log_of_reload() {
    ::testing::internal::CaptureStderr();
    EXPECT_TRUE(locations_->reload().ok());
    return ::testing::internal::GetCapturedStderr();
  }

  v1::LocationData data() {
    v1::LocationData reply;
    grpc::ClientContext call;
    EXPECT_TRUE(location_->GetLocationData(&call, {}, &reply).ok());
    return reply;
  }
};

TEST_F(LocationWarnings, TellsOnceOfDataOlderThanTheLimitUntilNewerOnesCome) {
  EXPECT_EQ(log_of_reload(), "");
  EXPECT_FALSE(data().too_old());
  write_data(days(36));
  EXPECT_THAT(log_of_reload(), AllOf(HasSubstr(kOld), HasSubstr("city.mmdb"),
                                     HasSubstr("max_age_days=35"), HasSubstr(" warning ")));
  EXPECT_TRUE(data().too_old());
  EXPECT_EQ(log_of_reload(), "");
  write_data(days(34));
  EXPECT_EQ(log_of_reload(), "");
  EXPECT_FALSE(data().too_old());
  write_data(days(36));
  EXPECT_THAT(log_of_reload(), HasSubstr(kOld));
}

TEST_F(LocationWarnings, LetsDataBeOfAnyAgeWhereNoLimitIsSet) {
  location_options_.max_age = days(0);
  start("");
  write_data(days(3650));
  EXPECT_EQ(log_of_reload(), "");
  EXPECT_FALSE(data().too_old());
}

TEST_F(LocationWarnings, TellsOnceWhenTheShareOfUnknownClientsExceedsTheLimit) {
  answer(900, 100);
  EXPECT_EQ(log_of_reload(), "");
  EXPECT_FALSE(data().too_many_unlocated()) << "10 % are allowed";
  answer(899, 101);
  EXPECT_TRUE(data().too_many_unlocated());
  EXPECT_EQ(data().located_answers(), 1000u);
  EXPECT_EQ(data().unlocated_answers(), 101u);
  EXPECT_THAT(log_of_reload(), AllOf(HasSubstr(kUnknown), HasSubstr("answers=1000"),
                                     HasSubstr("unlocated=101"), HasSubstr("max_percent=10")));
  EXPECT_EQ(log_of_reload(), "");
  answer(9000, 101);
  EXPECT_EQ(log_of_reload(), "");
  EXPECT_FALSE(data().too_many_unlocated());
  answer(0, 1000);
  EXPECT_THAT(log_of_reload(), HasSubstr(kUnknown));
}

TEST_F(LocationWarnings, JudgesTheShareOnlyOfEnoughAnswers) {
  answer(0, kUnlocatedJudgedFrom - 1);
  EXPECT_EQ(log_of_reload(), "");
  EXPECT_FALSE(data().too_many_unlocated());
}

TEST_F(LocationWarnings, KeepsItsOpinionWhileANewMapHasFewAnswers) {
  answer(0, 1000);
  EXPECT_THAT(log_of_reload(), HasSubstr(kUnknown));
  answer(0, 1);
  EXPECT_EQ(log_of_reload(), "");
  answer(0, 1000);
  EXPECT_EQ(log_of_reload(), "") << "nothing has changed since it was told";
}

TEST_F(LocationWarnings, AllowsTheShareThatIsSet) {
  location_options_.max_unlocated_percent = 50;
  start("");
  answer(500, 500);
  EXPECT_FALSE(data().too_many_unlocated());
  answer(499, 501);
  EXPECT_TRUE(data().too_many_unlocated());
  location_options_.max_unlocated_percent = 0;
  start("");
  EXPECT_FALSE(data().too_many_unlocated());
}

TEST_F(LocationWarnings, ExpectsNoPlacesWithoutGeographicData) {
  location_options_.geo_data.clear();
  start("");
  ASSERT_TRUE(apply("cidr_collections { id: 'c' locations { name: 'x' "
                    "cidr_blocks: '203.0.113.0/24' } } "
                    "zones { name: 'example.com' name_servers: 'ns1.example.net' record_sets { "
                    "name: 'www' type: 'A' ttl: 60 records: '192.0.2.1' set_identifier: 'x' "
                    "ip_based { collection_id: 'c' location_name: 'x' } } }")
                  .status.ok());
  demand_ = {10'000, 10'000};
  EXPECT_EQ(data().unlocated_answers(), 20'000u);
  EXPECT_FALSE(data().too_many_unlocated());
}

}  // namespace
}  // namespace signpost::control
