#include "geo/locality_map_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include <algorithm>
#include <map>
#include <optional>
#include <random>

#include "model/countries.h"
#include "tests/support/mmdb_writer.h"
#include "tests/unit/geo/support.h"

namespace signpost::geo {
namespace {

using model::Place;
using model::Prefix;
using testing::mmdb_flat_place;
using testing::MmdbWriter;

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1700000000)};

Place own_place(std::string country) {
  return {model::PlaceSource::kOverride, model::continent_of(country), country, "", "", {}};
}

void add_override(model::Config& config, const Prefix& at, Place place) {
  config.place_overrides.set(at.text(), std::make_shared<model::PlaceOverride>(
                                            model::PlaceOverride{at, std::move(place)}));
}

struct Block {
  Prefix prefix;
  std::string collection;
  std::string location;
};

void add_blocks(model::Config& config, const std::vector<Block>& blocks) {
  std::map<std::string, std::map<std::string, std::vector<Prefix>>> sorted;
  for (const Block& block : blocks)
    sorted[block.collection][block.location].push_back(block.prefix);
  for (const auto& [id, locations] : sorted) {
    auto collection = std::make_shared<model::CidrCollection>();
    collection->id = id;
    for (const auto& [name, prefixes] : locations)
      collection->locations.push_back({name, prefixes});
    config.cidr_collections.set(id, collection);
  }
}

GeoDatabase open(const MmdbWriter& writer) {
  const TemporaryFile file(writer.file());
  return GeoDatabase::open({file.path()}).value();
}

// What is known of a client, written down as simply as possible.
struct Known {
  Place place;
  model::CollectionMatches blocks;
  model::RoundTrips round_trips;
  friend bool operator==(const Known&, const Known&) = default;
};

Known known_to(const model::LocalityMap& map, model::LocalityId id) {
  const model::Client client = map.client(id);
  return {*client.place, *client.blocks, *client.round_trips};
}

// A /16 or a /48 in whose next 16 bits everything happens.
class World {
 public:
  World(bool is_ipv6, unsigned seed)
      : random_(seed), base_(prefix(is_ipv6 ? "2001:db8:77::/48" : "10.77.0.0/16")) {
    make_data();
    for (int i = below(4); i > 0; --i) overrides_[any_prefix()] = own_place(any_of({"FR", "CH"}));
    for (int i = below(12); i > 0; --i) make_block();
    for (int i = below(6); i > 0; --i) make_row();
    for (int i = below(6); i > 0; --i) {
      const Prefix at = any_prefix();
      const std::string region = any_of({"eu-west-1", "us-east-1", "home"});
      EXPECT_TRUE(samples_.add(at, region, 1 + below(100), kNow).ok());
    }
    measured_ = samples_.measured();
  }

  absl::StatusOr<model::LocalityMapPtr> build() const {
    model::Config config;
    for (const auto& [at, place] : overrides_) add_override(config, at, place);
    add_blocks(config, blocks_);
    const GeoDatabase data = open(writer_);
    return build_locality_map(&data, config, table_, samples_.measured());
  }

  const Prefix& base() const { return base_; }

  Prefix address(unsigned index) const {
    Prefix at = base_;
    at.octets[base_.length / 8] = static_cast<std::uint8_t>(index >> 8);
    at.octets[base_.length / 8 + 1u] = static_cast<std::uint8_t>(index);
    at.length = base_.is_ipv6 ? 128 : 32;
    return at;
  }

  // What is known of the clients of `at`, by what is known of prefixes up to `length` bits; the
  // place always counts.
  Known known(const Prefix& at, unsigned length) const {
    Known known;
    const Place* longest = nullptr;
    for (const auto& [where, place] : data_)
      if (where.contains(at)) longest = &place;
    for (const auto& [where, place] : overrides_)
      if (where.contains(at)) longest = &place;
    if (longest != nullptr) known.place = *longest;
    for (const Block& block : blocks_)
      if (block.prefix.length <= length && block.prefix.contains(at)) add(block, known.blocks);
    for (const RoundTripRow& row : table_)
      if (row.prefix.length <= length && row.prefix.contains(at))
        known.round_trips[row.region] = {row.milliseconds, model::RoundTripSource::kTable,
                                         row.prefix, 0};
    for (const MeasuredRoundTrip& each : measured_)
      if (each.prefix.length <= length && each.prefix.contains(at))
        known.round_trips[each.region] = {each.milliseconds, model::RoundTripSource::kMeasured,
                                          each.prefix, each.samples};
    return known;
  }

 private:
  int below(unsigned limit) { return static_cast<int>(random_() % limit); }
  std::string any_of(std::initializer_list<const char*> names) {
    return *(names.begin() + below(static_cast<unsigned>(names.size())));
  }

