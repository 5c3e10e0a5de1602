// Who would get another answer, against counting every locality of small random worlds.
#include "policy/impact.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "policy/failures.h"
#include "policy/simulation.h"
#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Health;
using model::LocalityId;
using testing::BatchBuilder;
using testing::name;

constexpr const char* kApex = "example.com.";
constexpr std::size_t kNames = 7;
constexpr std::size_t kChecks = 4;

std::string owner(std::size_t index) { return "n" + std::to_string(index) + ".example.com."; }
std::string check(std::size_t index) { return "check" + std::to_string(index); }

// The addresses of A records that are all QNAME's.
std::vector<std::string> addresses(const model::Variant& variant, const dns::Name&, RRType) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < variant.ancount; ++i) {
    std::string text;
    for (const char octet : variant.octets.substr(16 * i + 12, 4))
      text += (text.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(octet));
    found.push_back(text);
  }
  return found;
}

Shares rounded(const Shares& shares) {
  Shares result;
  for (const auto& [endpoint, share] : shares) {
    const double near = std::round(share * 1e6) / 1e6;
    if (near != 0) result[endpoint] = near;
  }
  return result;
}

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    localities_ = random_localities();
    compiler_.accept(compiler_.compile_localities(config_, seen_, localities_));
    BatchBuilder first;
    first.zone(kApex, 1);
    for (std::size_t i = 0; i < kChecks; ++i) first.check(check(i));
    model::CidrCollection offices{"offices", "offices", {{"x", {}}, {"y", {}}}};
    model::ChangeBatch batch = first.batch();
    batch.changes.emplace_back(model::PutCidrCollection{
        std::make_shared<const model::CidrCollection>(std::move(offices))});
    apply(batch);
    for (int i = 0; i < 30; ++i) apply(random_batch());
    for (std::size_t i = 0; i < kChecks; ++i)
      seen_.health.set(check(i), below(4) == 0 ? Health::kUnhealthy : Health::kHealthy);
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

  // Every IPv4 /8 is of one locality, but for a /20 in it whose /24s are not.
  void fill_cells(model::LocalityMap::Parts& parts) {
    parts.cells.resize(2 * model::kLocalityRootCells);
    const auto leaf = [&](std::uint32_t length) {
      return static_cast<std::uint32_t>(below(parts.localities.size()) << 8) | length;
    };
    for (std::size_t block = 0; block < 256; ++block) {
      const std::uint32_t whole = leaf(8);
      for (std::size_t cell = 0; cell < 256; ++cell) parts.cells[block * 256 + cell].fill(whole);
      const std::size_t split = block * 256 + below(256);
      parts.cells[split][below(16)] =
          static_cast<std::uint32_t>(parts.cells.size()) | model::kLocalityInnerEntry;
      model::LocalityCell& inner = parts.cells.emplace_back();
      for (std::uint32_t& entry : inner) entry = leaf(24);
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
    BatchBuilder builder;
    for (std::size_t left = 1 + below(2); left > 0; --left) {
      const std::size_t at = below(kNames);
      const model::Zone& zone = **config_.zones.find(name(kApex));
      if (below(6) == 0 && zone.group(name(owner(at)), RRType::kA) != nullptr) {
        builder.remove(kApex, owner(at), RRType::kA);
        continue;
      }
      model::RecordGroup group;
      group.type = RRType::kA;
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

// What one client gets, slot by slot.
Shares got(const model::AnswerTable& table, const dns::Name& qname, LocalityId locality) {
  const Finding found = find(table, qname, RRType::kA);
  if (found.answer == nullptr) return {{endpoint_without_answer(found), 1.0}};
  const model::Answer& answer = found.answer->at(locality);
  Shares shares;
  std::vector<std::uint16_t> slots = answer.slots;
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

void expect_same(const Moved& ours, const Moved& theirs) {
  EXPECT_NEAR(ours.share, theirs.share, 1e-6);
  EXPECT_EQ(rounded(ours.before), rounded(theirs.before));
  EXPECT_EQ(rounded(ours.after), rounded(theirs.after));
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
      EXPECT_EQ(rounded(answers.queries), rounded(expected[question.first]));
  }
}

// One name that all clients share between two checked endpoints.
class TwoEndpointsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    apply(BatchBuilder().zone(kApex, 1).check("one").check("two").batch());
    apply(group(1, 1));
  }

  static model::ChangeBatch group(unsigned one, unsigned two, const std::string& first = "one") {
    model::RecordGroup group;
    group.type = RRType::kA;
    group.sets = {testing::weighted(first, one, "192.0.2.1", "one"),
                  testing::weighted("two", two, "192.0.2.2", "two")};
    return BatchBuilder().group(kApex, owner(1), std::move(group)).batch();
  }

  void apply(const model::ChangeBatch& batch) {
    config_ = testing::applied(config_, batch);
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch));
  }

  Impact impact_of(const model::ChangeBatch& batch) {
    after_ = testing::applied(config_, batch);
    preview_ = compiler_.preview_batch(after_, seen_, batch, nullptr);
    return impact(*compiler_.table(), *preview_.table, preview_.change.names, clients_, addresses);
  }

  model::Config config_;
  model::Config after_;
  model::Observations seen_;
  IdRegistry ids_{100, 100};
  TableCompiler compiler_{ids_};
  CompiledTable preview_;
  Clients clients_ = Clients::alike(*model::LocalityMap::nowhere(), *model::LocalityMap::nowhere());
};

