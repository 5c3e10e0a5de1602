// What dynamic updates (RFC 2136) come to.
#include "control/dynamic_update.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dns/rdata.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::control {
namespace {

using dns::MessageRecord;
using dns::RRType;
using server::Rcode;
using signpost::testing::BatchBuilder;
using signpost::testing::name;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kApex = "example.com.";

MessageRecord record(std::uint16_t rclass, const std::string& owner, RRType type, std::uint32_t ttl,
                     const std::string& rdata) {
  return {.owner = name(owner), .type = type, .rclass = rclass, .ttl = ttl, .rdata = rdata};
}
// Changes.
MessageRecord add(const std::string& owner, RRType type, const std::string& text,
                  std::uint32_t ttl = 60) {
  return record(dns::kClassIn, owner, type, ttl, signpost::testing::rdata(type, text));
}
MessageRecord remove(const std::string& owner, RRType type) {
  return record(dns::kClassAny, owner, type, 0, "");
}
MessageRecord remove(const std::string& owner, RRType type, const std::string& text) {
  return record(dns::kClassNone, owner, type, 0, signpost::testing::rdata(type, text));
}
// Prerequisites.
MessageRecord exists(const std::string& owner, RRType type) {
  return record(dns::kClassAny, owner, type, 0, "");
}
MessageRecord exists(const std::string& owner, RRType type, const std::string& text) {
  return record(dns::kClassIn, owner, type, 0, signpost::testing::rdata(type, text));
}
MessageRecord lacks(const std::string& owner, RRType type) {
  return record(dns::kClassNone, owner, type, 0, "");
}

class DynamicUpdate : public ::testing::Test {
 protected:
  DynamicUpdate() {
    model::RecordGroup weights;
    weights.type = RRType::kA;
    weights.sets = {signpost::testing::weighted("one", 1, "192.0.2.1")};
    BatchBuilder batch;
    batch.zone(kApex, 1, 5)
        .simple(kApex, "www.example.com.", RRType::kA, {"192.0.2.1", "192.0.2.2"})
        .simple(kApex, "www.example.com.", RRType::kTxt, {"\"text\""})
        .simple(kApex, "mail.example.com.", RRType::kMx, {"10 Mail.Example.com."})
        .simple(kApex, "alias.example.com.", RRType::kCname, {"www.example.com."})
        .group(kApex, "api.example.com.", weights);
    model::ChangeBatch changes = batch.batch();
    std::get<model::PutZone>(changes.changes[0]).zone.manager = model::ZoneManager::kApi;
    config_ = signpost::testing::applied({}, changes);
  }

  Rcode met(std::vector<MessageRecord> prerequisites) {
    return work_out(config_, update(std::move(prerequisites), {})).rcode;
  }
  UpdateOutcome outcome(std::vector<MessageRecord> updates) {
    return work_out(config_, update({}, std::move(updates)));
  }
  // The records of `owner` once the changes are made: "60 A 192.0.2.1".
  std::vector<std::string> after(std::vector<MessageRecord> updates, const std::string& owner) {
    const UpdateOutcome made = outcome(std::move(updates));
    EXPECT_EQ(made.rcode, Rcode::kNoError) << made.why;
    const model::Config config = policy::apply_batch(config_, made.batch).value();
    std::vector<std::string> texts;
    const model::OwnerRecordsPtr* records =
        (*config.zones.find(name(kApex)))->owners.find(name(owner));
    if (records == nullptr) return texts;
    for (const model::RecordGroupPtr& group : (*records)->groups) {
      for (const std::string& rdata : group->sets.front().rdata)
        texts.push_back(absl::StrCat(group->sets.front().ttl, " ", dns::to_text(group->type), " ",
                                     dns::format_rdata(group->type, rdata)));
    }
    return texts;
  }

  static server::ZoneUpdate update(std::vector<MessageRecord> prerequisites,
                                   std::vector<MessageRecord> updates) {
    return {.apex = name(kApex),
            .key = name("update.example."),
            .prerequisites = std::move(prerequisites),
            .updates = std::move(updates)};
  }

