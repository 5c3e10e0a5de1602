// Zones that are copied from primaries, over the API: nobody else changes them.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <string>

#include "control/transfer_change.h"
#include "dns/rdata.h"
#include "signpost/v1/control.grpc.pb.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using dns::RRType;
using ::testing::HasSubstr;

constexpr const char* kSecondary =
    "secondary_zones { name: 'example.com' primaries { address: '192.0.2.53' } }";
constexpr const char* kZone = "zones { name: 'example.com' name_servers: 'ns1.example.net' }";

v1::ApplyOptions options(bool adopt, bool prune) {
  v1::ApplyOptions options;
  options.set_adopt(adopt);
  options.set_prune(prune);
  options.set_force(true);
  return options;
}

class SecondaryService : public ServicesTest {
 protected:
  dns::MessageRecord record(const std::string& owner, RRType type, const std::string& text) {
    return {.owner = dns::Name::parse(owner).value(),
            .type = type,
            .rclass = dns::kClassIn,
            .ttl = 60,
            .rdata = dns::parse_rdata(type, text, dns::Name()).value()};
  }

  // As one comes from the primary, with this address of www.
  absl::Status transfer(std::uint32_t serial, const std::string& address) {
    secondary::Transfer transfer{
        .apex = dns::Name::parse("example.com.").value(),
        .primary = "192.0.2.53",
        .kind = secondary::TransferKind::kWhole,
        .soa = record("example.com.", RRType::kSoa,
                      "ns1.example.com. hostmaster.example.com. " + std::to_string(serial) +
                          " 7200 900 1209600 300")};
    transfer.records = {record("example.com.", RRType::kNs, "ns1.example.com."),
                        record("www.example.com.", RRType::kA, address)};
    return apply_transfer(*controller_, transfer);
  }

