#include "policy/static_view.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "dns/rdata.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::PolicyRecords;
using signpost::testing::alias;
using signpost::testing::applied;
using signpost::testing::BatchBuilder;
using signpost::testing::failover;
using signpost::testing::name;
using signpost::testing::routed;
using signpost::testing::weighted;

constexpr const char* kApex = "example.com.";

model::RecordGroup group_of(model::RecordSets sets) {
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = std::move(sets);
  return group;
}

// What stands for a group of A at api.example.com in a copy: "60 192.0.2.1 …", or why nothing does.
std::string copied(const model::RecordGroup& group,
                   PolicyRecords policy_records = PolicyRecords::kFirstChoice) {
  BatchBuilder batch;
  batch.zone(kApex, 1)
      .simple(kApex, "www.example.com.", RRType::kA, {"192.0.2.1", "192.0.2.2"}, 120)
      .check("down")
      .zone("example.net.", 2)
      .simple("example.net.", "www.example.net.", RRType::kA, {"192.0.2.9"})
      .group(kApex, "api.example.com.", group);
  const model::Config config = applied({}, batch.batch());
  const auto rrset = static_rrset(config, **config.zones.find(name(kApex)),
                                  name("api.example.com."), group, policy_records);
  if (!rrset.ok()) return std::string(rrset.status().message());
  std::string text = std::to_string(rrset->ttl);
  for (const std::string& rdata : rrset->rdata) text += " " + dns::format_rdata(RRType::kA, rdata);
  return text;
}

TEST(StaticView, OfASimpleGroupIsAllItsValues) {
  model::RecordSet set;
  set.ttl = 30;
  set.rdata = {signpost::testing::rdata(RRType::kA, "192.0.2.1"),
               signpost::testing::rdata(RRType::kA, "192.0.2.2")};
  EXPECT_EQ(copied(group_of({set}), PolicyRecords::kRefuse), "30 192.0.2.1 192.0.2.2");
}

TEST(StaticView, OfWeightsIsTheGreatestShare) {
  EXPECT_EQ(copied(group_of({weighted("a", 1, "192.0.2.1"), weighted("b", 5, "192.0.2.2"),
                             weighted("c", 5, "192.0.2.3")})),
            "60 192.0.2.2");
  EXPECT_EQ(copied(group_of({weighted("a", 0, "192.0.2.1"), weighted("b", 5, "192.0.2.2")})),
            "60 192.0.2.2");
}

TEST(StaticView, OfFailoverIsThePrimaryWhateverItsHealth) {
  EXPECT_EQ(copied(group_of({failover("a", model::FailoverRole::kSecondary, "192.0.2.1"),
                             failover("b", model::FailoverRole::kPrimary, "192.0.2.2", "down")})),
            "60 192.0.2.2");
}

TEST(StaticView, OfGeolocationIsTheDefaultElseTheFirst) {
  const model::Policy germany =
      model::Geolocation({.continent = "", .country = "DE", .subdivision = ""});
  const model::Policy france =
      model::Geolocation({.continent = "", .country = "FR", .subdivision = ""});
  const model::Policy everybody =
      model::Geolocation({.continent = "", .country = "*", .subdivision = ""});
  EXPECT_EQ(
      copied(group_of({routed("a", germany, "192.0.2.1"), routed("b", everybody, "192.0.2.2")})),
      "60 192.0.2.2");
  EXPECT_EQ(copied(group_of({routed("a", germany, "192.0.2.1"), routed("b", france, "192.0.2.2")})),
            "60 192.0.2.1");
}

TEST(StaticView, OfMultivalueIsEightSetsTogether) {
  model::RecordSets sets;
  for (char i = '1'; i <= '9'; ++i)
    sets.push_back(routed({i}, model::Multivalue{}, std::string("192.0.2.") + i));
  EXPECT_EQ(copied(group_of(sets)).size(), std::string("60").size() + 8 * sizeof("192.0.2.1"));
}

TEST(StaticView, OfAnAliasIsWhatItLeadsToInTheZone) {
  EXPECT_EQ(copied(group_of({alias("", model::Simple{}, kApex, "www.example.com.", false)})),
            "120 192.0.2.1 192.0.2.2");
  EXPECT_EQ(copied(group_of({alias("a", model::Weighted{9}, kApex, "www.example.com.", true),
                             weighted("b", 1, "192.0.2.5")})),
            "120 192.0.2.1 192.0.2.2");
}

TEST(StaticView, OfAnAliasOutOfTheZoneDoesNotExist) {
  EXPECT_EQ(
      copied(group_of({alias("", model::Simple{}, "example.net.", "www.example.net.", false)})),
      "api.example.com. A: its alias to www.example.net. leads out of it");
}

TEST(StaticView, OfAPolicyIsRefusedUnlessTheFirstChoiceIsAskedFor) {
  EXPECT_EQ(copied(group_of({weighted("a", 1, "192.0.2.1")}), PolicyRecords::kRefuse),
            "api.example.com. A is answered by a policy or an alias, which other servers can't; "
            "set policy_records: first_choice");
}

TEST(StaticView, FollowsOthersByAliasesAlone) {
  EXPECT_FALSE(follows_others(group_of({weighted("a", 1, "192.0.2.1")})));
  EXPECT_TRUE(
      follows_others(group_of({weighted("a", 1, "192.0.2.1"),
                               alias("b", model::Weighted{1}, kApex, "www.example.com.", false)})));
}

// Transfers name keys.
model::ChangeBatch batch_of(std::vector<model::Change> changes) {
  return {.changes = std::move(changes), .author = {}, .comment = {}};
}
model::Change transfer_by(const char* key) {
  model::ZoneAccess transfer;
  transfer.transfer.push_back({std::nullopt, name(key)});
  return model::PutZoneAccess{std::make_shared<const model::ZoneAccess>(transfer)};
}
model::Change key_named(const char* key) {
  return model::PutTsigKey{
      std::make_shared<const model::TsigKey>(model::TsigKey{.name = name(key), .secret = "file"})};
}

TEST(AccessRules, KeysThatRulesNameExist) {
  EXPECT_EQ(apply_batch({}, batch_of({transfer_by("one.")})).status().message(),
            "access to *: there is no TSIG key one.; define it under tsig_keys");
  const model::Config config = applied({}, batch_of({key_named("one."), transfer_by("one.")}));
  EXPECT_EQ(apply_batch(config, batch_of({model::DeleteTsigKey{"one."}})).status().message(),
            "access to *: there is no TSIG key one.; define it under tsig_keys");
  EXPECT_TRUE(
      apply_batch(config, batch_of({model::DeleteZoneAccess{"*"}, model::DeleteTsigKey{"one."}}))
          .ok());
}

TEST(AccessRules, TheZonesOwnSettingsComeBeforeThoseOfEveryZone) {
  model::ZoneAccess own;
  own.zone = name(kApex);
  const model::Config config =
      applied({}, batch_of({key_named("one."), transfer_by("one."),
                            model::PutZoneAccess{std::make_shared<const model::ZoneAccess>(own)}}));
  EXPECT_TRUE(config.access_of(name(kApex))->transfer.empty());
  EXPECT_EQ(config.access_of(name("example.net."))->transfer.size(), 1u);
  EXPECT_EQ(model::Config().access_of(name(kApex)), nullptr);
}

}  // namespace
}  // namespace signpost::policy
