// Policies drawn at random, for worlds in which a table or a property is compared with decide().
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "model/config.h"

namespace signpost::testing {

// What the sets of a group tell clients apart by: the set of index i has the i-th of each.
struct PolicyChoices {
  std::vector<std::string> regions;
  std::vector<model::GeolocationFields> places;
  std::vector<std::string> locations;  // of the collection "offices"
};

inline constexpr std::size_t kPolicyKinds = 7;

inline model::Coordinates random_coordinates(std::mt19937_64& random) {
  const double latitude = static_cast<double>(random() % 181) - 90;
  return {latitude, static_cast<double>(random() % 361) - 180};
}

// The policy of the set `index` of a group whose sets have the policy `kind`, below kPolicyKinds.
inline model::Policy random_policy(std::mt19937_64& random, std::size_t kind, std::size_t index,
                                   const PolicyChoices& choices) {
  switch (kind) {
    case 0:
      return model::Weighted{static_cast<std::uint8_t>(random() % 3)};
    case 1:
      return model::Latency(model::LatencyFields{choices.regions[index]});
    case 2:
      return model::Geolocation(choices.places[index]);
    case 3: {
      const model::Coordinates at = random_coordinates(random);
      return model::Geoproximity(
          model::GeoproximityFields{"", at, static_cast<int>(random() % 199) - 99});
    }
    case 4:
      return model::IpBased(model::IpBasedFields{"offices", choices.locations[index]});
    case 5:
      return model::Multivalue();
    default:
      return model::Failover{index == 0 ? model::FailoverRole::kPrimary
                                        : model::FailoverRole::kSecondary};
  }
}

// Makes the last set the last resort now and then, and closes the group.
inline void draw_fallback(std::mt19937_64& random, model::RecordGroup& group) {
  if (group.sets.size() > 1 && random() % 3 == 0) group.sets.back().last_resort = true;
  if (random() % 3 == 0) group.fail_mode = model::FailMode::kClosed;
}

}  // namespace signpost::testing
