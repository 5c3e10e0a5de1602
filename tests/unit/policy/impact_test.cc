// Who would get another answer, against counting every locality of small random worlds.
#include "policy/impact.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "policy/failures.h"
#include "policy/simulation.h"
#include "tests/unit/policy/impact_world.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Health;
using model::LocalityId;
using testing::name;

// What one client gets, slot by slot.
Shares got(const model::AnswerTable& table, const dns::Name& qname, LocalityId locality) {
  const Finding found = find(table, qname, RRType::kA);
  if (found.answer == nullptr) return {{endpoint_without_answer(found), 1.0}};
  const model::Answer& answer = found.answer->at(locality);
  Shares shares;
  std::vector<std::uint16_t> slots(answer.slots().begin(), answer.slots().end());
  if (slots.empty()) slots = {0};
  for (const std::uint16_t slot : slots) {
    shares[endpoint_of(answer.variants[slot], qname, RRType::kA, addresses)] +=
        1.0 / static_cast<double>(slots.size());
  }
  return shares;
}

struct Client {
  LocalityId before = 0;
  LocalityId after = 0;
  double weight = 0;
};

Moved counted(const model::AnswerTable& before, const model::AnswerTable& after,
              const dns::Name& qname, const std::vector<Client>& clients) {
  Moved sum;
  double total = 0;
  for (const Client& client : clients) total += client.weight;
  for (const Client& client : clients) {
    const double part = client.weight / total;
    const Shares was = got(before, qname, client.before);
    const Shares is = got(after, qname, client.after);
    std::map<std::pair<std::string, std::vector<std::string>>, double> difference;
    for (const auto& [endpoint, share] : was) {
      sum.before[endpoint] += part * share;
      difference[{endpoint.outcome, endpoint.records}] += share;
    }
    for (const auto& [endpoint, share] : is) {
      sum.after[endpoint] += part * share;
      difference[{endpoint.outcome, endpoint.records}] -= share;
    }
    for (const auto& [endpoint, share] : difference) sum.share += part * std::abs(share) / 2;
  }
  return sum;
}

void expect_near(const Shares& ours, const Shares& theirs) {
  Shares difference = ours;
  for (const auto& [endpoint, share] : theirs) difference[endpoint] -= share;
  for (const auto& [endpoint, share] : difference) EXPECT_NEAR(share, 0, 1e-6);
}

void expect_same(const Moved& ours, const Moved& theirs) {
  EXPECT_NEAR(ours.share, theirs.share, 1e-6);
  expect_near(ours.before, theirs.before);
  expect_near(ours.after, theirs.after);
}

// Returns how many answers moved.
std::size_t expect_as_counted(const World& world, const World::Change& change, Clients& clients,
                              const std::vector<Client>& all) {
  const model::AnswerTable& after = *change.compiled.table;
  const Impact found =
      impact(world.table(), after, change.compiled.change.names, clients, addresses);
  std::map<dns::Name, Moved> by_name;
  for (const AnswerImpact& answer : found.answers) by_name[answer.name] = answer.moved;
  std::size_t added = 0;
  for (std::size_t index = 0; index < kNames; ++index) {
    const dns::Name qname = name(owner(index));
    const Moved moved = counted(world.table(), after, qname, all);
    const auto listed = by_name.find(qname);
    bool answered = false;
    for (const auto& [endpoint, share] : moved.before) answered |= endpoint.is_answer();
    added += !answered && moved.share > 1e-6;
    EXPECT_EQ(listed != by_name.end(), answered && moved.share > 1e-6) << qname.text();
    if (listed != by_name.end()) expect_same(listed->second, moved);
  }
  EXPECT_EQ(found.added, added);
  return found.answers.size();
}

TEST(Impact, EqualsWhatCountingEveryLocalityGives) {
  const std::uint64_t seed = std::random_device{}();
  std::size_t moved = 0;
  for (std::uint64_t run = 0; run < 40; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    World world(seed + run);
    const World::Change change = world.preview();
    const model::LocalityMap& map = *world.table().localities;
    Clients alike = Clients::alike(map, map);
    std::vector<Client> all;
    for (LocalityId id = 1; id < map.localities().size(); ++id) all.push_back({id, id, 1});
    moved += expect_as_counted(world, change, alike, all);
    std::vector<std::uint64_t> weights;
    for (LocalityId id = 0; id < map.localities().size(); ++id) {
      weights.push_back(world.below(5));
      if (id > 0) all[id - 1].weight = static_cast<double>(weights[id]);
    }
    weights[0] = 3;
    all.push_back({0, 0, 3});
    Clients by_weight = Clients::counted(weights, map, map);
    expect_as_counted(world, change, by_weight, all);
  }
  EXPECT_GT(moved, 20u) << "hardly any answer moved: the test tests nothing";
}

std::string address(std::size_t first, std::size_t second, std::size_t third) {
  return std::to_string(first) + "." + std::to_string(second) + "." + std::to_string(third) + ".0";
}

