// Zones that are copied from primaries: what the configuration may say of them, and what they
// answer while they have no records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "policy/lookup.h"
#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Outcome;
using signpost::testing::applied;
using signpost::testing::BatchBuilder;
using signpost::testing::name;
using ::testing::HasSubstr;

model::Change secondary(const std::string& apex, const std::string& key = "") {
  model::SecondaryZone zone{
      .zone = name(apex), .primaries = {{.address = "192.0.2.53"}}, .max_mebibytes = 1};
  if (!key.empty()) zone.primaries[0].key = name(key);
  return model::PutSecondaryZone{std::make_shared<const model::SecondaryZone>(zone)};
}

model::Change copied(const std::string& apex, model::ZoneId id,
                     model::ZoneManager manager = model::ZoneManager::kPrimaries) {
  model::Zone zone;
  zone.id = id;
  zone.apex = name(apex);
  zone.manager = manager;
  return model::PutZone{zone};
}

model::ChangeBatch batch_of(std::vector<model::Change> changes) {
  model::ChangeBatch batch;
  batch.changes = std::move(changes);
  return batch;
}

std::string refusal(const model::Config& before, std::vector<model::Change> changes) {
  return std::string(apply_batch(before, batch_of(std::move(changes))).status().message());
}

TEST(SecondaryZone, IsAZoneManagedByPrimaries) {
  EXPECT_EQ(refusal({}, {secondary("example.com."), copied("example.com.", 1)}), "");
  EXPECT_THAT(refusal({}, {secondary("example.com.")}),
              HasSubstr("zone example.com. is among secondary_zones, but not copied"));
  EXPECT_THAT(refusal({}, {copied("example.com.", 1)}),
              HasSubstr("zone example.com. is copied from its primaries, but not among"));
  const model::Config held =
      applied({}, batch_of({secondary("example.com."), copied("example.com.", 1)}));
  EXPECT_THAT(refusal(held, {model::DeleteSecondaryZone{"example.com."}}),
              HasSubstr("but not among secondary_zones"));
  EXPECT_THAT(refusal(held, {model::DeleteZone{name("example.com.")}}),
              HasSubstr("but not copied from its primaries"));
  EXPECT_EQ(refusal(held, {model::DeleteSecondaryZone{"example.com."},
                           model::DeleteZone{name("example.com.")}}),
            "");
}

TEST(SecondaryZone, NamesKeysThatThereAre) {
  EXPECT_EQ(refusal({}, {secondary("example.com.", "xfr.example."), copied("example.com.", 1)}),
            "secondary zone example.com.: there is no TSIG key xfr.example.; define it under "
            "tsig_keys");
}

TEST(SecondaryZone, AloneMayHaveNoRecords) {
  EXPECT_THAT(refusal({}, {copied("example.com.", 1, model::ZoneManager::kFiles)}),
              HasSubstr("exactly one SOA record"));
}

TEST(SecondaryZone, IsNoPlaceForAliasesToLeadTo) {
  BatchBuilder batch;
  batch.zone("example.net.", 2);
  model::ChangeBatch changes = batch.batch();
  changes.changes.push_back(secondary("example.com."));
  changes.changes.push_back(copied("example.com.", 1));
  model::RecordGroup group;
  group.type = RRType::kA;
  group.sets = {
      signpost::testing::alias("", model::Simple(), "example.com.", "www.example.com.", false)};
  changes.changes.emplace_back(model::PutGroup{name("example.net."), name("a.example.net."),
                                               std::make_shared<const model::RecordGroup>(group)});
  EXPECT_THAT(std::string(apply_batch({}, changes).status().message()),
              HasSubstr("which is copied from its primaries"));
}

// Follows a configuration change by change, and compares with a table made from scratch.
class SecondaryAnswers : public ::testing::Test {
 protected:
  void apply(const model::ChangeBatch& batch) {
    config_ = applied(config_, batch);
    const CompiledTable compiled = compiler_.compile_batch(config_, {}, batch);
    compiler_.accept(compiled);
    table_ = compiled.table;
    IdRegistry ids{1000, 1000};
    TableCompiler fresh(ids);
    const model::AnswerTablePtr whole = fresh.compile_all(config_, {}).table;
    whole->nodes.for_each([&](const dns::Name& owner, const model::NodePtr& node) {
      const model::NodePtr* kept = table_->nodes.find(owner);
      ASSERT_NE(kept, nullptr) << owner.text();
      EXPECT_TRUE((*kept)->serves_like(*node)) << owner.text();
    });
    EXPECT_EQ(whole->nodes.size(), table_->nodes.size());
  }

