#include "policy/selector.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/regions.h"

namespace signpost::policy {

using model::Client;
using model::Coordinates;
using model::Place;
using model::RecordGroup;

namespace {

constexpr double kUnknown = std::numeric_limits<double>::infinity();

// Round-trip time for a distance, where nobody has measured it: light in glass takes 1 ms for 100
// km there and back, routes are about half as long again, and access networks add some.
constexpr double kMillisecondsPerKm = 0.015;
constexpr double kMillisecondsAtLeast = 5;

// "On the continent" of a default that matches everyone, and so on: the smaller region first
// (route53-semantics 1.4).
enum Rank { kSubdivision, kCountry, kContinent, kDefault };

std::optional<Rank> rank_of(const model::GeolocationFields& location, const Place* place) {
  if (location.is_default()) return kDefault;
  if (place == nullptr) return std::nullopt;
  if (!location.continent.empty()) {
    return location.continent == place->continent ? std::optional(kContinent) : std::nullopt;
  }
  if (location.country != place->country) return std::nullopt;
  if (location.subdivision.empty()) return kCountry;
  return location.subdivision == place->subdivision ? std::optional(kSubdivision) : std::nullopt;
}

std::string words_of(const model::GeolocationFields& location) {
  if (location.is_default()) return "the default location";
  if (!location.continent.empty()) return absl::StrCat("continent ", location.continent);
  if (location.subdivision.empty()) return absl::StrCat("country ", location.country);
  return absl::StrCat("subdivision ", location.country, "-", location.subdivision);
}

// The place of a set's block among those that hold the client: 0 for the longest.
std::optional<double> block_rank(const model::IpBasedFields& rule, const Client& client) {
  if (rule.location == "*") return kUnknown;
  if (client.blocks == nullptr) return std::nullopt;
  for (const model::CollectionMatch& match : *client.blocks) {
    if (match.collection != rule.collection) continue;
    const auto at = std::find(match.locations.begin(), match.locations.end(), rule.location);
    if (at == match.locations.end()) return std::nullopt;
    return static_cast<double>(at - match.locations.begin());
  }
  return std::nullopt;
}

// What of a set decides about its place in the order, as a text.
struct Signature {
  std::string operator()(const model::Simple&) const { return "s"; }
  std::string operator()(const model::Weighted&) const { return "w"; }
  std::string operator()(const model::Failover& failover) const {
    return failover.role == model::FailoverRole::kPrimary ? "p" : "q";
  }
  std::string operator()(const model::Multivalue&) const { return "m"; }
  std::string operator()(const model::Latency& latency) const {
    return absl::StrCat("l", latency->region, position());
  }
  std::string operator()(const model::Geolocation& location) const {
    return absl::StrCat("g", location->continent, "/", location->country, "/",
                        location->subdivision);
  }
  std::string operator()(const model::Geoproximity& rule) const {
    return absl::StrCat("d", rule->bias, position());
  }
  std::string operator()(const model::IpBased& rule) const {
    return absl::StrCat("i", rule->collection, "/", rule->location);
  }