  // Often of few lengths and at few places, so that prefixes meet and nest.
  Prefix any_prefix() {
    const unsigned index = below(2) == 0 ? random_() & 0xf0f : random_() & 0xffff;
    const int extra = below(3) == 0 ? 8 : below(17);
    return address(index).truncated(static_cast<std::uint8_t>(base_.length + extra));
  }

  // By ascending length, as what is known of longer prefixes comes later.
  void make_data() {
    std::vector<Prefix> prefixes;
    for (int i = below(20); i > 0; --i) prefixes.push_back(any_prefix());
    std::stable_sort(prefixes.begin(), prefixes.end(),
                     [](const Prefix& a, const Prefix& b) { return a.length < b.length; });
    writer_.insert(prefix("192.0.2.0/24"), mmdb_flat_place("BE", "", "", 50, 4));
    for (const Prefix& at : prefixes) {
      const std::string country = any_of({"NL", "DE"});
      writer_.insert(at, mmdb_flat_place(country, "", "", 50, 4));
      data_.emplace_back(
          at, Place{model::PlaceSource::kData, "EU", country, "", "", model::Coordinates{50, 4}});
    }
  }

  // A block is in one location of a collection.
  void make_block() {
    const Block block{any_prefix(), any_of({"a", "b"}), any_of({"x", "y", "z"})};
    const bool taken = std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& other) {
      return other.prefix == block.prefix && other.collection == block.collection;
    });
    if (taken) return;
    blocks_.push_back(block);
    std::stable_sort(blocks_.begin(), blocks_.end(), [](const Block& a, const Block& b) {
      return a.prefix.length < b.prefix.length;
    });
  }

  void make_row() {
    const RoundTripRow row{any_prefix(), any_of({"eu-west-1", "us-east-1"}), 1.0 + below(50)};
    const bool taken = std::any_of(table_.begin(), table_.end(), [&](const RoundTripRow& other) {
      return other.prefix == row.prefix && other.region == row.region;
    });
    if (!taken) table_.push_back(row);
    std::stable_sort(table_.begin(), table_.end(), [](const auto& a, const auto& b) {
      return a.prefix.length < b.prefix.length;
    });
  }

  static void add(const Block& block, model::CollectionMatches& matches) {
    auto at = std::find_if(matches.begin(), matches.end(),
                           [&](const auto& match) { return match.collection == block.collection; });
    if (at == matches.end()) {
      matches.push_back({block.collection, {}});
      std::sort(matches.begin(), matches.end(),
                [](const auto& a, const auto& b) { return a.collection < b.collection; });
      return add(block, matches);
    }
    std::erase(at->locations, block.location);
    at->locations.insert(at->locations.begin(), block.location);
  }

  std::mt19937 random_;
  Prefix base_;
  MmdbWriter writer_;
  std::vector<std::pair<Prefix, Place>> data_;
  std::map<Prefix, Place> overrides_;  // a prefix before those that it contains
  std::vector<Block> blocks_;
  RoundTripTable table_;
  RoundTripSamples samples_;
  std::vector<MeasuredRoundTrip> measured_;
};

constexpr unsigned kWorldBits = 16;
constexpr unsigned kWorldSize = 1u << kWorldBits;

// For each address of a world the number of what is known of it, and for each prefix whether all
// of it is alike.
class Classes {
 public:
  explicit Classes(const World& world) : class_of_(kWorldSize) {
    for (unsigned i = 0; i < kWorldSize; ++i) {
      const Known known = world.known(world.address(i), 128);
      const auto same = std::find(known_.begin(), known_.end(), known);
      class_of_[i] = static_cast<unsigned>(same - known_.begin());
      if (same == known_.end()) known_.push_back(known);
    }
    alike_.assign(kWorldBits + 1, {});
    alike_[kWorldBits].assign(kWorldSize, true);
    for (unsigned bits = kWorldBits; bits-- > 0;) {
      alike_[bits].resize(std::size_t{1} << bits);
      const unsigned half = 1u << (kWorldBits - bits - 1);
      for (unsigned i = 0; i < alike_[bits].size(); ++i)
        alike_[bits][i] = alike_[bits + 1][2 * i] && alike_[bits + 1][2 * i + 1] &&
                          class_of_[2 * i * half] == class_of_[(2 * i + 1) * half];
    }
  }

  const Known& known(unsigned index) const { return known_[class_of_[index]]; }
  unsigned class_of(unsigned index) const { return class_of_[index]; }