TEST(Impact, FollowsClientsFromOneMapOfLocalitiesToAnother) {
  const std::uint64_t seed = std::random_device{}();
  std::size_t moved = 0;
  for (std::uint64_t run = 0; run < 3; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    World world(seed + run);
    const World::Change change = world.preview(world.random_localities());
    const model::LocalityMap& before = *world.table().localities;
    const model::LocalityMap& after = *change.compiled.table->localities;
    // Every /24, as no leaf is longer.
    std::set<std::pair<LocalityId, LocalityId>> overlaps;
    for (std::size_t i = 0; i < 1u << 24; ++i) {
      model::Prefix prefix;
      prefix.length = 24;
      prefix.octets = {static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                       static_cast<std::uint8_t>(i)};
      overlaps.emplace(before.find(prefix).locality, after.find(prefix).locality);
    }
    overlaps.emplace(0, 0);  // IPv6
    std::map<LocalityId, double> parts;
    for (const auto& [from, to] : overlaps) parts[from] += 1;
    std::vector<Client> all;
    for (const auto& [from, to] : overlaps)
      if (from != 0) all.push_back({from, to, 1 / parts[from]});
    Clients alike = Clients::alike(before, after);
    moved += expect_as_counted(world, change, alike, all);

    std::vector<PrefixWeight> demand;
    all.clear();
    for (int i = 0; i < 50; ++i) {
      const model::Prefix prefix =
          model::Prefix::parse(address(world.below(256), world.below(256), world.below(256)))
              .value();
      demand.push_back({prefix, 1.0 + static_cast<double>(world.below(9))});
      all.push_back(
          {before.find(prefix).locality, after.find(prefix).locality, demand.back().weight});
    }
    Clients given = Clients::given(demand, before, after);
    expect_as_counted(world, change, given, all);
  }
  EXPECT_GT(moved, 0u);
}

TEST(Impact, OfFailuresEqualsTablesCompiledWithTheFailure) {
  const std::uint64_t seed = std::random_device{}();
  std::size_t compared = 0;
  for (std::uint64_t run = 0; run < 30; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    World world(seed + run);
    const World::Change change = world.preview();
    const model::LocalityMap& map = *world.table().localities;
    Clients clients = Clients::alike(map, map);
    const Impact found = impact(world.table(), *change.compiled.table, change.compiled.change.names,
                                clients, addresses);
    WhatIf before(world.side());
    WhatIf after({change.config, world.seen(), *change.compiled.table});
    const Failures failed = failures(before, after, found.answers, clients, addresses);
    EXPECT_EQ(failed.left_off, 0u);
    std::vector<Client> all;
    for (LocalityId id = 1; id < map.localities().size(); ++id) all.push_back({id, id, 1});
    for (std::size_t i = 0; i < kChecks; ++i) {
      model::Observations seen = world.seen();
      seen.health.set(check(i), Health::kUnhealthy);
      const model::AnswerTablePtr was = world.compiler().compile_all(world.config(), seen).table;
      const model::AnswerTablePtr is = world.compiler().compile_all(change.config, seen).table;
      for (const FailureImpact& failure : failed.answers) {
        if (failure.what != "check " + check(i)) continue;
        expect_same(failure.moved, counted(*was, *is, failure.name, all));
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 20u);
}

TEST(Simulation, GivesTheSharesOfTheTableForTheClientsThatAsk) {
  const std::uint64_t seed = std::random_device{}();
  for (std::uint64_t run = 0; run < 20; ++run) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " run " << run);
    World world(seed + run);
    const std::set<std::string> down = run % 2 == 0 ? std::set<std::string>() : std::set{check(0)};
    model::Observations seen = world.seen();
    for (const std::string& id : down) seen.health.set(id, Health::kUnhealthy);
    const model::AnswerTablePtr table = world.compiler().compile_all(world.config(), seen).table;
    Simulation simulation(world.side(), down, addresses);
    std::map<dns::Name, Shares> expected;
    double unlocated = 0;
    for (int i = 0; i < 300; ++i) {
      SimulatedQuery query{name(owner(world.below(kNames))), RRType::kA, {}, 2};
      if (i % 10 != 0) {
        query.client =
            model::Prefix::parse(address(world.below(256), world.below(256), world.below(256)))
                .value();
      }
      simulation.add(query);
      const LocalityId id = i % 10 == 0 ? 0 : world.table().localities->find(query.client).locality;
      if (id == 0) unlocated += 2;
      const bool exists = locate(table->nodes, query.name).node != nullptr;
      add_shares(got(*table, query.name, id), 2,
                 expected[exists ? query.name : name("*.example.com.")]);
    }
    EXPECT_EQ(simulation.queries(), 600);
    EXPECT_EQ(simulation.unlocated(), unlocated);
    ASSERT_EQ(simulation.answers().size(), expected.size());
    for (const auto& [question, answers] : simulation.answers())
      expect_near(answers.queries, expected[question.first]);
  }
}

}  // namespace
}  // namespace signpost::policy
