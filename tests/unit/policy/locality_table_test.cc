// The answer table against decide(), for every locality of small random worlds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "policy/resolve.h"
#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"
#include "tests/unit/policy/random_policy.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Health;
using testing::BatchBuilder;
using testing::name;

constexpr const char* kApex = "example.com.";
constexpr std::size_t kNames = 8;
const testing::PolicyChoices kChoices = {
    .regions = {"eu-central-1", "us-east-1", "ap-southeast-2"},
    .places = {{"", "*", ""}, {"EU", "", ""}, {"", "US", "CA"}},
    .locations = {"*", "x", "z"}};
constexpr std::size_t kChecks = 6;

std::string owner(std::size_t index) { return "n" + std::to_string(index) + ".example.com."; }
std::string check(std::size_t index) { return "check" + std::to_string(index); }

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    compiler_.accept(compiler_.compile_localities(config_, seen_, random_localities()));
    BatchBuilder first;
    first.zone(kApex, 1);
    for (std::size_t i = 0; i < kChecks; ++i) first.check(check(i));
    model::ChangeBatch batch = first.batch();
    model::CidrCollection offices{"offices", "offices", {}};
    for (const char* location : {"x", "y", "z"}) offices.locations.push_back({location, {}});
    batch.changes.emplace_back(model::PutCidrCollection{
        std::make_shared<const model::CidrCollection>(std::move(offices))});
    apply(batch);
  }

  void step() {
    switch (below(6)) {
      case 0:
        return flip();
      case 1:
        compiler_.accept(compiler_.compile_localities(config_, seen_, random_localities()));
        return;
      default:
        put_group();
    }
  }

  void expect_every_locality_to_get_what_decide_says() {
    const model::AnswerTable& table = *compiler_.table();
    for (std::size_t index = 0; index < kNames; ++index) {
      const dns::Name qname = name(owner(index));
      const Finding found = find(table, qname, RRType::kA);
      for (model::LocalityId id = 0; id < table.localities->localities().size(); ++id) {
        const Inputs inputs{config_, seen_, table.localities->client(id)};
        const auto paths = Resolver(inputs, table.nodes).resolve(qname, RRType::kA, false);
        ASSERT_TRUE(are_near(shares_of(found, id), shares_of(paths)))
            << qname.text() << " in locality " << id;
      }
    }
  }

  void expect_the_same_as_from_scratch() {
    IdRegistry ids(100000, 100000);
    TableCompiler fresh(ids);
    fresh.accept(fresh.compile_localities(model::Config(), seen_, compiler_.table()->localities));
    fresh.accept(fresh.compile_all(config_, seen_));
    for (std::size_t index = 0; index < kNames; ++index) {
      const Finding ours = find(*compiler_.table(), name(owner(index)), RRType::kA);
      const Finding theirs = find(*fresh.table(), name(owner(index)), RRType::kA);
      for (model::LocalityId id = 0; id < compiler_.table()->localities->localities().size(); ++id)
        ASSERT_TRUE(are_near(shares_of(ours, id), shares_of(theirs, id))) << owner(index);
    }
  }

  // Names whose answers differ between localities.
  std::size_t split_names() const {
    std::size_t count = 0;
    for (std::size_t index = 0; index < kNames; ++index) {
      const Finding found = find(*compiler_.table(), name(owner(index)), RRType::kA);
      count += found.answer != nullptr && found.answer->by_locality;
    }
    return count;
  }

 private:
  // What a client gets: the part of the queries that each choice answers, in lowest terms.
  using Shares = std::map<std::string, double>;

  static Shares shares_of(const Finding& found, model::LocalityId locality) {
    if (found.answer == nullptr) return {{"negative", 1}};
    const model::Answer& answer = found.answer->at(locality);
    Shares shares;
    const auto key = [](const model::Variant& variant) {
      return variant.outcome == model::Outcome::kNodata ? "negative" : "+" + variant.choice.str();
    };
    if (answer.slots().empty()) return {{key(answer.variants.front()), 1}};
    for (const std::uint16_t slot : answer.slots())
      shares[key(answer.variants[slot])] += 1.0 / static_cast<double>(answer.slots().size());
    return shares;
  }

  static Shares shares_of(const std::vector<Path>& paths) {
    Shares shares;
    double sum = 0;
    for (const Path& path : paths) sum += static_cast<double>(path.weight);
    for (const Path& path : paths) {
      const bool negative = path.end == PathEnd::kNodata || path.end == PathEnd::kNxdomain;
      shares[negative ? "negative" : "+" + path.choice] += static_cast<double>(path.weight) / sum;
    }
    return shares;
  }

  // Rings beyond 65,535 slots are exact to 2^-16 only.
  static bool are_near(Shares a, const Shares& b) {
    for (const auto& [choice, share] : b) a[choice] -= share;
    return std::all_of(a.begin(), a.end(),
                       [](const auto& entry) { return std::abs(entry.second) < 1e-3; });
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }
  template <typename T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + static_cast<std::ptrdiff_t>(below(choices.size())));
  }

  void apply(const model::ChangeBatch& batch) {
    const auto after = apply_batch(config_, batch);
    if (!after.ok()) return;  // what the rules forbid is not this test's business
    config_ = *after;
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch));
  }

  void flip() {
    const std::string id = check(below(kChecks));
    seen_.health.set(id, one_of({Health::kHealthy, Health::kUnhealthy, Health::kUnhealthy}));
    compiler_.accept(compiler_.compile_health(config_, seen_, {id}));
  }

  model::LocalityMapPtr random_localities() {
    model::LocalityMap::Parts parts;
    parts.places.resize(1);
    parts.blocks.resize(1);
    parts.round_trips.resize(1);
    parts.localities.resize(1);
    for (int i = 0; i < 12; ++i) {
      model::Place place;
      place.continent = one_of({"EU", "NA", "AS"});
      place.country = one_of({"DE", "US", "CN", "FR"});
      if (place.country == "US") place.subdivision = one_of({"", "CA", "NY"});
      if (below(4) != 0) place.coordinates = testing::random_coordinates(random_);
      parts.places.push_back(place);
      model::CollectionMatches blocks{{"offices", {one_of({"x", "y"}), "z"}}};
      parts.blocks.push_back(blocks);
      model::RoundTrips trips;
      trips[one_of({"eu-central-1", "us-east-1"})].milliseconds = static_cast<double>(below(100));
      parts.round_trips.push_back(trips);
    }
    for (int i = 0; i < 30; ++i) {
      const auto index = [&] { return static_cast<std::uint32_t>(below(13)); };
      parts.localities.push_back({index(), index(), index()});
    }
    return std::make_shared<const model::LocalityMap>(std::move(parts));
  }

  // A group of one to three sets, leaves or aliases to names with a higher number: no cycles.
  void put_group() {
    const std::size_t at = below(kNames);
    const std::size_t kind = below(testing::kPolicyKinds);
    model::RecordGroup group;
    group.type = RRType::kA;
    const std::size_t sets = 1 + below(kind == 6 ? 2 : 3);
    for (std::size_t i = 0; i < sets; ++i) {
      const std::string id(1, static_cast<char>('a' + i));
      const std::string checked =
          below(3) != 0 || (kind == 6 && i == 0) ? check(below(kChecks)) : "";
      if (at + 1 < kNames && kind != 5 && below(2) == 0) {
        group.sets.push_back(testing::alias(id, testing::random_policy(random_, kind, i, kChoices),
                                            kApex, owner(at + 1 + below(kNames - at - 1)),
                                            below(3) != 0, checked));
      } else {
        group.sets.push_back(testing::routed(id, testing::random_policy(random_, kind, i, kChoices),
                                             "192.0.2." + std::to_string(10 * at + i), checked));
      }
    }
    testing::draw_fallback(random_, group);
    apply(BatchBuilder().group(kApex, owner(at), std::move(group)).batch());
  }

  std::mt19937_64 random_;
  model::Config config_;
  model::Observations seen_;
  IdRegistry ids_{100000, 100000};
  TableCompiler compiler_{ids_};
};

