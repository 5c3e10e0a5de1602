// Which aliases and traffic policy instances a batch may leave behind, and what they keep from
// being removed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "model/references.h"
#include "policy/record_rules_references.h"
#include "policy/traffic_policy.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"
#include "tests/unit/policy/traffic_policy_documents.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using ::testing::HasSubstr;
using BatchBuilder = signpost::testing::BatchBuilder;
using signpost::testing::alias;
using signpost::testing::name;
using signpost::testing::weighted;

constexpr const char* kApex = "example.com.";

model::RecordGroup group_of(model::RecordSets sets, RRType type = RRType::kA) {
  model::RecordGroup group;
  group.type = type;
  group.sets = std::move(sets);
  return group;
}

// Simple aliases: "b.example.com." -> "a.example.com." as aliases(batch, {"b", "a"}).
void add_alias(BatchBuilder& batch, const std::string& from, const std::string& to,
               const std::string& zone = kApex, RRType type = RRType::kA) {
  batch.group(kApex, absl::StrCat(from, ".example.com."),
              group_of({alias("", model::Simple{}, zone, to, false)}, type));
}

class AliasRulesTest : public ::testing::Test {
 protected:
  AliasRulesTest() {
    apply(BatchBuilder()
              .zone(kApex, 1)
              .zone("example.net.", 2)
              .check("c")
              .simple(kApex, "a.example.com.", RRType::kA, {"192.0.2.1"})
              .simple("example.net.", "www.example.net.", RRType::kA, {"192.0.2.2"})
              .batch());
  }

  std::string refusal(const model::ChangeBatch& batch) const {
    const auto after = apply_batch(config_, batch);
    return after.ok() ? "accepted" : std::string(after.status().message());
  }
  std::string refusal_of_alias(const std::string& from, const std::string& to,
                               const std::string& zone = kApex, RRType type = RRType::kA) const {
    BatchBuilder batch;
    add_alias(batch, from, to, zone, type);
    return refusal(batch.batch());
  }
  void apply(const model::ChangeBatch& batch) {
    config_ = signpost::testing::applied(config_, batch);
  }
  void put_alias(const std::string& from, const std::string& to) {
    BatchBuilder batch;
    add_alias(batch, from, to);
    apply(batch.batch());
  }

  model::Config config_;
};

TEST_F(AliasRulesTest, TargetsMustExistInTheZoneAndWithTheType) {
  EXPECT_EQ(refusal_of_alias("b", "a.example.com."), "accepted");
  EXPECT_EQ(refusal_of_alias("b", "www.example.net.", "example.net."), "accepted");
  EXPECT_EQ(refusal_of_alias("b", "none.example.com."),
            "Tried to create an alias that targets none.example.com., type A in zone example.com., "
            "but that target was not found");
  EXPECT_EQ(refusal_of_alias("b", "a.example.com.", kApex, RRType::kAaaa),
            "Tried to create an alias that targets a.example.com., type AAAA in zone example.com., "
            "but that target was not found");
  EXPECT_EQ(refusal_of_alias("b", "www.example.net."),
            "Tried to create an alias that targets www.example.net., type A in zone example.com., "
            "but the alias target name does not lie within the target zone");
}

TEST_F(AliasRulesTest, SomeTypesHaveNoAliases) {
  EXPECT_THAT(refusal_of_alias("b", "example.com.", kApex, RRType::kNs),
              HasSubstr("RRSet with DNS name b.example.com., type NS contains an alias target, but "
                        "aliases of that type are forbidden"));
  EXPECT_THAT(refusal_of_alias("b", "a.example.com.", kApex, RRType::kDs),
              HasSubstr("aliases of that type are not supported"));
}

TEST_F(AliasRulesTest, AnAliasHasNoRecordsOfItsOwn) {
  model::RecordSet set = alias("", model::Simple{}, kApex, "a.example.com.", false);
  set.ttl = 60;
  EXPECT_EQ(
      refusal(BatchBuilder().group(kApex, "b.example.com.", group_of({set})).batch()),
      "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], "
      "or "
      "TrafficPolicyInstanceId], but found more than one in Change with [Name=b.example.com., "
      "Type=A, SetIdentifier=null]");
}

