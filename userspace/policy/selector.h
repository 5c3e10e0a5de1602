// Which record sets of a group are for a client, and which of them come first (route53-semantics
// 1.3 to 1.8). Health is not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/locality_map.h"

namespace signpost::policy {

// A place on the sphere, as a vector from its centre of length 1.
struct Position {
  double x = 0, y = 0, z = 0;
};
Position position_of(const model::Coordinates& coordinates);

// Kilometres along a great circle of the sphere with the Earth's mean radius.
double distance_km(const Position& a, const Position& b);

// Whether the group's policy looks at the client.
bool asks_for_client(const model::RecordGroup& group);

// One group's rule for the order of its sets. Made once, asked for many clients.
class Selector {
 public:
  // `group` must outlive the selector.
  Selector(const model::RecordGroup& group, const model::Config& config);

  // Indices of the sets that are for the client, the best first: by latency, by biased distance,
  // the smallest region or longest block first, the primary first. Weighted and multivalue sets,
  // which have no order, come as they are. Where there is any, the set of last resort ends the
  // order, whatever its own place.
  std::vector<std::uint16_t> order(const model::Client& client) const;

  // Why a set that order() lists has its place, for `explain`.
  std::string why(std::uint16_t set, const model::Client& client) const;

  // Equal for selectors that give every client the same order.
  const std::string& signature() const { return signature_; }

 private:
  // A client, with its position where the policy asks for it.
  struct Asker {
    const model::Client& client;
    std::optional<Position> position;
  };
  Asker asker(const model::Client& client) const;

  std::optional<double> distance(std::uint16_t set, const Asker& asker) const;
  std::optional<double> biased_distance(std::uint16_t set, const Asker& asker) const;
  const model::RoundTrip* round_trip(std::uint16_t set, const Asker& asker) const;
  std::optional<double> latency(std::uint16_t set, const Asker& asker) const;
  std::optional<double> score(std::uint16_t set, const Asker& asker) const;
  std::string latency_words(std::uint16_t set, const Asker& asker) const;
  std::string distance_words(std::uint16_t set, const Asker& asker) const;

  const model::RecordGroup& group_;
  std::vector<std::optional<Position>> positions_;  // of the sets, where it has a meaning
  std::string signature_;
};

}  // namespace signpost::policy