  Outcome outcome(const std::string& qname, RRType type = RRType::kA) const {
    const Finding finding = find(*table_, name(qname), type);
    if (finding.negative != nullptr) return finding.negative->outcome;
    EXPECT_NE(finding.answer, nullptr) << qname;
    return finding.answer == nullptr ? Outcome::kServfail
                                     : finding.answer->variants.front().outcome;
  }

  // What a first transfer brings, as far as it matters here.
  static model::ChangeBatch transfer() {
    BatchBuilder batch;
    batch.zone("sub.example.com.", 2)
        .simple("sub.example.com.", "www.sub.example.com.", RRType::kA, {"192.0.2.2"});
    model::ChangeBatch changes = batch.batch();
    changes.changes.erase(changes.changes.begin());  // PutZone
    return changes;
  }

  static model::ChangeBatch removal() {
    return batch_of(
        {model::DeleteGroup{name("sub.example.com."), name("sub.example.com."), RRType::kSoa},
         model::DeleteGroup{name("sub.example.com."), name("sub.example.com."), RRType::kNs},
         model::DeleteGroup{name("sub.example.com."), name("www.sub.example.com."), RRType::kA}});
  }

  SecondaryAnswers() {
    BatchBuilder parent;
    parent.zone("example.com.", 1)
        .simple("example.com.", "www.example.com.", RRType::kA, {"192.0.2.1"})
        .simple("example.com.", "sub.example.com.", RRType::kNs, {"ns.sub.example.com."})
        .simple("example.com.", "chain.example.com.", RRType::kCname, {"www.sub.example.com."})
        .simple("example.com.", "loose.example.com.", RRType::kCname, {"no.sub.example.com."});
    apply(parent.batch());
    apply(batch_of({secondary("sub.example.com."), copied("sub.example.com.", 2)}));
  }

  IdRegistry ids_{1000, 1000};
  TableCompiler compiler_{ids_};
  model::Config config_;
  model::AnswerTablePtr table_;
};

TEST_F(SecondaryAnswers, AreServfailBeforeTheFirstTransfer) {
  for (const char* qname : {"sub.example.com.", "www.sub.example.com.", "a.b.sub.example.com."}) {
    EXPECT_EQ(outcome(qname), Outcome::kServfail) << qname;
    EXPECT_EQ(outcome(qname, RRType::kSoa), Outcome::kServfail) << qname;
  }
  EXPECT_EQ(outcome("www.example.com."), Outcome::kAnswer);
  EXPECT_EQ(outcome("no.example.com."), Outcome::kNxdomain);
}

TEST_F(SecondaryAnswers, OfAChainThatLeadsThereEndWithTheAlias) {
  const Finding finding = find(*table_, name("chain.example.com."), RRType::kA);
  ASSERT_NE(finding.answer, nullptr);
  const model::Variant& variant = finding.answer->variants.front();
  EXPECT_EQ(variant.rcode, 0);
  EXPECT_EQ(variant.ancount, 1);
  EXPECT_EQ(variant.nscount, 0);
}

TEST_F(SecondaryAnswers, AreThoseOfTheZoneOnceItIsThere) {
  apply(transfer());
  EXPECT_EQ(outcome("www.sub.example.com."), Outcome::kAnswer);
  EXPECT_EQ(outcome("no.sub.example.com."), Outcome::kNxdomain);
  EXPECT_EQ(find(*table_, name("chain.example.com."), RRType::kA).answer->variants.front().ancount,
            2);
  EXPECT_EQ(outcome("loose.example.com."), Outcome::kNxdomain);
}

TEST_F(SecondaryAnswers, AreServfailAgainOnceItHasExpired) {
  apply(transfer());
  apply(removal());
  EXPECT_EQ(outcome("www.sub.example.com."), Outcome::kServfail);
  EXPECT_EQ(find(*table_, name("loose.example.com."), RRType::kA).answer->variants.front().rcode,
            0);
  apply(transfer());
  EXPECT_EQ(outcome("www.sub.example.com."), Outcome::kAnswer);
}

TEST_F(SecondaryAnswers, AreThoseOfTheParentOnceItIsNotCopiedAnyMore) {
  apply(batch_of({model::DeleteSecondaryZone{"sub.example.com."},
                  model::DeleteZone{name("sub.example.com.")}}));
  EXPECT_EQ(find(*table_, name("www.sub.example.com."), RRType::kA).kind, FindingKind::kReferral);
}

}  // namespace
}  // namespace signpost::policy