Endpoint endpoint(const std::string& choice, const std::string& record) {
  return {"ANSWER", choice, {record}};
}

TEST_F(TwoEndpointsTest, TellsThePartThatMovesPerEndpoint) {
  const Impact found = impact_of(group(1, 3));
  ASSERT_EQ(found.answers.size(), 1u);
  EXPECT_EQ(found.answers[0].name, name(owner(1)));
  EXPECT_NEAR(found.answers[0].moved.share, 0.25, 1e-9);
  EXPECT_NEAR(found.answers[0].moved.before.at(endpoint("two", "192.0.2.2")), 0.5, 1e-9);
  EXPECT_NEAR(found.answers[0].moved.after.at(endpoint("two", "192.0.2.2")), 0.75, 1e-9);
  const Moved all = total(found.answers);
  EXPECT_NEAR(all.share, 0.25, 1e-9);
  EXPECT_NEAR(all.after.at(endpoint("", "192.0.2.1")), 0.25, 1e-9);
}

TEST_F(TwoEndpointsTest, MovesNobodyByAnotherNameOfASetOrAnotherSerial) {
  EXPECT_TRUE(impact_of(group(1, 1, "first")).answers.empty());
  EXPECT_TRUE(impact_of(BatchBuilder().zone(kApex, 1, 2).batch()).answers.empty());
}

TEST_F(TwoEndpointsTest, CountsNewAnswersAndListsThoseThatEnd) {
  const Impact fresh =
      impact_of(BatchBuilder().simple(kApex, owner(2), RRType::kA, {"192.0.2.3"}).batch());
  EXPECT_TRUE(fresh.answers.empty());
  EXPECT_EQ(fresh.added, 1u);
  const Impact gone = impact_of(BatchBuilder().remove(kApex, owner(1), RRType::kA).batch());
  ASSERT_EQ(gone.answers.size(), 1u);
  EXPECT_EQ(gone.answers[0].moved.after, (Shares{{{"NXDOMAIN", "", {}}, 1.0}}));
}

TEST_F(TwoEndpointsTest, WarnsOfAnEndpointThatTakesOverMoreThanItCan) {
  const Impact found = impact_of(group(1, 3));
  WhatIf before({config_, seen_, *compiler_.table()});
  WhatIf after({after_, seen_, *preview_.table});
  const Failures failed = failures(before, after, found.answers, clients_, addresses);
  ASSERT_EQ(failed.answers.size(), 2u);
  EXPECT_EQ(failed.answers[0].what, "check one");
  EXPECT_EQ(failed.answers[0].moved.after, (Shares{{endpoint("two", "192.0.2.2"), 1.0}}));
  EXPECT_EQ(overloads(found.answers, failed, {{"192.0.2.2", 700}, {"one", 1000}}, 1000),
            (std::vector<std::string>{
                "n1.example.com. A: 192.0.2.2 would get 750 queries per second, over its capacity "
                "of 700",
                "n1.example.com. A: 192.0.2.2 would get 1000 queries per second if check one "
                "failed, over its capacity of 700"}));
}

TEST_F(TwoEndpointsTest, FailsARegionWithAllOfItsChecks) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {testing::alias("eu", model::Latency(model::LatencyFields{"eu-central-1"}), kApex,
                               owner(1), true),
                testing::routed("us", model::Latency(model::LatencyFields{"us-east-1"}),
                                "192.0.2.3", "three")};
  apply(BatchBuilder().check("three").group(kApex, owner(2), group).batch());
  const WhatIf now({config_, seen_, *compiler_.table()});
  EXPECT_EQ(now.regions(name(owner(2)), RRType::kA),
            (RegionChecks{{"eu-central-1", {"one", "two"}}, {"us-east-1", {"three"}}}));

  group.sets[1].rdata = {testing::rdata(RRType::kA, "192.0.2.4")};
  Impact found;
  found.answers.push_back({name(owner(2)), RRType::kA, {}});
  impact_of(BatchBuilder().group(kApex, owner(2), group).batch());
  WhatIf before({config_, seen_, *compiler_.table()});
  WhatIf after({after_, seen_, *preview_.table});
  const Failures failed = failures(before, after, found.answers, clients_, addresses);
  ASSERT_EQ(failed.answers.size(), 4u);
  EXPECT_EQ(failed.answers[3].what, "region eu-central-1");
  EXPECT_EQ(failed.answers[3].moved.before, (Shares{{endpoint("us", "192.0.2.3"), 1.0}}));
  EXPECT_EQ(failed.answers[3].moved.after, (Shares{{endpoint("us", "192.0.2.4"), 1.0}}));
}

TEST_F(TwoEndpointsTest, LeavesTheCompilerAsItWasAfterAPreview) {
  ids_.take_journal();
  impact_of(BatchBuilder().simple(kApex, owner(2), RRType::kA, {"192.0.2.3", "192.0.2.4"}).batch());
  const IdRegistry::Journal journal = ids_.take_journal();
  EXPECT_TRUE(journal.assigned.empty());
  EXPECT_TRUE(journal.released.empty());
  const model::AnswerTablePtr before = compiler_.table();
  const CompiledTable unchanged = compiler_.compile_health(config_, seen_, {"one"});
  EXPECT_TRUE(unchanged.change.names.empty());
  EXPECT_EQ(unchanged.table->nodes.size(), before->nodes.size());
}

}  // namespace
}  // namespace signpost::policy