  std::string position() const {
    return place ? absl::StrFormat("@%.17g,%.17g", place->latitude, place->longitude) : "@";
  }
  const std::optional<Coordinates>& place;
};

std::optional<Coordinates> place_of(const model::Policy& policy, const model::Config& config) {
  if (const auto* latency = std::get_if<model::Latency>(&policy)) {
    return model::region_coordinates(config, (*latency)->region);
  }
  const auto* rule = std::get_if<model::Geoproximity>(&policy);
  if (rule == nullptr) return std::nullopt;
  if ((*rule)->region.empty()) return (*rule)->coordinates;
  return model::region_coordinates(config, (*rule)->region);
}

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

// The place of each set in the order of set identifiers, which decides between sets that are as
// far.
std::vector<std::size_t> identifier_ranks(const RecordGroup& group) {
  std::vector<std::size_t> order(group.sets.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return group.sets[a].set_identifier < group.sets[b].set_identifier;
  });
  std::vector<std::size_t> ranks(order.size());
  for (std::size_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

}  // namespace

Position position_of(const Coordinates& at) {
  const double latitude = radians(at.latitude);
  const double longitude = radians(at.longitude);
  return {std::cos(latitude) * std::cos(longitude), std::cos(latitude) * std::sin(longitude),
          std::sin(latitude)};
}

// By the chord, which is exact for near places too.
double distance_km(const Position& a, const Position& b) {
  constexpr double kEarthRadius = 6371.0088;
  const double x = a.x - b.x;
  const double y = a.y - b.y;
  const double z = a.z - b.z;
  return 2 * kEarthRadius * std::asin(std::min(1.0, std::sqrt(x * x + y * y + z * z) / 2));
}

bool asks_for_client(const RecordGroup& group) {
  const model::Policy& policy = group.sets.front().policy;
  return std::holds_alternative<model::Latency>(policy) ||
         std::holds_alternative<model::Geolocation>(policy) ||
         std::holds_alternative<model::Geoproximity>(policy) ||
         std::holds_alternative<model::IpBased>(policy);
}

Selector::Selector(const RecordGroup& group, const model::Config& config) : group_(group) {
  const std::vector<std::size_t> ranks = identifier_ranks(group);
  positions_.reserve(group.sets.size());
  for (const model::RecordSet& set : group.sets) {
    const std::optional<Coordinates> place = place_of(set.policy, config);
    positions_.push_back(place ? std::optional(position_of(*place)) : std::nullopt);
    absl::StrAppend(&signature_, std::visit(Signature{place}, set.policy), "#",
                    ranks[positions_.size() - 1], set.last_resort ? "!;" : ";");
  }
}

Selector::Asker Selector::asker(const Client& client) const {
  const bool wanted = std::any_of(positions_.begin(), positions_.end(),
                                  [](const auto& position) { return position.has_value(); });
  if (!wanted || client.place == nullptr || !client.place->coordinates) return {client, {}};
  return {client, position_of(*client.place->coordinates)};
}

std::optional<double> Selector::distance(std::uint16_t set, const Asker& asker) const {
  if (!asker.position || !positions_[set]) return std::nullopt;
  return distance_km(*asker.position, *positions_[set]);
}

// The formula of today's guide for all signs; that of 2023 divided by 1 + bias/100 where the bias
// is negative.
std::optional<double> Selector::biased_distance(std::uint16_t set, const Asker& asker) const {
  const std::optional<double> km = distance(set, asker);
  if (!km) return std::nullopt;
  return *km * (1 - std::get<model::Geoproximity>(group_.sets[set].policy)->bias / 100.0);
}

const model::RoundTrip* Selector::round_trip(std::uint16_t set, const Asker& asker) const {
  if (asker.client.round_trips == nullptr) return nullptr;
  const auto known =
      asker.client.round_trips->find(std::get<model::Latency>(group_.sets[set].policy)->region);
  return known == asker.client.round_trips->end() ? nullptr : &known->second;
}

// In milliseconds: measured, else from the table, else guessed from the distance (route53-semantics
// 1.3).
std::optional<double> Selector::latency(std::uint16_t set, const Asker& asker) const {
  if (const model::RoundTrip* known = round_trip(set, asker)) return known->milliseconds;
  const std::optional<double> km = distance(set, asker);
  if (!km) return std::nullopt;
  return kMillisecondsAtLeast + *km * kMillisecondsPerKm;
}

// The lower, the better; nothing: not for this client.
std::optional<double> Selector::score(std::uint16_t set, const Asker& asker) const {
  const model::Policy& policy = group_.sets[set].policy;
  const Place* place = asker.client.place;
  if (const auto* rule = std::get_if<model::Latency>(&policy)) {
    // Queries from China get this Region, whatever the latency.
    const bool china = place != nullptr && place->country == "CN";
    if (china && (*rule)->region == "cn-north-1") return -1;
    return latency(set, asker).value_or(kUnknown);
  }
  if (std::holds_alternative<model::Geoproximity>(policy))
    return biased_distance(set, asker).value_or(kUnknown);
  if (const auto* location = std::get_if<model::Geolocation>(&policy))
    return rank_of(**location, place);
  if (const auto* rule = std::get_if<model::IpBased>(&policy))
    return block_rank(**rule, asker.client);
  if (const auto* failover = std::get_if<model::Failover>(&policy))
    return failover->role == model::FailoverRole::kPrimary ? 0 : 1;
  return 0;
}

std::vector<std::uint16_t> Selector::order(const Client& client) const {
  const Asker who = asker(client);
  std::vector<std::pair<double, std::uint16_t>> scored;
  scored.reserve(group_.sets.size());
  std::optional<std::uint16_t> last_resort;
  for (std::uint16_t set = 0; set < group_.sets.size(); ++set) {
    if (group_.sets[set].last_resort) {
      last_resort = set;
    } else if (const std::optional<double> value = score(set, who)) {
      scored.emplace_back(*value, set);
    }
  }
  std::sort(scored.begin(), scored.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    return group_.sets[a.second].set_identifier < group_.sets[b.second].set_identifier;
  });
  std::vector<std::uint16_t> order;
  order.reserve(scored.size());
  for (const auto& [value, set] : scored) order.push_back(set);
  if (last_resort && !order.empty()) order.push_back(*last_resort);
  return order;
}

std::string Selector::latency_words(std::uint16_t set, const Asker& asker) const {
  const std::string& region = std::get<model::Latency>(group_.sets[set].policy)->region;
  const std::optional<double> milliseconds = latency(set, asker);
  if (!milliseconds) return absl::StrCat("region ", region, ", latency not known");
  const std::string figure = absl::StrFormat("region %s, %.1f ms ", region, *milliseconds);
  const model::RoundTrip* known = round_trip(set, asker);
  if (known == nullptr)
    return figure + absl::StrFormat("(guessed from %.0f km)", *distance(set, asker));
  if (known->source == model::RoundTripSource::kTable) return figure + "(from the latency table)";
  return absl::StrCat(figure, "(measured, ", known->samples, " samples)");
}

std::string Selector::distance_words(std::uint16_t set, const Asker& asker) const {
  const std::optional<double> km = distance(set, asker);
  if (!km) return "distance not known";
  const int bias = std::get<model::Geoproximity>(group_.sets[set].policy)->bias;
  if (bias == 0) return absl::StrFormat("%.0f km away", *km);
  return absl::StrFormat("%.0f km away, counting as %.0f km by bias %d", *km,
                         *biased_distance(set, asker), bias);
}

std::string Selector::why(std::uint16_t set, const Client& client) const {
  if (group_.sets[set].last_resort) return "the last resort";
  const model::Policy& policy = group_.sets[set].policy;
  if (const auto* weighted = std::get_if<model::Weighted>(&policy))
    return absl::StrCat("weight ", weighted->weight);
  if (const auto* failover = std::get_if<model::Failover>(&policy))
    return failover->role == model::FailoverRole::kPrimary ? "PRIMARY" : "SECONDARY";
  if (std::holds_alternative<model::Latency>(policy)) return latency_words(set, asker(client));
  if (std::holds_alternative<model::Geoproximity>(policy))
    return distance_words(set, asker(client));
  if (const auto* location = std::get_if<model::Geolocation>(&policy)) return words_of(**location);
  if (const auto* rule = std::get_if<model::IpBased>(&policy)) {
    return (*rule)->location == "*" ? std::string("the default location")
                                    : absl::StrCat("location ", (*rule)->location);
  }
  return "";
}

}  // namespace signpost::policy
