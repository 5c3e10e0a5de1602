// The metrics of where clients are, as a scrape shows them.
#include <gmock/gmock.h>

#include <chrono>
#include <cstdlib>

#include "daemon/metrics_collectors.h"

namespace signpost::daemon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A map of data that were made at `built`, seconds of Unix time; 0: of no data.
control::LocationState state_of(std::int64_t built) {
  model::LocalityMap::Parts parts;
  parts.localities.resize(3);
  parts.data.built = built;
  parts.data.prefixes = 7;
  control::LocationState state;
  state.map = std::make_shared<const model::LocalityMap>(std::move(parts));
  state.round_trips = 5;
  return state;
}

std::string scrape(const control::LocationState& state, const control::LocatedAnswers& answers) {
  metrics::Registry registry;
  const auto kept = registry.add(
      [&](std::vector<metrics::Family>& families) { collect_locations(state, answers, families); });
  return registry.expose();
}

TEST(LocationMetrics, TellHowOldTheDataAre) {
  const auto built = static_cast<std::int64_t>(now()) - 40 * 86400;
  const double before = now();
  const std::string text = scrape(state_of(built), {});
  const double after = now();
  const std::string name = "\nsignpost_geo_data_age_seconds ";
  ASSERT_THAT(text, HasSubstr(name));
  const double age = std::strtod(text.c_str() + text.find(name) + name.size(), nullptr);
  EXPECT_GE(age, before - static_cast<double>(built));
  EXPECT_LE(age, after - static_cast<double>(built));
}

TEST(LocationMetrics, TellNoAgeWithoutData) {
  EXPECT_THAT(scrape(state_of(0), {}), Not(HasSubstr("signpost_geo_data_age_seconds")));
}

TEST(LocationMetrics, TellWhetherTheDataAreTooOldAndTheLoadFailed) {
  control::LocationState state = state_of(1);
  EXPECT_THAT(scrape(state, {}), AllOf(HasSubstr("\nsignpost_geo_data_too_old 0\n"),
                                       HasSubstr("\nsignpost_geo_load_failed 0\n")));
  state.too_old = true;
  state.last_error = "city.mmdb: is damaged";
  EXPECT_THAT(scrape(state, {}), AllOf(HasSubstr("\nsignpost_geo_data_too_old 1\n"),
                                       HasSubstr("\nsignpost_geo_load_failed 1\n")));
}

TEST(LocationMetrics, TellAnswersByWhetherThePlaceIsKnownAndTheSizeOfTheMap) {
  EXPECT_THAT(
      scrape(state_of(1), {.located = 12, .unlocated = 3}),
      AllOf(HasSubstr("\nsignpost_geo_answers{located=\"yes\"} 12\n"),
            HasSubstr("\nsignpost_geo_answers{located=\"no\"} 3\n"),
            HasSubstr("\nsignpost_geo_localities 3\n"), HasSubstr("\nsignpost_geo_prefixes 7\n"),
            HasSubstr("\nsignpost_geo_round_trips 5\n")));
}

}  // namespace
}  // namespace signpost::daemon
