// What transfers from primaries make of a zone.
#include "control/transfer_change.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "control/batch_preparation.h"
#include "dns/rdata.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::control {
namespace {

using dns::MessageRecord;
using dns::RRType;
using secondary::Transfer;
using secondary::TransferKind;
using signpost::testing::name;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kApex = "example.com.";

MessageRecord record(const std::string& owner, RRType type, const std::string& text,
                     std::uint32_t ttl = 60) {
  return {.owner = name(owner),
          .type = type,
          .rclass = dns::kClassIn,
          .ttl = ttl,
          .rdata = signpost::testing::rdata(type, text)};
}

MessageRecord soa(std::uint32_t serial) {
  return record(
      kApex, RRType::kSoa,
      absl::StrCat("ns1.example.com. hostmaster.example.com. ", serial, " 7200 900 1209600 300"),
      900);
}

MessageRecord ns() { return record(kApex, RRType::kNs, "ns1.example.com.", 300); }

Transfer whole(std::uint32_t serial, std::vector<MessageRecord> records) {
  return {.apex = name(kApex),
          .primary = "192.0.2.53",
          .kind = TransferKind::kWhole,
          .soa = soa(serial),
          .records = std::move(records)};
}

Transfer incremental(std::uint32_t from, std::uint32_t to, secondary::Difference difference) {
  return {.apex = name(kApex),
          .primary = "192.0.2.53",
          .kind = TransferKind::kIncremental,
          .from_serial = from,
          .soa = soa(to),
          .differences = {std::move(difference)}};
}

// A configuration with the zone among secondary_zones, without records.
model::Config waiting() {
  model::ChangeBatch batch;
  model::Zone zone;
  zone.id = 1;
  zone.apex = name(kApex);
  zone.manager = model::ZoneManager::kPrimaries;
  batch.changes.emplace_back(
      model::PutSecondaryZone{std::make_shared<const model::SecondaryZone>(model::SecondaryZone{
          .zone = name(kApex), .primaries = {{.address = "192.0.2.53"}}, .max_mebibytes = 1})});
  batch.changes.emplace_back(model::PutZone{zone});
  return signpost::testing::applied({}, batch);
}

// As the controller applies it.
model::Config after(const model::Config& before, const Transfer& transfer) {
  absl::StatusOr<model::ChangeBatch> batch = change_for(before, transfer);
  EXPECT_TRUE(batch.ok()) << batch.status();
  prepare(before, 1, *batch);
  return signpost::testing::applied(before, *batch);
}

std::vector<std::string> texts(const model::Config& config) {
  std::vector<std::string> texts;
  (*config.zones.find(name(kApex)))
      ->owners.for_each([&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
        for (const model::RecordGroupPtr& group : records->groups) {
          for (const std::string& rdata : group->sets.front().rdata)
            texts.push_back(absl::StrCat(owner.text(), " ", group->sets.front().ttl, " ",
                                         dns::to_text(group->type), " ",
                                         dns::format_rdata(group->type, rdata)));
        }
      });
  return texts;
}

constexpr const char* kNs = "example.com. 300 NS ns1.example.com.";
std::string soa_text(std::uint32_t serial) {
  return absl::StrCat("example.com. 900 SOA ns1.example.com. hostmaster.example.com. ", serial,
                      " 7200 900 1209600 300");
}

TEST(TransferChange, BringsTheWholeZoneWithItsSerial) {
  const model::Config config =
      after(waiting(), whole(77, {ns(), record("www.example.com.", RRType::kA, "192.0.2.1"),
                                  record("WWW.example.com.", RRType::kA, "192.0.2.2"),
                                  record("www.example.com.", RRType::kA, "192.0.2.1"),
                                  record("odd.example.com.", RRType{65280}, "\\# 2 abcd")}));
  EXPECT_THAT(texts(config),
              UnorderedElementsAre(soa_text(77), kNs, "www.example.com. 60 A 192.0.2.1",
                                   "www.example.com. 60 A 192.0.2.2",
                                   "odd.example.com. 60 TYPE65280 \\# 2 abcd"));
}

TEST(TransferChange, TakesTheSmallestTtlOfAnRrset) {
  const model::Config config =
      after(waiting(), whole(1, {ns(), record("www.example.com.", RRType::kA, "192.0.2.1", 60),
                                 record("www.example.com.", RRType::kA, "192.0.2.2", 30)}));
  EXPECT_THAT(texts(config), ::testing::Contains("www.example.com. 30 A 192.0.2.1"));
}

TEST(TransferChange, TouchesOnlyWhatDiffers) {
  const model::Config before =
      after(waiting(), whole(1, {ns(), record("www.example.com.", RRType::kA, "192.0.2.1"),
                                 record("www.example.com.", RRType::kA, "192.0.2.2"),
                                 record("old.example.com.", RRType::kA, "192.0.2.3")}));
  const absl::StatusOr<model::ChangeBatch> batch =
      change_for(before, whole(2, {ns(), record("www.example.com.", RRType::kA, "192.0.2.2"),
                                   record("www.example.com.", RRType::kA, "192.0.2.1")}));
  ASSERT_TRUE(batch.ok());
  EXPECT_THAT(batch->changes, SizeIs(2));  // the SOA, and what is gone
  EXPECT_EQ(batch->author, "transfer from 192.0.2.53");
  EXPECT_EQ(batch->comment, "serial 2, whole zone");
}

TEST(TransferChange, MakesDifferencesOneByOne) {
  const model::Config before =
      after(waiting(), whole(5, {ns(), record("www.example.com.", RRType::kA, "192.0.2.1"),
                                 record("www.example.com.", RRType::kA, "192.0.2.2"),
                                 record("mx.example.com.", RRType::kMx, "10 Mail.example.com.")}));
  const Transfer transfer =
      incremental(5, 9,
                  {.removed = {record("WWW.example.com.", RRType::kA, "192.0.2.1"),
                               record("mx.example.com.", RRType::kMx, "10 mail.EXAMPLE.com.")},
                   .added = {record("www.example.com.", RRType::kA, "192.0.2.3", 30),
                             record("new.example.com.", RRType::kTxt, "\"text\"")}});
  EXPECT_EQ(change_for(before, transfer)->comment, "serial 9");
  EXPECT_THAT(
      texts(after(before, transfer)),
      UnorderedElementsAre(soa_text(9), kNs, "www.example.com. 30 A 192.0.2.2",
                           "www.example.com. 30 A 192.0.2.3", "new.example.com. 60 TXT \"text\""));
}

TEST(TransferChange, RefusesDifferencesThatDoNotFit) {
  const model::Config before = after(waiting(), whole(5, {ns()}));
  const auto refusal = [&](const Transfer& transfer) {
    const absl::Status status = change_for(before, transfer).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
    return std::string(status.message());
  };
  EXPECT_EQ(refusal(incremental(4, 6, {})), "the differences do not begin with what is held");
  EXPECT_EQ(
      refusal(incremental(
          5, 6, {.removed = {record("no.example.com.", RRType::kA, "192.0.2.1")}, .added = {}})),
      "a difference removes a record no.example.com. A that is not held");
}

TEST(TransferChange, RefusesWhatAZoneMayNotBe) {
  const auto refusal = [](const Transfer& transfer) {
    model::ChangeBatch batch = change_for(waiting(), transfer).value();
    return std::string(policy::apply_batch(waiting(), batch).status().message());
  };
  EXPECT_THAT(refusal(whole(1, {})), HasSubstr("at least one NS record"));
  EXPECT_THAT(refusal(whole(1, {ns(), record("a.example.com.", RRType::kCname, "b.example.com."),
                                record("a.example.com.", RRType::kA, "192.0.2.1")})),
              HasSubstr("CNAME"));
}

TEST(TransferChange, IsNotMadeToAZoneThatIsNotCopiedAnyMore) {
  EXPECT_TRUE(absl::IsNotFound(change_for({}, whole(1, {ns()})).status()));
}

TEST(TransferChange, KeepsTheSerialOfThePrimaryEvenWhereItIsNotAhead) {
  const model::Config before = after(waiting(), whole(5, {ns()}));
  EXPECT_THAT(
      texts(after(before, whole(5, {ns(), record("a.example.com.", RRType::kA, "192.0.2.1")}))),
      ::testing::Contains(soa_text(5)));
}

TEST(TransferChange, OfALargeZoneTakesNoMoreThanSeconds) {
  std::vector<MessageRecord> records{ns()};
  for (int i = 0; i < 100'000; ++i)
    records.push_back(record(absl::StrCat("n", i, ".example.com."), RRType::kA, "192.0.2.1"));
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<model::ChangeBatch> batch =
      change_for(waiting(), whole(1, std::move(records)));
  ASSERT_TRUE(batch.ok());
  EXPECT_THAT(batch->changes, SizeIs(100'002));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace signpost::control