  // How many of the world's bits the shortest prefix has that holds this address, and none of
  // another class.
  unsigned leaf_bits(unsigned index) const {
    unsigned bits = kWorldBits;
    while (bits > 0 && alike_[bits - 1][index >> (kWorldBits - bits + 1)]) --bits;
    return bits;
  }

 private:
  std::vector<Known> known_;
  std::vector<unsigned> class_of_;
  std::vector<std::vector<bool>> alike_;  // by bits, then prefix
};

class SmallWorld : public ::testing::TestWithParam<std::tuple<bool, unsigned>> {
 protected:
  SmallWorld()
      : world_(std::get<0>(GetParam()), std::get<1>(GetParam())), map_(world_.build().value()) {}

  World world_;
  model::LocalityMapPtr map_;
};

TEST_P(SmallWorld, LocatesEveryAddressInTheShortestTruePrefix) {
  const Classes classes(world_);
  std::map<unsigned, model::LocalityId> id_of_class;
  std::map<model::LocalityId, unsigned> class_of_id;
  for (unsigned i = 0; i < kWorldSize; ++i) {
    const auto found = map_->find(world_.address(i));
    const unsigned class_here = classes.class_of(i);
    const auto [known, is_first] = id_of_class.emplace(class_here, found.locality);
    if (is_first) {
      ASSERT_EQ(known_to(*map_, found.locality), classes.known(i)) << world_.address(i).text();
    }
    ASSERT_EQ(known->second, found.locality) << world_.address(i).text();
    ASSERT_EQ(class_of_id.emplace(found.locality, class_here).first->second, class_here);
    const unsigned bits = classes.leaf_bits(i);
    if (bits > 0) {
      ASSERT_EQ(found.prefix_length, world_.base().length + bits) << world_.address(i).text();
    } else {
      ASSERT_LE(found.prefix_length, world_.base().length);
    }
  }
}

TEST_P(SmallWorld, HasNoClientOfAnotherLocalityInAScope) {
  for (unsigned i = 0; i < kWorldSize; ++i) {
    const auto found = map_->find(world_.address(i));
    const Prefix scope = world_.address(i).truncated(found.prefix_length);
    const unsigned bits = std::max<int>(0, found.prefix_length - world_.base().length);
    const unsigned last = i | (kWorldSize - 1) >> bits;
    ASSERT_TRUE(scope.contains(world_.address(last)));
    for (unsigned other = i; other <= last; ++other)
      ASSERT_EQ(map_->find(world_.address(other)).locality, found.locality) << scope.text();
    i = last;
  }
}

TEST_P(SmallWorld, LocatesEverySourceOfAnyLength) {
  for (unsigned bits = 0; bits <= kWorldBits; ++bits) {
    for (unsigned i = 0; i < kWorldSize; i += 1u << (kWorldBits - bits)) {
      const Prefix source =
          world_.address(i).truncated(static_cast<std::uint8_t>(world_.base().length + bits));
      const auto found = map_->find(source);
      const auto of_first = map_->find(world_.address(i));
      ASSERT_EQ(found.prefix_length, of_first.prefix_length);
      if (found.prefix_length <= source.length) {
        ASSERT_EQ(found.locality, of_first.locality) << source.text();
      } else {
        ASSERT_EQ(known_to(*map_, found.locality), world_.known(world_.address(i), source.length))
            << source.text();
      }
    }
  }
}

TEST_P(SmallWorld, GivesTheSameMapAgain) {
  const auto again = world_.build().value();
  EXPECT_EQ(again->cells(), map_->cells());
  EXPECT_EQ(again->localities(), map_->localities());
  for (model::LocalityId id = 0; id < map_->localities().size(); ++id)
    ASSERT_EQ(known_to(*again, id), known_to(*map_, id));
}

TEST_P(SmallWorld, NumbersLocalitiesByTheirPlaces) {
  const auto area = [&](model::LocalityId id) {
    const model::Place& place = *map_->client(id).place;
    return std::tie(place.continent, place.country, place.subdivision);
  };
  EXPECT_EQ(map_->localities()[0], model::Locality{});
  for (model::LocalityId id = 2; id < map_->localities().size(); ++id)
    ASSERT_LE(area(id - 1), area(id));
}

INSTANTIATE_TEST_SUITE_P(Random, SmallWorld,
                         ::testing::Combine(::testing::Bool(), ::testing::Range(1u, 6u)));

TEST(LocalityMapBuilder, KnowsNothingWithoutInput) {
  const auto map = build_locality_map(nullptr, {}, {}, {}).value();
  EXPECT_EQ(map->cells(), model::LocalityMap::nowhere()->cells());
  EXPECT_EQ(map->localities().size(), 1u);
  EXPECT_EQ(map->data().prefixes, 2u);
  EXPECT_EQ(map->data().path, "");
}