TEST_F(AliasRulesTest, AnAliasAtTheApexIsAllowedButNotOfTypeCname) {
  BatchBuilder batch;
  batch.group(kApex, kApex, group_of({alias("", model::Simple{}, kApex, "a.example.com.", false)}));
  EXPECT_EQ(refusal(batch.batch()), "accepted");
  BatchBuilder cname;
  cname.simple(kApex, "to.example.com.", RRType::kCname, {"a.example.com."})
      .group(
          kApex, kApex,
          group_of({alias("", model::Simple{}, kApex, "to.example.com.", false)}, RRType::kCname));
  EXPECT_EQ(refusal(cname.batch()),
            "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone "
            "example.com.");
}

TEST_F(AliasRulesTest, CyclesAreRefusedWithTheirPath) {
  put_alias("b", "a.example.com.");
  put_alias("c", "b.example.com.");
  EXPECT_EQ(
      refusal_of_alias("a", "c.example.com."),
      "RRSet with DNS name a.example.com., type A contains an alias target that leads back to "
      "itself: a.example.com. A -> c.example.com. A -> b.example.com. A -> a.example.com. A");
  EXPECT_THAT(refusal_of_alias("a", "a.example.com."),
              HasSubstr("leads back to itself: a.example.com. A -> a.example.com. A"));
}

TEST_F(AliasRulesTest, SixteenAliasesInARowAreAllowedWhereverTheLastOneIsAdded) {
  apply(BatchBuilder().simple(kApex, "n0.example.com.", RRType::kA, {"192.0.2.1"}).batch());
  for (int i = 1; i <= 16; ++i)
    put_alias(absl::StrCat("n", i), absl::StrCat("n", i - 1, ".example.com."));
  EXPECT_THAT(refusal_of_alias("n17", "n16.example.com."),
              HasSubstr("leads through too many aliases: n17.example.com. A -> n16."));
  // In the middle and at the end of the chain: what is above it counts.
  EXPECT_THAT(refusal_of_alias("n0", "a.example.com."),
              HasSubstr("RRSet with DNS name n16.example.com., type A leads through 17 aliases"));
  BatchBuilder middle;
  add_alias(middle, "extra", "n7.example.com.");
  add_alias(middle, "n8", "extra.example.com.");
  EXPECT_THAT(refusal(middle.batch()), HasSubstr("n16.example.com., type A leads through 17"));
}

TEST_F(AliasRulesTest, AVeryLongChainInOneBatchIsRefusedWithoutFollowingAllOfIt) {
  constexpr int kLength = 20'000;
  BatchBuilder upwards;
  BatchBuilder downwards;
  add_alias(upwards, "n0", "a.example.com.");
  for (int i = 1; i < kLength; ++i) {
    const int down = kLength - i;
    add_alias(upwards, absl::StrCat("n", i), absl::StrCat("n", i - 1, ".example.com."));
    add_alias(downwards, absl::StrCat("n", down), absl::StrCat("n", down - 1, ".example.com."));
  }
  add_alias(downwards, "n0", "a.example.com.");
  EXPECT_THAT(refusal(upwards.batch()), HasSubstr("leads through 17 aliases; at most 16"));
  EXPECT_THAT(refusal(downwards.batch()), HasSubstr("leads through too many aliases"));
}

TEST_F(AliasRulesTest, TheWaysThroughAliasesAreLimitedWhereverTheyGrow) {
  // Each level leads to the next one by `sets` sets.
  const auto level = [](BatchBuilder& batch, int index, int sets) {
    model::RecordSets all;
    for (int i = 0; i < sets; ++i) {
      all.push_back(alias(absl::StrCat("s", i), model::Weighted{1}, kApex,
                          absl::StrCat("l", index - 1, ".example.com."), false));
    }
    batch.group(kApex, absl::StrCat("l", index, ".example.com."), group_of(std::move(all)));
  };
  BatchBuilder batch;
  batch.simple(kApex, "l0.example.com.", RRType::kA, {"192.0.2.1"});
  for (int i = 1; i <= 6; ++i) level(batch, i, 4);
  apply(batch.batch());  // 4096 ways
  BatchBuilder wider;
  level(wider, 1, 5);
  EXPECT_EQ(refusal(wider.batch()),
            "RRSet with DNS name l6.example.com., type A leads through its aliases to more than "
            "4096 record sets");
}