  std::string refusal(const std::string& text, const v1::ApplyOptions& how = {}) {
    return apply(text, how).status.error_message();
  }
  std::string www() {
    const v1::ExplainResponse reply = explain("www.example.com", "A");
    return reply.variants_size() == 1 && reply.variants(0).answer_size() == 1
               ? reply.variants(0).answer(0)
               : reply.rcode();
  }
  v1::ListZonesResponse::Item zone() {
    v1::ListZonesResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(config_->ListZones(&call, v1::ListZonesRequest(), &reply).ok());
    return reply.zones_size() == 1 ? reply.zones(0) : v1::ListZonesResponse::Item();
  }
  void roll_back(std::uint64_t generation) {
    v1::RollbackRequest request;
    request.set_generation(generation);
    v1::ApplyResponse reply;
    grpc::ClientContext call;
    const grpc::Status status = config_->Rollback(&call, request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
};

TEST_F(SecondaryService, AnswersServfailUntilTheFirstTransfer) {
  ASSERT_EQ(refusal(kSecondary), "");
  EXPECT_EQ(www(), "SERVFAIL");
  EXPECT_EQ(zone().manager(), v1::ZONE_MANAGER_PRIMARIES);
  EXPECT_EQ(zone().soa_serial(), 0u);
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  EXPECT_EQ(www(), "www.example.com. 60 IN A 192.0.2.1");
  EXPECT_EQ(zone().soa_serial(), 77u);
}

TEST_F(SecondaryService, HasOneRowOfTheHistoryForEachTransfer) {
  ASSERT_EQ(refusal(kSecondary), "");
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  v1::ListHistoryResponse history;
  grpc::ClientContext call;
  ASSERT_TRUE(config_->ListHistory(&call, v1::ListHistoryRequest(), &history).ok());
  EXPECT_EQ(history.items(0).generation(), 2u);
  EXPECT_EQ(history.items(0).author(), "transfer from 192.0.2.53");
  EXPECT_EQ(history.items(0).comment(), "serial 77, whole zone");
}

TEST_F(SecondaryService, ExpiryTakesTheRecordsAway) {
  ASSERT_EQ(refusal(kSecondary), "");
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  ASSERT_TRUE(drop_records(*controller_, dns::Name::parse("example.com.").value()).ok());
  EXPECT_EQ(www(), "SERVFAIL");
  EXPECT_EQ(zone().manager(), v1::ZONE_MANAGER_PRIMARIES);
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  EXPECT_EQ(www(), "www.example.com. 60 IN A 192.0.2.1");
}

TEST_F(SecondaryService, IsChangedByNobodyElse) {
  ASSERT_EQ(refusal(kSecondary), "");
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  v1::ApplyResponse reply;
  EXPECT_THAT(change("zone: 'example.com' changes { action: UPSERT record_set { name: 'www' "
                     "type: 'A' records: '192.0.2.9' } }",
                     &reply)
                  .error_message(),
              HasSubstr("is copied from its primaries; change it there"));
  EXPECT_EQ(refusal(kZone),
            "zone example.com. is managed by its primaries; use --adopt to take it over");
  EXPECT_THAT(refusal(kZone, options(true, false)), HasSubstr("take it out of secondary_zones"));
  EXPECT_THAT(refusal(std::string(kSecondary) + kZone, options(true, true)),
              HasSubstr("is among zones and among secondary_zones"));
  // What other files leave out stays.
  EXPECT_EQ(refusal("regions { name: 'here' coordinates { latitude: 1 longitude: 2 } }"), "");
  EXPECT_EQ(www(), "www.example.com. 60 IN A 192.0.2.1");
}

TEST_F(SecondaryService, MayBeTakenOverOrGoesWithItsEntry) {
  ASSERT_EQ(refusal(kSecondary), "");
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  EXPECT_EQ(refusal(kZone, options(true, true)), "");
  EXPECT_EQ(zone().manager(), v1::ZONE_MANAGER_FILES);
  EXPECT_EQ(zone().soa_serial(), 78u);
  EXPECT_THAT(refusal(kSecondary), HasSubstr("is managed by files; use --adopt"));
  EXPECT_EQ(refusal(kSecondary, options(true, true)), "");
  EXPECT_EQ(www(), "SERVFAIL");
  EXPECT_EQ(refusal("", options(false, true)), "");
  EXPECT_EQ(www(), "REFUSED");
}

TEST_F(SecondaryService, KeepsItsRecordsWhenOthersAreRolledBack) {
  ASSERT_EQ(refusal(kSecondary), "");
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  ASSERT_TRUE(transfer(78, "192.0.2.2").ok());
  roll_back(2);
  EXPECT_EQ(www(), "www.example.com. 60 IN A 192.0.2.2");
  EXPECT_EQ(zone().soa_serial(), 78u);
  roll_back(0);
  EXPECT_EQ(www(), "REFUSED");
}

TEST_F(SecondaryService, IsExportedAsWhatItIsCopiedFrom) {
  ASSERT_EQ(refusal(kSecondary), "");
  ASSERT_TRUE(transfer(77, "192.0.2.1").ok());
  v1::Config all;
  for (const v1::Config& part : export_all()) all.MergeFrom(part);
  EXPECT_EQ(all.zones_size(), 0);
  ASSERT_EQ(all.secondary_zones_size(), 1);
  EXPECT_EQ(all.secondary_zones(0).DebugString(),
            config(kSecondary).secondary_zones(0).DebugString());
}

TEST_F(SecondaryService, ListsHowFarItIs) {
  using std::chrono::system_clock;
  secondary_states_ = {{.apex = dns::Name::parse("a.example.").value(),
                        .serial = 5,
                        .last_contact = system_clock::from_time_t(1000),
                        .expires = system_clock::from_time_t(2000),
                        .primary = "192.0.2.53",
                        .last_error = "192.0.2.53:53: it replies REFUSED"},
                       {.apex = dns::Name::parse("b.example.").value()}};
  v1::ListSecondaryZonesResponse reply;
  grpc::ClientContext call;
  ASSERT_TRUE(status_->ListSecondaryZones(&call, v1::ListSecondaryZonesRequest(), &reply).ok());
  ASSERT_EQ(reply.items_size(), 2);
  EXPECT_EQ(reply.items(0).name(), "a.example.");
  EXPECT_EQ(reply.items(0).serial(), 5u);
  EXPECT_TRUE(reply.items(0).has_records());
  EXPECT_EQ(reply.items(0).last_contact().seconds(), 1000);
  EXPECT_FALSE(reply.items(0).has_next_refresh());
  EXPECT_EQ(reply.items(0).expires().seconds(), 2000);
  EXPECT_EQ(reply.items(0).last_error(), "192.0.2.53:53: it replies REFUSED");
  EXPECT_FALSE(reply.items(1).has_records());
  v1::GetStatusResponse status;
  grpc::ClientContext second;
  ASSERT_TRUE(status_->GetStatus(&second, v1::GetStatusRequest(), &status).ok());
  EXPECT_EQ(status.secondary_zones(), 2u);
  EXPECT_EQ(status.secondary_zones_failing(), 1u);
  EXPECT_EQ(status.secondary_zones_without_records(), 1u);
}

}  // namespace
}  // namespace signpost::control
