#include "policy/table_compiler.h"

#include <gtest/gtest.h>

#include <random>

#include "policy/lookup.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Health;
using model::Outcome;
using testing::BatchBuilder;
using testing::name;
using testing::weighted;

// A configuration, observations and the compiler that follows them.
class World {
 public:
  model::TableChange apply(const model::ChangeBatch& batch) {
    config_ = testing::applied(config_, batch);
    const CompiledTable compiled = compiler_.compile_batch(config_, seen, batch);
    compiler_.accept(compiled);
    return compiled.change;
  }

  model::TableChange flip(const std::string& check, Health health) {
    seen.health.set(check, health);
    const CompiledTable compiled = compiler_.compile_health(config_, seen, {check});
    compiler_.accept(compiled);
    return compiled.change;
  }

  Finding ask(const std::string& qname, RRType type) const {
    return find(*compiler_.table(), name(qname), type);
  }

  const model::Config& config() const { return config_; }
  TableCompiler& compiler() { return compiler_; }

  model::Observations seen;

 private:
  model::Config config_;
  IdRegistry ids_{1000, 1000};
  TableCompiler compiler_{ids_};
};

World example() {
  World world;
  world.apply(
      BatchBuilder()
          .zone("example.com.", 1)
          .simple("example.com.", "www.example.com.", RRType::kA, {"192.0.2.1", "192.0.2.2"})
          .simple("example.com.", "*.wild.example.com.", RRType::kA, {"192.0.2.3"})
          .simple("example.com.", "a.deep.example.com.", RRType::kA, {"192.0.2.4"})
          .simple("example.com.", "alias.example.com.", RRType::kCname, {"www.example.com."})
          .simple("example.com.", "sub.example.com.", RRType::kNs, {"ns.sub.example.com."})
          .simple("example.com.", "ns.sub.example.com.", RRType::kA, {"192.0.2.5"})
          .batch());
  return world;
}

TEST(Table, AnswersAnExistingRRset) {
  const World world = example();
  const Finding found = world.ask("WWW.example.com.", RRType::kA);
  ASSERT_EQ(found.kind, FindingKind::kAnswer);
  EXPECT_EQ(found.answer->variants.size(), 2u);
  EXPECT_EQ(found.answer->variants[0].ancount, 2);
  EXPECT_EQ(found.answer->variants[0].octets.view().substr(0, 12),
            std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12));
}

