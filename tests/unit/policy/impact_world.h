// A small random world: names with policies of all kinds, clients in localities, health as it may
// be.
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "policy/endpoint.h"
#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "policy/what_if.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {

inline constexpr const char* kApex = "example.com.";
inline constexpr std::size_t kNames = 7;
inline constexpr std::size_t kChecks = 4;

inline std::string owner(std::size_t index) {
  return "n" + std::to_string(index) + ".example.com.";
}
inline std::string check(std::size_t index) { return "check" + std::to_string(index); }

// The addresses of A records that are all QNAME's.
inline std::vector<std::string> addresses(const model::Variant& variant, const dns::Name&,
                                          dns::RRType) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < variant.ancount; ++i) {
    std::string text;
    for (const char octet : variant.octets.view().substr(16 * i + 12, 4))
      text += (text.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(octet));
    found.push_back(text);
  }
  return found;
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    localities_ = random_localities();
    compiler_.accept(compiler_.compile_localities(config_, seen_, localities_));
    testing::BatchBuilder first;
    first.zone(kApex, 1);
    for (std::size_t i = 0; i < kChecks; ++i) first.check(check(i));
    model::CidrCollection offices{"offices", "offices", {{"x", {}}, {"y", {}}}};
    model::ChangeBatch batch = first.batch();
    batch.changes.emplace_back(model::PutCidrCollection{
        std::make_shared<const model::CidrCollection>(std::move(offices))});
    apply(batch);
    for (int i = 0; i < 30; ++i) apply(random_batch());
    for (std::size_t i = 0; i < kChecks; ++i)
      seen_.health.set(check(i),
                       below(4) == 0 ? model::Health::kUnhealthy : model::Health::kHealthy);
    compiler_.accept(compiler_.compile_all(config_, seen_));
  }

  // A change that is not made: the configuration and the table that it would give.
  struct Change {
    model::ChangeBatch batch;
    model::Config config;
    CompiledTable compiled;
  };
  Change preview(model::LocalityMapPtr localities = nullptr) {
    for (;;) {
      Change change;
      change.batch = random_batch();
      auto after = apply_batch(config_, change.batch);
      if (!after.ok()) continue;
      change.config = *after;
      change.compiled =
          compiler_.preview_batch(change.config, seen_, change.batch, std::move(localities));
      return change;
    }
  }

  model::LocalityMapPtr random_localities() {
    model::LocalityMap::Parts parts;
    parts.places.resize(1);
    parts.blocks.resize(1);
    parts.round_trips.resize(1);
    parts.localities.resize(1);
    for (int i = 0; i < 8; ++i) {
      model::Place place;
      place.continent = one_of({"EU", "NA"});
      place.country = one_of({"DE", "US"});
      parts.places.push_back(place);
      parts.blocks.push_back({{"offices", {one_of({"x", "y"})}}});
      model::RoundTrips trips;
      for (const char* region : {"eu-central-1", "us-east-1"})
        trips[region].milliseconds = static_cast<double>(below(100));
      parts.round_trips.push_back(trips);
    }
    const std::size_t count = 2 + below(20);
    while (parts.localities.size() < count) {
      const auto index = [&] { return static_cast<std::uint32_t>(below(9)); };
      parts.localities.push_back({index(), index(), index()});
    }
    fill_cells(parts);
    return std::make_shared<const model::LocalityMap>(std::move(parts));
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }
  const model::Config& config() const { return config_; }
  const model::Observations& seen() const { return seen_; }
  const model::AnswerTable& table() const { return *compiler_.table(); }
  TableCompiler& compiler() { return compiler_; }
  Side side() const { return {config_, seen_, *compiler_.table()}; }

 private:
  template <typename T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + static_cast<std::ptrdiff_t>(below(choices.size())));
  }

  // Every IPv4 /8 is of one locality, but for a /16 in it whose /24s are not.
  void fill_cells(model::LocalityMap::Parts& parts) {
    parts.cells.resize(2 * model::kLocalityRootCells);
    const auto leaf = [&](std::uint32_t length) {
      return static_cast<std::uint32_t>(below(parts.localities.size()) << 8) | length;
    };
    for (std::size_t block = 0; block < 256; ++block) {
      const std::uint32_t whole = leaf(8);
      for (std::size_t i = 0; i < 256; ++i)
        model::locality_entry(parts.cells, 0, block * 256 + i) = whole;
      const std::size_t first = parts.cells.size();
      model::locality_entry(parts.cells, 0, block * 256 + below(256)) =
          static_cast<std::uint32_t>(first) | model::kLocalityInnerEntry;
      parts.cells.resize(first + 256 / model::kLocalityCellEntries);
      for (std::size_t i = 0; i < 256; ++i) model::locality_entry(parts.cells, first, i) = leaf(24);
    }
  }

  void apply(const model::ChangeBatch& batch) {
    const auto after = apply_batch(config_, batch);
    if (!after.ok()) return;  // what the rules forbid is not this test's business
    config_ = *after;
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch));
  }

  model::Policy random_policy(std::size_t kind, std::size_t index) {
    const char* const regions[] = {"eu-central-1", "us-east-1"};
    const model::GeolocationFields places[] = {{"", "*", ""}, {"EU", "", ""}};
    const char* const locations[] = {"*", "x"};
    switch (kind) {
      case 0:
        return model::Weighted{static_cast<std::uint8_t>(1 + below(3))};
      case 1:
        return model::Latency(model::LatencyFields{regions[index]});
      case 2:
        return model::Geolocation(places[index]);
      case 3:
        return model::IpBased(model::IpBasedFields{"offices", locations[index]});
      case 4:
        return model::Multivalue();
      default:
        return model::Failover{index == 0 ? model::FailoverRole::kPrimary
                                          : model::FailoverRole::kSecondary};
    }
  }

  // Puts or removes one or two groups of leaves or aliases to names with a higher number.
  model::ChangeBatch random_batch() {
    testing::BatchBuilder builder;
    for (std::size_t left = 1 + below(2); left > 0; --left) {
      const std::size_t at = below(kNames);
      const model::Zone& zone = **config_.zones.find(testing::name(kApex));
      if (below(6) == 0 && zone.group(testing::name(owner(at)), dns::RRType::kA) != nullptr) {
        builder.remove(kApex, owner(at), dns::RRType::kA);
        continue;
      }
      model::RecordGroup group;
      group.type = dns::RRType::kA;
      const std::size_t kind = below(6);
      for (std::size_t i = 0; i < 2; ++i) {
        const std::string id(1, static_cast<char>('a' + i));
        const std::string checked = below(3) != 0 || kind == 5 ? check(below(kChecks)) : "";
        if (at + 1 < kNames && kind != 4 && below(2) == 0) {
          group.sets.push_back(testing::alias(id, random_policy(kind, i), kApex,
                                              owner(at + 1 + below(kNames - at - 1)), below(3) != 0,
                                              checked));
        } else {
          group.sets.push_back(testing::routed(id, random_policy(kind, i),
                                               "192.0.2." + std::to_string(below(9)), checked));
        }
      }
      builder.group(kApex, owner(at), std::move(group));
    }
    return builder.batch();
  }

  std::mt19937_64 random_;
  model::Config config_;
  model::Observations seen_;
  model::LocalityMapPtr localities_;
  IdRegistry ids_{100000, 100000};
  TableCompiler compiler_{ids_};
};

}  // namespace signpost::policy