  model::Config config_;
};

TEST_F(DynamicUpdate, PrerequisitesAreWhatTheRfcSays) {
  EXPECT_EQ(met({exists("www.example.com.", RRType::kAny)}), Rcode::kNoError);
  EXPECT_EQ(met({exists("no.example.com.", RRType::kAny)}), Rcode::kNxDomain);
  EXPECT_EQ(met({exists("www.example.com.", RRType::kA)}), Rcode::kNoError);
  EXPECT_EQ(met({exists("www.example.com.", RRType::kAaaa)}), Rcode::kNxRrset);
  EXPECT_EQ(met({lacks("no.example.com.", RRType::kAny)}), Rcode::kNoError);
  EXPECT_EQ(met({lacks("www.example.com.", RRType::kAny)}), Rcode::kYxDomain);
  EXPECT_EQ(met({lacks("www.example.com.", RRType::kAaaa)}), Rcode::kNoError);
  EXPECT_EQ(met({lacks("www.example.com.", RRType::kA)}), Rcode::kYxRrset);
  EXPECT_EQ(met({exists("www.example.net.", RRType::kAny)}), Rcode::kNotZone);
}

TEST_F(DynamicUpdate, AnRrsetIsAsWantedOnlyAsAWhole) {
  EXPECT_EQ(met({exists("www.example.com.", RRType::kA, "192.0.2.2"),
                 exists("WWW.example.com.", RRType::kA, "192.0.2.1")}),
            Rcode::kNoError);
  EXPECT_EQ(met({exists("www.example.com.", RRType::kA, "192.0.2.1")}), Rcode::kNxRrset);
  EXPECT_EQ(met({exists("mail.example.com.", RRType::kMx, "10 MAIL.example.com.")}),
            Rcode::kNoError);
  EXPECT_EQ(met({exists("api.example.com.", RRType::kA, "192.0.2.1")}), Rcode::kNxRrset);
}

TEST_F(DynamicUpdate, PrerequisitesOfAnotherFormAreFormatErrors) {
  EXPECT_EQ(met({record(dns::kClassAny, "www.example.com.", RRType::kA, 1, "")}), Rcode::kFormErr);
  EXPECT_EQ(met({record(dns::kClassAny, "www.example.com.", RRType::kA, 0, "1234")}),
            Rcode::kFormErr);
  EXPECT_EQ(met({record(3, "www.example.com.", RRType::kA, 0, "")}), Rcode::kFormErr);
}

TEST_F(DynamicUpdate, AddsRecordsWithTheirTtl) {
  EXPECT_THAT(after({add("new.example.com.", RRType::kA, "192.0.2.9", 30)}, "new.example.com."),
              ElementsAre("30 A 192.0.2.9"));
  EXPECT_THAT(after({add("www.example.com.", RRType::kA, "192.0.2.9", 30)}, "www.example.com."),
              ElementsAre("30 A 192.0.2.1", "30 A 192.0.2.2", "30 A 192.0.2.9", "60 TXT \"text\""));
}

TEST_F(DynamicUpdate, ARecordThatIsThereIsNoChangeUnlessItsTtlIsAnother) {
  EXPECT_THAT(
      outcome({add("mail.example.com.", RRType::kMx, "10 Mail.Example.com.")}).batch.changes,
      IsEmpty());
  EXPECT_THAT(after({add("mail.example.com.", RRType::kMx, "10 Mail.Example.com.", 30)},
                    "mail.example.com."),
              ElementsAre("30 MX 10 Mail.Example.com."));
}

TEST_F(DynamicUpdate, RemovesRecordsRrsetsAndNames) {
  EXPECT_THAT(after({remove("www.example.com.", RRType::kA, "192.0.2.1")}, "www.example.com."),
              ElementsAre("60 A 192.0.2.2", "60 TXT \"text\""));
  EXPECT_THAT(after({remove("www.example.com.", RRType::kA)}, "www.example.com."),
              ElementsAre("60 TXT \"text\""));
  EXPECT_THAT(after({remove("www.example.com.", RRType::kAny)}, "www.example.com."), IsEmpty());
  EXPECT_THAT(outcome({remove("no.example.com.", RRType::kAny)}).batch.changes, IsEmpty());
}

TEST_F(DynamicUpdate, LaterChangesSeeEarlierOnes) {
  EXPECT_THAT(after({remove("www.example.com.", RRType::kAny),
                     add("www.example.com.", RRType::kCname, "mail.example.com.")},
                    "www.example.com."),
              ElementsAre("60 CNAME mail.example.com."));
  EXPECT_THAT(after({add("new.example.com.", RRType::kA, "192.0.2.9"),
                     remove("new.example.com.", RRType::kAny)},
                    "new.example.com."),
              IsEmpty());
}

TEST_F(DynamicUpdate, WhoComesBesideACnameGivesWay) {
  EXPECT_THAT(outcome({add("alias.example.com.", RRType::kA, "192.0.2.9")}).batch.changes,
              IsEmpty());
  EXPECT_THAT(outcome({add("www.example.com.", RRType::kCname, "mail.example.com.")}).batch.changes,
              IsEmpty());
  EXPECT_THAT(
      after({add("alias.example.com.", RRType::kCname, "mail.example.com.")}, "alias.example.com."),
      ElementsAre("60 CNAME mail.example.com."));
}

TEST_F(DynamicUpdate, TheApexKeepsItsSoaAndAServer) {
  const std::vector<std::string> apex = {"3600 NS ns1.example.com.",
                                         "900 SOA ns1.example.com. hostmaster.example.com. 5 7200 "
                                         "900 1209600 300"};
  for (const MessageRecord& change :
       {remove(kApex, RRType::kAny), remove(kApex, RRType::kSoa), remove(kApex, RRType::kNs),
        remove(kApex, RRType::kNs, "ns1.example.com.")}) {
    EXPECT_THAT(after({change}, kApex), ::testing::UnorderedElementsAreArray(apex));
  }
  EXPECT_THAT(after({add(kApex, RRType::kNs, "ns2.example.com.", 3600),
                     remove(kApex, RRType::kNs, "ns1.example.com.")},
                    kApex),
              ::testing::Contains("3600 NS ns2.example.com."));
}

TEST_F(DynamicUpdate, TakesAnSoaThatIsAhead) {
  const std::string fields = " 7200 900 1209600 300";
  EXPECT_THAT(outcome({add(kApex, RRType::kSoa, "ns1.example.com. h.example.com. 5" + fields)})
                  .batch.changes,
              IsEmpty());
  EXPECT_THAT(
      after({add(kApex, RRType::kSoa, "ns1.example.com. h.example.com. 9" + fields, 900)}, kApex),
      ::testing::Contains("900 SOA ns1.example.com. h.example.com. 9" + fields));
}

TEST_F(DynamicUpdate, ChangesOfAnotherFormAreFormatErrorsAndNothingIsMade) {
  const MessageRecord good = add("new.example.com.", RRType::kA, "192.0.2.9");
  for (const MessageRecord& bad :
       {record(dns::kClassIn, "www.example.com.", RRType::kAny, 0, ""),
        record(dns::kClassAny, "www.example.com.", RRType::kA, 1, ""),
        record(dns::kClassAny, "www.example.com.", RRType::kAxfr, 0, ""),
        record(dns::kClassNone, "www.example.com.", RRType::kA, 1, "1234"),
        record(3, "www.example.com.", RRType::kA, 0, "1234")}) {
    const UpdateOutcome made = outcome({good, bad});
    EXPECT_EQ(made.rcode, Rcode::kFormErr);
    EXPECT_THAT(made.batch.changes, IsEmpty());
  }
  EXPECT_EQ(outcome({good, add("www.example.net.", RRType::kA, "192.0.2.9")}).rcode,
            Rcode::kNotZone);
}

TEST_F(DynamicUpdate, RecordsOfARoutingPolicyAreLeftAlone) {
  for (const MessageRecord& change :
       {add("api.example.com.", RRType::kA, "192.0.2.9"), remove("api.example.com.", RRType::kAny),
        remove("api.example.com.", RRType::kA, "192.0.2.1")}) {
    const UpdateOutcome made = outcome({change});
    EXPECT_EQ(made.rcode, Rcode::kRefused);
    EXPECT_EQ(made.why, "api.example.com. A is answered by a routing policy or an alias");
  }
  EXPECT_EQ(outcome({add("api.example.com.", RRType::kTxt, "\"beside\"")}).rcode, Rcode::kNoError);
}

TEST_F(DynamicUpdate, ZonesManagedByFilesAreNotUpdated) {
  model::ChangeBatch files;
  model::PutZone put;
  put.zone.apex = name(kApex);
  files.changes.emplace_back(put);
  config_ = signpost::testing::applied(config_, files);
  const UpdateOutcome made = outcome({add("new.example.com.", RRType::kA, "192.0.2.9")});
  EXPECT_EQ(made.rcode, Rcode::kRefused);
  EXPECT_THAT(made.why, HasSubstr("managed by files"));
}

TEST_F(DynamicUpdate, TellsTheHistoryWhoseKeyItWas) {
  const UpdateOutcome made = outcome({add("new.example.com.", RRType::kA, "192.0.2.9")});
  EXPECT_EQ(made.batch.author, "key update.example.");
  EXPECT_EQ(made.batch.comment, "dynamic update");
}

}  // namespace
}  // namespace signpost::control