TEST(LocalityMapBuilder, CountsLeavesAndNamesItsData) {
  MmdbWriter writer({4, 24, "Test", 1234});
  writer.insert(prefix("128.0.0.0/1"), mmdb_flat_place("NL", "", "", 0, 0));
  writer.insert(prefix("192.0.0.0/2"), mmdb_flat_place("DE", "", "", 0, 0));
  const GeoDatabase data = open(writer);
  const auto map = build_locality_map(&data, {}, {}, {}).value();
  EXPECT_EQ(map->data().prefixes, 3u + 1);
  EXPECT_EQ(map->data().database_type, "Test");
  EXPECT_EQ(map->data().built, 1234);
}

TEST(LocalityMapBuilder, GivesAnOverrideTheContinentOfItsCountry) {
  model::Config config;
  add_override(config, prefix("192.0.2.0/24"), {model::PlaceSource::kNone, "", "BR", "", "", {}});
  add_override(config, prefix("2001:db8::/32"), {model::PlaceSource::kNone, "EU", "", "", "", {}});
  const auto map = build_locality_map(nullptr, config, {}, {}).value();
  EXPECT_EQ(known_to(*map, map->find(prefix("192.0.2.7")).locality).place, own_place("BR"));
  EXPECT_EQ(map->find(prefix("192.0.2.7")).prefix_length, 24);
  EXPECT_EQ(map->client(map->find(prefix("2001:db8::1")).locality).place->continent, "EU");
}

TEST(LocalityMapBuilder, PutsMeasuredRoundTripsOfAnyPrefixBeforeThoseOfTheTable) {
  const RoundTripTable table = {{prefix("192.0.2.0/24"), "eu-west-1", 30},
                                {prefix("192.0.2.0/24"), "us-east-1", 90}};
  RoundTripSamples samples;
  ASSERT_TRUE(samples.add(prefix("192.0.0.0/16"), "eu-west-1", 10, kNow).ok());
  const auto map = build_locality_map(nullptr, {}, table, samples.measured()).value();
  const Known known = known_to(*map, map->find(prefix("192.0.2.7")).locality);
  ASSERT_EQ(known.round_trips.size(), 2u);
  EXPECT_EQ(known.round_trips.at("eu-west-1").source, model::RoundTripSource::kMeasured);
  EXPECT_NEAR(known.round_trips.at("eu-west-1").milliseconds, 10, 0.25);
  EXPECT_EQ(known.round_trips.at("eu-west-1").prefix, prefix("192.0.0.0/16"));
  EXPECT_EQ(known.round_trips.at("us-east-1").milliseconds, 90);
}

TEST(LocalityMapBuilder, DoesNotLetALongerBlockCountForAShorterSource) {
  model::Config config;
  add_blocks(config,
             {{prefix("203.0.112.0/24"), "c", "near"}, {prefix("203.0.0.0/16"), "c", "far"}});
  const auto map = build_locality_map(nullptr, config, {}, {}).value();
  const auto locations = [&](std::string_view source) {
    return known_to(*map, map->find(prefix(source)).locality).blocks;
  };
  EXPECT_EQ(locations("203.0.112.0/24"), (model::CollectionMatches{{"c", {"near", "far"}}}));
  EXPECT_EQ(locations("203.0.112.0/23"), (model::CollectionMatches{{"c", {"far"}}}));
  EXPECT_EQ(locations("203.0.112.0/20"), (model::CollectionMatches{{"c", {"far"}}}));
  EXPECT_EQ(locations("202.0.0.0/7"), model::CollectionMatches{});
}

TEST(LocalityMapBuilder, RefusesMoreLocalitiesThanThereMayBe) {
  model::Config config;
  for (const char* country : {"NL", "DE", "FR"})
    add_override(config, prefix(absl::StrCat("192.0.", country[0] % 64, ".0/24")),
                 own_place(country));
  EXPECT_TRUE(build_locality_map(nullptr, config, {}, {}, 4).ok());
  const auto refused = build_locality_map(nullptr, config, {}, {}, 3);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST(LocalityMapBuilder, LeavesOffWhenItIsNotNeededAnyMore) {
  model::Config config;
  add_override(config, prefix("192.0.2.0/24"), own_place("NL"));
  std::stop_source stop;
  EXPECT_TRUE(
      build_locality_map(nullptr, config, {}, {}, model::kLocalitiesMax, stop.get_token()).ok());
  stop.request_stop();
  const auto left =
      build_locality_map(nullptr, config, {}, {}, model::kLocalitiesMax, stop.get_token());
  EXPECT_EQ(left.status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace signpost::geo