TEST(Table, RotatesTheValuesOfASimpleRRset) {
  const World world = example();
  const Finding found = world.ask("www.example.com.", RRType::kA);
  EXPECT_EQ(found.answer->ring->slots, (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(found.answer->variants[0].octets.view().substr(12, 4), std::string("\xc0\0\2\1", 4));
  EXPECT_EQ(found.answer->variants[1].octets.view().substr(12, 4), std::string("\xc0\0\2\2", 4));
}

TEST(Table, DistinguishesNodataEmptyNonTerminalNxdomainAndOutOfZone) {
  const World world = example();
  EXPECT_EQ(world.ask("www.example.com.", RRType::kMx).negative->outcome, Outcome::kNodata);
  EXPECT_EQ(world.ask("deep.example.com.", RRType::kA).negative->outcome, Outcome::kNodata);
  EXPECT_EQ(world.ask("none.example.com.", RRType::kA).negative->outcome, Outcome::kNxdomain);
  EXPECT_EQ(world.ask("www.example.net.", RRType::kA).kind, FindingKind::kOutOfZone);
  EXPECT_EQ(world.ask("com.", RRType::kA).kind, FindingKind::kOutOfZone);
}

TEST(Table, FollowsAnAliasAndAppendsTheSoaWhereTheChainEndsWithoutData) {
  const World world = example();
  const Finding a = world.ask("alias.example.com.", RRType::kA);
  ASSERT_EQ(a.kind, FindingKind::kAnswer);
  EXPECT_EQ(a.answer->variants[0].ancount, 3);
  const Finding aaaa = world.ask("alias.example.com.", RRType::kAaaa);
  ASSERT_EQ(aaaa.kind, FindingKind::kAnswer);
  EXPECT_EQ(aaaa.answer->variants[0].ancount, 1);
  EXPECT_EQ(aaaa.answer->variants[0].nscount, 1);
  EXPECT_EQ(aaaa.answer->variants[0].tail, 1u);
  EXPECT_EQ(world.ask("alias.example.com.", RRType::kCname).answer->variants[0].ancount, 1);
}

TEST(Table, RefersAtAndBelowAZoneCutWithGlue) {
  const World world = example();
  for (const char* qname : {"sub.example.com.", "ns.sub.example.com.", "x.y.sub.example.com."}) {
    const Finding found = world.ask(qname, RRType::kA);
    ASSERT_EQ(found.kind, FindingKind::kReferral) << qname;
    EXPECT_EQ(found.answer->variants[0].nscount, 1);
    EXPECT_EQ(found.answer->variants[0].arcount, 1);
    EXPECT_FALSE(found.answer->variants[0].authoritative);
  }
  EXPECT_EQ(world.ask("sub.example.com.", RRType::kDs).kind, FindingKind::kNegative);
}

TEST(Table, RefersWithTheAddressesThatAWildcardGivesANameServer) {
  World world = example();
  const auto addresses = [&] {
    return world.ask("x.cut.example.com.", RRType::kA).answer->variants[0].arcount;
  };
  // The second server is below a cut, where no wildcard above stands for it.
  world.apply(BatchBuilder()
                  .simple("example.com.", "cut.example.com.", RRType::kNs,
                          {"ns.other.example.com.", "ns2.sub.example.com."})
                  .simple("example.com.", "*.example.com.", RRType::kA, {"192.0.2.8", "192.0.2.9"})
                  .batch());
  EXPECT_EQ(addresses(), 2);
  world.apply(BatchBuilder()
                  .simple("example.com.", "other.example.com.", RRType::kTxt, {"\"in the way\""})
                  .batch());
  EXPECT_EQ(addresses(), 0);
  world.apply(BatchBuilder()
                  .simple("example.com.", "*.other.example.com.", RRType::kA, {"192.0.2.10"})
                  .batch());
  EXPECT_EQ(addresses(), 1);
}

TEST(Table, TracksTheEndOfAnAliasWhenItsTargetChanges) {
  World world = example();
  const auto change =
      world.apply(BatchBuilder()
                      .simple("example.com.", "www.example.com.", RRType::kAaaa, {"2001:db8::1"})
                      .batch());
  EXPECT_EQ(world.ask("alias.example.com.", RRType::kAaaa).answer->variants[0].ancount, 2);
  EXPECT_EQ(change.names.size(), 2u);
}

TEST(Table, DoesNotTouchAliasesWhenOnlyTheSerialMoves) {
  World world = example();
  const auto change = world.apply(BatchBuilder().zone("example.com.", 1, 2).batch());
  EXPECT_EQ(change.names, (std::vector<dns::Name>{name("example.com.")}));
  EXPECT_EQ(change.zones, (std::vector<model::ZoneId>{1}));
}

TEST(Table, RecompilesOnlyTheDependentsOfACheckThatFlips) {
  World world = example();
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {weighted("a", 50, "192.0.2.1", "ca"), weighted("b", 50, "192.0.2.2", "cb")};
  world.apply(
      BatchBuilder()
          .check("ca")
          .check("cb")
          .group("example.com.", "api.example.com.", group)
          .simple("example.com.", "alias2.example.com.", RRType::kCname, {"api.example.com."})
          .batch());
  const auto change = world.flip("ca", Health::kUnhealthy);
  EXPECT_EQ(change.names.size(), 2u);
  EXPECT_EQ(world.ask("alias2.example.com.", RRType::kA).answer->variants.size(), 1u);
  EXPECT_EQ(world.flip("ca", Health::kUnhealthy).names.size(), 0u);
  EXPECT_EQ(world.compiler().dependents("ca").size(), 2u);
}

TEST(Table, KeepsRingAndCounterIdsAcrossAFlip) {
  World world = example();
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {weighted("a", 50, "192.0.2.1", "ca"), weighted("b", 50, "192.0.2.2", "cb"),
                weighted("c", 50, "192.0.2.3", "cb")};
  world.apply(BatchBuilder()
                  .check("ca")
                  .check("cb")
                  .group("example.com.", "api.example.com.", group)
                  .batch());
  const model::Answer before = *world.ask("api.example.com.", RRType::kA).answer;
  world.flip("ca", Health::kUnhealthy);
  world.flip("ca", Health::kHealthy);
  EXPECT_EQ(*world.ask("api.example.com.", RRType::kA).answer, before);
}

TEST(Table, AnswersServfailWhileTheFirstVerdictIsAwaited) {
  World world = example();
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {weighted("a", 50, "192.0.2.1", "ca")};
  world.seen.awaiting_first_verdicts = true;
  world.apply(BatchBuilder().check("ca").group("example.com.", "api.example.com.", group).batch());
  EXPECT_EQ(world.ask("api.example.com.", RRType::kA).answer->variants[0].rcode, 2);
  world.flip("ca", Health::kHealthy);
  EXPECT_EQ(world.ask("api.example.com.", RRType::kA).answer->variants[0].rcode, 0);
}

TEST(Table, EndsALoopOfAliasesWithTheChainSoFar) {
  World world = example();
  world.apply(BatchBuilder()
                  .simple("example.com.", "l1.example.com.", RRType::kCname, {"l2.example.com."})
                  .simple("example.com.", "l2.example.com.", RRType::kCname, {"l1.example.com."})
                  .batch());
  EXPECT_EQ(world.ask("l1.example.com.", RRType::kA).answer->variants[0].ancount, 2);
}

// RFC 4592 section 2.2.1: the zone and its queries.
TEST(Wildcards, FollowTheExamplesOfRfc4592) {
  World world;
  world.apply(
      BatchBuilder()
          .zone("example.", 1)
          .simple("example.", "*.example.", RRType::kTxt, {"\"this is a wildcard\""})
          .simple("example.", "*.example.", RRType::kMx, {"10 host1.example."})
          .simple("example.", "sub.*.example.", RRType::kTxt, {"\"this is not a wildcard\""})
          .simple("example.", "host1.example.", RRType::kA, {"192.0.2.1"})
          .simple("example.", "_ssh._tcp.host1.example.", RRType::kSrv, {"0 0 22 host1.example."})
          .simple("example.", "_ssh._tcp.host2.example.", RRType::kSrv, {"0 0 22 host2.example."})
          .simple("example.", "subdel.example.", RRType::kNs, {"ns.example.com."})
          .batch());
  for (const auto& [qname, type] :
       {std::pair{"host3.example.", RRType::kMx}, {"foo.bar.example.", RRType::kTxt}}) {
    EXPECT_TRUE(world.ask(qname, type).from_wildcard) << qname;
    EXPECT_EQ(world.ask(qname, type).kind, FindingKind::kAnswer) << qname;
  }
  EXPECT_EQ(world.ask("host3.example.", RRType::kA).negative->outcome, Outcome::kNodata);
  for (const auto& [qname, type] :
       {std::pair{"host1.example.", RRType::kMx}, {"sub.*.example.", RRType::kMx}}) {
    EXPECT_EQ(world.ask(qname, type).negative->outcome, Outcome::kNodata) << qname;
  }
  for (const char* qname : {"_telnet._tcp.host1.example.", "ghost.*.example."}) {
    EXPECT_EQ(world.ask(qname, RRType::kSrv).negative->outcome, Outcome::kNxdomain) << qname;
  }
  EXPECT_EQ(world.ask("host.subdel.example.", RRType::kA).kind, FindingKind::kReferral);
}

TEST(NestedZones, TheDeepestZoneAnswersAndItsParentKeepsTheDs) {
  World world = example();
  world.apply(BatchBuilder()
                  .zone("deep.example.com.", 2)
                  .simple("example.com.", "deep.example.com.", RRType::kDs,
                          {"1 13 2 "
                           "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF"})
                  .batch());
  EXPECT_EQ(world.ask("a.deep.example.com.", RRType::kA).negative->outcome, Outcome::kNxdomain);
  EXPECT_EQ(world.ask("a.deep.example.com.", RRType::kA).zone, 2u);
  EXPECT_EQ(world.ask("deep.example.com.", RRType::kDs).answer->variants[0].ancount, 1);
  world.apply(BatchBuilder().delete_zone("deep.example.com.").batch());
  EXPECT_EQ(world.ask("a.deep.example.com.", RRType::kA).kind, FindingKind::kAnswer);
}

TEST(NestedZones, NamesOnTheWayToADeeperApexDoNotExist) {
  World world;
  world.apply(BatchBuilder().zone("test.", 1).zone("a.b.c.test.", 2).batch());
  EXPECT_EQ(world.ask("b.c.test.", RRType::kA).negative->outcome, Outcome::kNxdomain);
  EXPECT_EQ(world.ask("x.b.c.test.", RRType::kA).zone, 1u);
  world.apply(BatchBuilder().simple("test.", "c.test.", RRType::kA, {"192.0.2.1"}).batch());
  EXPECT_EQ(world.ask("x.b.c.test.", RRType::kA).negative->outcome, Outcome::kNxdomain);
  EXPECT_EQ(locate(world.compiler().table()->nodes, name("x.b.c.test.")).encloser_name,
            name("c.test."));
}

// Ids differ between compilers with different pasts; answers must not.
model::AnswerPtr without_ids(const model::AnswerPtr& answer) {
  if (answer == nullptr) return nullptr;
  auto copy = std::make_shared<model::Answer>(*answer);
  if (copy->ring) copy->ring = model::Ring{copy->ring->slots, copy->ring->mode, 0};
  for (auto& variant : copy->variants) variant.counter = 0;
  return copy;
}

model::Node without_ids(const model::Node& node) {
  model::Node copy = node;
  for (auto& [type, answer] : copy.types) answer = without_ids(answer);
  copy.other = without_ids(copy.other);
  return copy;
}

void expect_same(const model::AnswerTable& a, const model::AnswerTable& b) {
  ASSERT_EQ(a.nodes.size(), b.nodes.size());
  a.nodes.for_each([&](const dns::Name& owner, const model::NodePtr& node) {
    const model::NodePtr* other = b.nodes.find(owner);
    ASSERT_NE(other, nullptr) << owner.text();
    EXPECT_TRUE(without_ids(*node).serves_like(without_ids(**other))) << owner.text();
    EXPECT_EQ(node->children, (*other)->children) << owner.text();
    EXPECT_EQ(node->real_children, (*other)->real_children) << owner.text();
    EXPECT_EQ(node->has_records, (*other)->has_records) << owner.text();
  });
  ASSERT_EQ(a.zone_answers.size(), b.zone_answers.size());
  a.zone_answers.for_each([&](model::ZoneId id, const model::ZoneAnswersPtr& answers) {
    ASSERT_NE(b.zone_answers.find(id), nullptr);
    EXPECT_EQ(*answers, **b.zone_answers.find(id));
  });
}

// Every node that serves differently must be listed in the change, or the kernel would keep the old
// one.
void expect_listed(const model::AnswerTable& before, const model::AnswerTable& after,
                   const model::TableChange& change) {
  const std::set<dns::Name> listed(change.names.begin(), change.names.end());
  const auto check = [&](const dns::Name& owner, const model::Node* a, const model::Node* b) {
    const bool same = a != nullptr && b != nullptr && a->serves_like(*b);
    EXPECT_TRUE(same || listed.contains(owner)) << owner.text();
  };
  after.nodes.for_each([&](const dns::Name& owner, const model::NodePtr& node) {
    const model::NodePtr* old = before.nodes.find(owner);
    check(owner, old == nullptr ? nullptr : old->get(), node.get());
  });
  before.nodes.for_each([&](const dns::Name& owner, const model::NodePtr& node) {
    if (after.nodes.find(owner) == nullptr) check(owner, node.get(), nullptr);
  });
}

// Draws small batches over few names, so that cuts, aliases, wildcards and nested zones meet often.
class RandomBatches {
 public:
  explicit RandomBatches(unsigned seed) : random_(seed) {}

  BatchBuilder next(const model::Config& config) {
    BatchBuilder batch;
    const unsigned changes = 1 + random_() % 4;
    for (unsigned i = 0; i < changes; ++i) add(config, batch);
    return batch;
  }

  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }

 private:
  std::string pick_apex() {
    static const char* kApexes[] = {"test.", "a.test.", "c.b.a.test.", "b.test.", "other."};
    return kApexes[draw(5)];
  }
  std::string pick_owner(const std::string& apex) {
    static const char* kLabels[] = {"a.", "b.", "c.", "*.", "d."};
    std::string owner = apex;
    for (unsigned depth = draw(4); depth > 0; --depth) owner = kLabels[draw(5)] + owner;
    return owner;
  }

  void add(const model::Config& config, BatchBuilder& batch) {
    const std::string apex = pick_apex();
    if (draw(8) == 0) {
      batch.zone(apex, 1 + draw(1000000), draw(100));
      return;
    }
    if (draw(20) == 0) {
      batch.delete_zone(apex);
      return;
    }
    const std::string owner = pick_owner(apex);
    const model::ZonePtr* zone = config.zones.find(name(apex));
    if (zone != nullptr && draw(3) == 0) {
      remove_one(**zone, batch);
      return;
    }
    put_one(apex, owner, batch);
  }

  void remove_one(const model::Zone& zone, BatchBuilder& batch) {
    std::vector<std::pair<dns::Name, RRType>> present;
    zone.owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
      for (const auto& group : records->groups) present.emplace_back(owner, group->type);
    });
    // The map's own order differs from run to run.
    std::sort(present.begin(), present.end());
    const auto& [owner, type] = present[draw(static_cast<unsigned>(present.size()))];
    batch.remove(zone.apex.text(), owner.text(), type);
  }

  void put_one(const std::string& apex, const std::string& owner, BatchBuilder& batch) {
    switch (draw(7)) {
      case 0:
        batch.simple(apex, owner, RRType::kNs, {"ns." + owner, "a.b." + apex});
        return;
      case 1:
      case 2:
        batch.simple(apex, owner, RRType::kCname, {pick_owner(pick_apex())});
        return;
      case 3:
        batch.simple(apex, owner, RRType::kDname, {pick_owner(pick_apex())});
        return;
      case 4: {
        model::RecordGroup group;
        group.type = RRType::kA;
        group.sets = {weighted("x", draw(3), "192.0.2.1", draw(2) == 0 ? "c0" : ""),
                      weighted("y", draw(3), "192.0.2.2", "c1")};
        batch.check("c0").check("c1").group(apex, owner, group);
        return;
      }
      case 5: {
        model::RecordGroup group;
        group.type = RRType::kCname;
        group.sets = {weighted("x", draw(3), pick_owner(pick_apex()), "c0", RRType::kCname),
                      weighted("y", draw(3), pick_owner(pick_apex()), "c1", RRType::kCname)};
        batch.check("c0").check("c1").group(apex, owner, group);
        return;
      }
      default:
        if (draw(2) == 0) {
          batch.simple(apex, owner, RRType::kAaaa, {draw(2) == 0 ? "2001:db8::1" : "2001:db8::2"});
        } else {
          batch.simple(apex, owner, RRType::kTxt, {"\"text\""});
        }
    }
  }

  std::mt19937 random_;
};