TEST_F(AliasRulesTest, WhatAnAliasTargetsStays) {
  put_alias("b", "a.example.com.");
  const auto removal = BatchBuilder().remove(kApex, "a.example.com.", RRType::kA);
  EXPECT_EQ(refusal(removal.batch()),
            "Tried to delete resource record set [name='a.example.com.', type='A'] but it is the "
            "alias target of b.example.com., type A");
  BatchBuilder both;
  both.remove(kApex, "a.example.com.", RRType::kA).remove(kApex, "b.example.com.", RRType::kA);
  EXPECT_EQ(refusal(both.batch()), "accepted");
  BatchBuilder replaced;
  replaced.remove(kApex, "a.example.com.", RRType::kA)
      .simple(kApex, "a.example.com.", RRType::kA, {"192.0.2.9"});
  EXPECT_EQ(refusal(replaced.batch()), "accepted");
  apply(BatchBuilder().remove(kApex, "b.example.com.", RRType::kA).batch());
  EXPECT_EQ(refusal(removal.batch()), "accepted");
}

TEST_F(AliasRulesTest, AZoneThatHoldsTargetsOfOthersStays) {
  BatchBuilder batch;
  add_alias(batch, "b", "www.example.net.", "example.net.");
  apply(batch.batch());
  EXPECT_EQ(refusal(BatchBuilder().delete_zone("example.net.").batch()),
            "Tried to delete resource record set [name='www.example.net.', type='A'] but it is the "
            "alias target of b.example.com., type A");
  EXPECT_EQ(refusal(BatchBuilder().delete_zone("example.net.").delete_zone(kApex).batch()),
            "accepted");
}

TEST_F(AliasRulesTest, RulesHoldForAConfigurationThatWasLoadedWithoutItsReferences) {
  put_alias("b", "a.example.com.");
  config_.references = nullptr;
  EXPECT_THAT(refusal(BatchBuilder().remove(kApex, "a.example.com.", RRType::kA).batch()),
              HasSubstr("alias target of b.example.com."));
}

TEST_F(AliasRulesTest, AnExternalAliasMayNotAskForItself) {
  model::RecordSet set = alias("", model::Simple{}, ".", "b.example.com.", false);
  model::AliasTarget target = *set.alias;
  target.external = true;
  set.alias = target;
  EXPECT_THAT(refusal(BatchBuilder().group(kApex, "b.example.com.", group_of({set})).batch()),
              HasSubstr("contains an alias target that is external and has its own name"));
}

class InstanceRules : public AliasRulesTest {
 protected:
  // A policy of the latency rule with one region and check; empty: none.
  static model::Change put_policy(const std::string& region, const std::string& check) {
    model::TrafficPolicy policy = testing::policy_of(testing::rule_document(absl::StrCat(
        R"({"RuleType":"latency","Regions":[{"EndpointReference":"one","Region":")", region, "\"",
        check.empty() ? "" : absl::StrCat(R"(,"HealthCheck":")", check, "\""), "}]}")));
    return model::PutTrafficPolicy{std::make_shared<const model::TrafficPolicy>(policy)};
  }
  static model::Change put_instance(const model::Change& policy, std::uint32_t ttl = 60) {
    return model::PutGroup{
        name(kApex), name("i.example.com."),
        expand_traffic_policy(*std::get<model::PutTrafficPolicy>(policy).policy, ttl).value()};
  }
  static model::ChangeBatch batch_of(std::vector<model::Change> changes) {
    return {std::move(changes), "", ""};
  }
};

