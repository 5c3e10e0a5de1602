// What holds for every policy, on random groups, clients and health.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "policy/decide.h"
#include "tests/unit/policy/impact_world.h"
#include "tests/unit/policy/random_policy.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Health;

constexpr int kRuns = 3000;

const testing::PolicyChoices kChoices = {
    .regions = {"eu-central-1", "us-east-1", "ap-southeast-2", "sa-east-1"},
    .places = {{"", "*", ""}, {"EU", "", ""}, {"", "US", ""}, {"", "DE", ""}},
    .locations = {"*", "x", "y", "z"}};

class RandomGroup {
 public:
  explicit RandomGroup(std::uint64_t seed) : random_(seed) {
    const std::size_t kind = below(testing::kPolicyKinds);
    group.type = RRType::kA;
    const std::size_t sets = 1 + below(kind == 6 ? 2 : 4);
    for (std::size_t i = 0; i < sets; ++i) {
      const std::string id(1, static_cast<char>('a' + i));
      group.sets.push_back(testing::routed(id, testing::random_policy(random_, kind, i, kChoices),
                                           "192.0.2." + std::to_string(i),
                                           below(4) == 0 ? "" : "check-" + id));
      seen.health.set("check-" + id, below(2) == 0 ? Health::kHealthy : Health::kUnhealthy);
    }
    testing::draw_fallback(random_, group);
    place.continent = below(2) == 0 ? "EU" : "NA";
    place.country = place.continent == "EU" ? "DE" : "US";
    if (below(2) == 0) place.coordinates = testing::random_coordinates(random_);
    blocks = {{"offices",
               below(2) == 0 ? std::vector<std::string>{"x", "z"} : std::vector<std::string>{"z"}}};
    trips["eu-central-1"].milliseconds = static_cast<double>(1 + below(100));
  }

  // Sets by identifier, of each answer with its part.
  std::map<std::set<std::string>, double> answers(const model::RecordGroup& of) const {
    const Decision decision = decide(of, {config, seen, {&place, &blocks, &trips}});
    std::map<std::set<std::string>, double> parts;
    double sum = 0;
    for (const Share& share : decision.shares) sum += static_cast<double>(share.weight);
    for (const Share& share : decision.shares) {
      std::set<std::string> sets;
      for (const std::size_t set : share.sets) sets.insert(of.sets[set].set_identifier);
      parts[sets] += static_cast<double>(share.weight) / sum;
    }
    return parts;
  }

  bool is_healthy(const model::RecordSet& set) const {
    const Health* health = seen.health.find(set.health_check_id);
    return set.health_check_id.empty() || *health == Health::kHealthy;
  }
  // Whether this client could get the set if there were no other.
  bool is_eligible(const model::RecordSet& set) const {
    model::RecordGroup alone = group;
    alone.sets = {set};
    return !answers(alone).empty();
  }

  void shuffle() { std::shuffle(group.sets.begin(), group.sets.end(), random_); }

  model::RecordGroup group;
  model::Config config;
  model::Observations seen;
  model::Place place;
  model::CollectionMatches blocks;
  model::RoundTrips trips;

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::mt19937_64 random_;
};

TEST(EveryPolicy, NeverAnswersAnUnhealthySetWhileAHealthyOneIsEligible) {
  const std::uint64_t seed = std::random_device{}();
  int looked = 0;
  for (int run = 0; run < kRuns; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    const RandomGroup random(seed + static_cast<std::uint64_t>(run));
    std::set<std::string> unhealthy;
    bool healthy_is_eligible = false;
    for (const model::RecordSet& set : random.group.sets) {
      if (!random.is_healthy(set)) unhealthy.insert(set.set_identifier);
      healthy_is_eligible |= random.is_healthy(set) && random.is_eligible(set);
    }
    if (!healthy_is_eligible || unhealthy.empty()) continue;
    ++looked;
    const auto answers = random.answers(random.group);
    ASSERT_FALSE(answers.empty());
    for (const auto& [sets, part] : answers) {
      for (const std::string& id : sets) ASSERT_FALSE(unhealthy.contains(id)) << id;
    }
  }
  EXPECT_GT(looked, kRuns / 5);
}

TEST(EveryPolicy, AnswersTheSameInWhateverOrderTheSetsAre) {
  const std::uint64_t seed = std::random_device{}();
  for (int run = 0; run < kRuns; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    RandomGroup random(seed + static_cast<std::uint64_t>(run));
    const auto answers = random.answers(random.group);
    random.shuffle();
    ASSERT_EQ(random.answers(random.group), answers);
  }
}

TEST(NestedWeights, MultiplyTheirShares) {
  const std::uint64_t seed = std::random_device{}();
  std::mt19937_64 random(seed);
  const auto weight = [&] { return 1 + static_cast<unsigned>(random() % 4); };
  for (int run = 0; run < 200; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    testing::BatchBuilder batch;
    batch.zone(kApex, 1);
    model::RecordGroup top;
    top.type = RRType::kA;
    std::map<std::string, double> expected;
    const unsigned tops[] = {weight(), weight()};
    for (std::size_t i = 0; i < 2; ++i) {
      const unsigned leaves[] = {weight(), weight()};
      model::RecordGroup below;
      below.type = RRType::kA;
      for (std::size_t j = 0; j < 2; ++j) {
        const std::string address = "192.0.2." + std::to_string(10 * i + j);
        below.sets.push_back(testing::weighted(std::string(1, "ab"[j]), leaves[j], address));
        expected[address] =
            1.0 * tops[i] / (tops[0] + tops[1]) * leaves[j] / (leaves[0] + leaves[1]);
      }
      batch.group(kApex, owner(i + 1), below);
      top.sets.push_back(testing::alias(std::string(1, "xy"[i]),
                                        model::Weighted{static_cast<std::uint8_t>(tops[i])}, kApex,
                                        owner(i + 1), true));
    }
    batch.group(kApex, owner(0), top);
    IdRegistry ids(1000, 1000);
    TableCompiler compiler(ids);
    compiler.accept(compiler.compile_batch(testing::applied({}, batch.batch()), {}, batch.batch()));
    const Finding found = find(*compiler.table(), testing::name(owner(0)), RRType::kA);
    ASSERT_NE(found.answer, nullptr);
    std::map<std::string, double> shares;
    for (const auto& [endpoint, share] :
         shares_of(*found.answer, testing::name(owner(0)), RRType::kA, addresses))
      shares[endpoint.records.at(0)] += share;
    ASSERT_EQ(shares.size(), expected.size());
    for (const auto& [address, share] : expected)
      EXPECT_NEAR(shares[address], share, 1e-9) << address;
  }
}

}  // namespace
}  // namespace signpost::policy