class IncrementalCompile : public ::testing::TestWithParam<unsigned> {};

TEST_P(IncrementalCompile, EqualsCompilingTheWholeConfiguration) {
  RandomBatches batches(GetParam());
  model::Config config;
  model::Observations seen;
  IdRegistry ids(1000, 1000);
  TableCompiler compiler(ids);
  int accepted = 0;
  for (int round = 0; round < 250; ++round) {
    const model::AnswerTablePtr before = compiler.table();
    CompiledTable compiled;
    if (batches.draw(4) == 0) {
      const std::string check = batches.draw(2) == 0 ? "c0" : "c1";
      seen.health.set(check, batches.draw(2) == 0 ? Health::kHealthy : Health::kUnhealthy);
      compiled = compiler.compile_health(config, seen, {check});
    } else {
      const BatchBuilder batch = batches.next(config);
      const auto next = apply_batch(config, batch.batch());
      if (!next.ok()) continue;
      compiled = compiler.compile_batch(*next, seen, batch.batch());
      if (batches.draw(5) == 0) continue;  // as if publishing had failed: nothing may stick
      config = *next;
    }
    compiler.accept(compiled);
    ++accepted;
    expect_listed(*before, *compiler.table(), compiled.change);
    IdRegistry fresh_ids(1000, 1000);
    TableCompiler fresh(fresh_ids);
    expect_same(*compiler.table(), *fresh.compile_all(config, seen).table);
    if (HasFailure()) FAIL() << "seed " << GetParam() << " round " << round;
  }
  EXPECT_GT(accepted, 60);
}

INSTANTIATE_TEST_SUITE_P(Seeds, IncrementalCompile, ::testing::Range(1u, 21u));

}  // namespace
}  // namespace signpost::policy