TEST(LocalityTable, GivesEveryLocalityWhatDecideSaysThroughAnySequenceOfChanges) {
  const std::uint64_t seed = std::random_device{}();
  std::size_t split = 0;
  for (std::uint64_t run = 0; run < 20; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    World world(seed + run);
    for (int step = 0; step < 60; ++step) {
      world.step();
      if (step % 5 != 4) continue;
      world.expect_every_locality_to_get_what_decide_says();
      world.expect_the_same_as_from_scratch();
      if (::testing::Test::HasFatalFailure()) return;
      split += world.split_names();
    }
  }
  EXPECT_GT(split, 100u) << "hardly any answer depended on the client: the test tests nothing";
}

TEST(LocalityTable, SharesOnePartitionBetweenNamesWhosePoliciesAgree) {
  model::LocalityMap::Parts parts;
  parts.places.resize(3);
  parts.places[1].country = "DE";
  parts.places[2].country = "US";
  parts.blocks.resize(1);
  parts.round_trips.resize(1);
  parts.localities = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}};
  IdRegistry ids(1000, 1000);
  TableCompiler compiler(ids);
  const auto map = std::make_shared<const model::LocalityMap>(std::move(parts));
  compiler.accept(compiler.compile_localities({}, {}, map));
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {testing::routed("de", model::Geolocation(model::GeolocationFields{"", "DE", ""}),
                                "192.0.2.1"),
                testing::routed("rest", model::Geolocation(model::GeolocationFields{"", "*", ""}),
                                "192.0.2.2")};
  const model::ChangeBatch batch = BatchBuilder()
                                       .zone(kApex, 1)
                                       .group(kApex, owner(1), group)
                                       .group(kApex, owner(2), group)
                                       .batch();
  const model::Config config = testing::applied({}, batch);
  compiler.accept(compiler.compile_batch(config, {}, batch));
  const auto partition = [&](std::size_t index) {
    return find(*compiler.table(), name(owner(index)), RRType::kA).answer->by_locality->partition;
  };
  EXPECT_EQ(partition(1), partition(2));
  EXPECT_EQ(partition(1)->count, 2u);
  EXPECT_EQ(partition(1)->classes, (std::vector<std::uint16_t>{0, 1, 0}));
}

}  // namespace
}  // namespace signpost::policy
