// compile_bench [RECORD SETS] [LOCALITIES]: measures the table compiler over a whole configuration
// and over single health flips; without arguments 100,000 record sets and 1,000 localities. Prints
// one JSON object.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kSetsOfAName = 4;
constexpr std::size_t kFlips = 200;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Places all over the world, each with coordinates of its own.
model::LocalityMapPtr world(std::size_t localities) {
  std::mt19937_64 random(1);
  model::LocalityMap::Parts parts;
  parts.places.resize(1);
  parts.blocks.resize(1);
  parts.round_trips.resize(1);
  parts.localities.resize(1);
  const char* countries[] = {"DE", "US", "BR", "JP", "ZA", "AU"};
  const char* continents[] = {"EU", "NA", "SA", "AS", "AF", "OC"};
  for (std::uint32_t i = 1; i < localities; ++i) {
    model::Place place;
    place.country = countries[i % 6];
    place.continent = continents[i % 6];
    place.coordinates = {static_cast<double>(random() % 1800) / 10 - 90,
                         static_cast<double>(random() % 3600) / 10 - 180};
    parts.places.push_back(place);
    parts.localities.push_back({i, 0, 0});
  }
  return std::make_shared<const model::LocalityMap>(std::move(parts));
}

std::string check_of(std::size_t name, std::size_t set) {
  return "check-" + std::to_string(name) + "-" + std::to_string(set);
}

model::RecordSet set_of(std::size_t name, std::size_t set) {
  const std::string id = std::to_string(set);
  const std::string address = "192.0.2." + std::to_string(set + 1);
  // A third of the names each: geoproximity with coordinates of their own, latency, geolocation.
  const char* regions[] = {"eu-central-1", "us-east-1", "ap-northeast-1", "sa-east-1"};
  const char* continents[] = {"EU", "NA", "AS", ""};
  model::Policy policy = model::Simple();
  if (name % 3 == 0) {
    const auto wide = [&](std::size_t range) {
      return static_cast<double>((name * 7919 + set * 104729) % range);
    };
    policy =
        model::Geoproximity(model::GeoproximityFields{"", {wide(180) - 90, wide(359) - 180}, 0});
  } else if (name % 3 == 1) {
    policy = model::Latency(model::LatencyFields{regions[set]});
  } else {
    policy = model::Geolocation(model::GeolocationFields{continents[set], set == 3 ? "*" : "", ""});
  }
  return testing::routed(id, std::move(policy), address, check_of(name, set));
}

model::ChangeBatch configuration(std::size_t names) {
  testing::BatchBuilder builder;
  builder.zone("example.com.", 1);
  for (std::size_t name = 0; name < names; ++name) {
    model::RecordGroup group;
    group.type = dns::RRType::kA;
    for (std::size_t set = 0; set < kSetsOfAName; ++set) {
      builder.check(check_of(name, set));
      group.sets.push_back(set_of(name, set));
    }
    builder.group("example.com.", "n" + std::to_string(name) + ".example.com.", std::move(group));
  }
  return builder.batch();
}

int run(std::size_t names, std::size_t localities) {
  policy::IdRegistry ids(1u << 16, 1u << 17);
  policy::TableCompiler compiler(ids);
  model::Observations seen;
  compiler.accept(compiler.compile_localities({}, seen, world(localities)));
  const model::ChangeBatch batch = configuration(names);
  const model::Config config = testing::applied({}, batch);
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const Clock::time_point begin = Clock::now();
  compiler.accept(compiler.compile_batch(config, seen, batch));
  const double compile = seconds_since(begin);
  rusage after{};
  getrusage(RUSAGE_SELF, &after);

  std::vector<double> flips;
  for (std::size_t i = 0; i < kFlips; ++i) {
    const std::string check = check_of(i * 97 % names, i % kSetsOfAName);
    seen.health.set(check, model::Health::kUnhealthy);
    const Clock::time_point flip = Clock::now();
    compiler.accept(compiler.compile_health(config, seen, {check}));
    flips.push_back(seconds_since(flip) * 1000);
  }
  std::sort(flips.begin(), flips.end());
  std::printf(
      "{\"record_sets\": %zu, \"localities\": %zu, \"compile_seconds\": %.3f, \"peak_mib\": %ld, "
      "\"flips\": %zu, \"flip_median_ms\": %.3f, \"flip_slowest_ms\": %.3f}\n",
      names * kSetsOfAName, localities, compile, after.ru_maxrss / 1024, flips.size(),
      flips[flips.size() / 2], flips.back());
  return 0;
}

}  // namespace
}  // namespace signpost

int main(int argc, char** argv) {
  const std::size_t sets = argc > 1 ? std::stoul(argv[1]) : 100000;
  const std::size_t localities = argc > 2 ? std::stoul(argv[2]) : 1000;
  return signpost::run(sets / signpost::kSetsOfAName, localities);
}