TEST_F(InstanceRules, APolicyAndItsInstanceComeInOneBatch) {
  const model::Change policy = put_policy("us-east-1", "c");
  EXPECT_EQ(refusal(batch_of({policy, put_instance(policy)})), "accepted");
  EXPECT_EQ(refusal(batch_of({put_instance(policy)})),
            "i.example.com., type A: there is no traffic policy p/3; define it under "
            "traffic_policies");
  EXPECT_THAT(refusal(batch_of({policy, put_instance(policy, 2147483648u)})),
              HasSubstr("TTL 2147483648 is above 2147483647"));
}

TEST_F(InstanceRules, AWrongPolicyIsToldOnceWithItsPath) {
  const model::Change policy = put_policy("xx-fake-1", "");
  EXPECT_EQ(refusal(batch_of({policy, put_instance(policy)})),
            "traffic policy p/3: InvalidTrafficPolicyDocument: Rules.r.Regions[0]: Cannot find "
            "region 'xx-fake-1'. No changes made.");
}

TEST_F(InstanceRules, APolicyInUseStaysAndSoDoesItsRegion) {
  const model::Change policy = put_policy("my-site", "");
  apply(batch_of({model::PutRegion{"my-site", {50, 8}}, policy, put_instance(policy)}));
  EXPECT_EQ(refusal(batch_of({model::DeleteTrafficPolicy{"p", 3}})),
            "TrafficPolicyInUse: traffic policy p/3 is in use at i.example.com., type A");
  EXPECT_EQ(refusal(batch_of({model::DeleteRegion{"my-site"}})),
            "region my-site is in use by i.example.com., type A");
  EXPECT_EQ(refusal(batch_of({model::DeleteGroup{name(kApex), name("i.example.com."), RRType::kA},
                              model::DeleteTrafficPolicy{"p", 3}, model::DeleteRegion{"my-site"}})),
            "accepted");
}

std::set<std::string> text_of(const model::GroupKeys& keys) {
  std::set<std::string> text;
  keys.for_each([&](const model::GroupKey& key, model::Present) { text.insert(words_of(key)); });
  return text;
}

// All that an index holds, as text.
std::map<std::string, std::set<std::string>> text_of(const model::References& index) {
  std::map<std::string, std::set<std::string>> text;
  const auto add = [&](const auto& map, const std::string& kind, const auto& words) {
    map.for_each([&](const auto& key, const model::GroupKeys& by) {
      text[kind + words(key)] = text_of(by);
    });
  };
  const auto same = [](const std::string& id) { return id; };
  add(index.aliases, "alias ", [](const model::GroupKey& key) { return words_of(key); });
  add(index.health_checks, "check ", same);
  add(index.regions, "region ", same);
  return text;
}

TEST_F(AliasRulesTest, TheIndexKeptBatchByBatchIsThatOfTheWholeConfiguration) {
  const std::uint32_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto pick = [&](unsigned below) { return random() % below; };
  apply(BatchBuilder().check("d").batch());
  for (int round = 0; round < 300; ++round) {
    BatchBuilder batch;
    for (unsigned change = 0; change <= pick(4); ++change) {
      const std::string owner = absl::StrCat("r", pick(8), ".example.com.");
      if (pick(4) == 0) {
        batch.remove(kApex, owner, RRType::kA);
      } else if (pick(2) == 0) {
        batch.group(kApex, owner,
                    group_of({alias("s", model::Weighted{1}, kApex,
                                    absl::StrCat("r", pick(8), ".example.com."), true, "d")}));
      } else {
        batch.group(kApex, owner,
                    group_of({signpost::testing::routed(
                        "s", model::Latency(model::LatencyFields{"us-east-1"}), "192.0.2.1",
                        pick(2) == 0 ? "c" : "d")}));
      }
    }
    auto after = apply_batch(config_, batch.batch());
    if (!after.ok()) continue;
    config_ = *std::move(after);
    model::Config loaded = config_;
    loaded.references = nullptr;
    ASSERT_EQ(text_of(*config_.references), text_of(*references_of(loaded))) << "round " << round;
  }
}

}  // namespace
}  // namespace signpost::policy
