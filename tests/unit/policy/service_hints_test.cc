// The addresses in SVCB and HTTPS records beside those of the names that they are of.
#include <gtest/gtest.h>

#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Health;
using testing::BatchBuilder;
using testing::name;
using testing::rdata;
using testing::weighted;

constexpr const char* kApex = "example.com.";

class ServiceHints : public ::testing::Test {
 protected:
  ServiceHints() {
    model::RecordGroup pool;
    pool.type = RRType::kA;
    pool.sets = {weighted("one", 1, "192.0.2.1", "check-1"),
                 weighted("two", 1, "192.0.2.2", "check-2")};
    apply(BatchBuilder().zone(kApex, 1).check("check-1").check("check-2"));
    apply(BatchBuilder().group(kApex, "www.example.com.", pool));
  }

  void apply(const BatchBuilder& batch) {
    config_ = testing::applied(config_, batch.batch());
    compiler_.accept(compiler_.compile_batch(config_, seen_, batch.batch()));
  }

  void put(const std::string& owner, const std::string& value, RRType type = RRType::kHttps) {
    apply(BatchBuilder().simple(kApex, owner, type, {value}));
  }

  void becomes(const std::string& check, Health health) {
    seen_.health.set(check, health);
    compiler_.accept(compiler_.compile_health(config_, seen_, {check}));
  }

  // Whether every answer for `owner` ends in this RDATA.
  bool serves(const std::string& owner, const std::string& value, RRType type = RRType::kHttps) {
    const Finding finding = find(*compiler_.table(), name(owner), type);
    for (const model::Variant& variant : finding.answer->variants) {
      if (!variant.octets.view().ends_with(rdata(type, value))) return false;
    }
    return finding.kind == FindingKind::kAnswer;
  }

  model::Config config_;
  model::Observations seen_;
  IdRegistry ids_{1000, 1000};
  TableCompiler compiler_{ids_};
};

TEST_F(ServiceHints, AreTheAddressesOfTheTargetName) {
  put("api.example.com.", "1 www.example.com. alpn=h2 ipv4hint=198.51.100.9");
  EXPECT_TRUE(
      serves("api.example.com.", "1 www.example.com. alpn=h2 ipv4hint=192.0.2.1,192.0.2.2"));
  put("_8443._https.example.com.", "1 www.example.com. port=8443 ipv4hint=198.51.100.9",
      RRType::kSvcb);
  EXPECT_TRUE(serves("_8443._https.example.com.",
                     "1 www.example.com. port=8443 ipv4hint=192.0.2.1,192.0.2.2", RRType::kSvcb));
}

TEST_F(ServiceHints, AreTheOwnAddressesWhereTheTargetIsTheRootName) {
  put("www.example.com.", "1 . alpn=h2 ipv4hint=198.51.100.9");
  EXPECT_TRUE(serves("www.example.com.", "1 . alpn=h2 ipv4hint=192.0.2.1,192.0.2.2"));
}

TEST_F(ServiceHints, LoseAnUnhealthyAddressInTheSameTableAsItsPool) {
  put("www.example.com.", "1 . ipv4hint=198.51.100.9");
  put("api.example.com.", "1 www.example.com. ipv4hint=198.51.100.9");
  becomes("check-1", Health::kUnhealthy);
  EXPECT_TRUE(serves("www.example.com.", "192.0.2.2", RRType::kA));
  EXPECT_TRUE(serves("www.example.com.", "1 . ipv4hint=192.0.2.2"));
  EXPECT_TRUE(serves("api.example.com.", "1 www.example.com. ipv4hint=192.0.2.2"));
  becomes("check-1", Health::kHealthy);
  EXPECT_TRUE(serves("api.example.com.", "1 www.example.com. ipv4hint=192.0.2.1,192.0.2.2"));
}

TEST_F(ServiceHints, FollowChangesOfThePool) {
  put("api.example.com.", "1 www.example.com. ipv4hint=198.51.100.9 ipv6hint=2001:db8::9");
  apply(BatchBuilder().simple(kApex, "www.example.com.", RRType::kAaaa, {"2001:db8::1"}));
  EXPECT_TRUE(serves("api.example.com.",
                     "1 www.example.com. ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1"));
}

TEST_F(ServiceHints, AreThoseAtTheEndOfAnAlias) {
  apply(BatchBuilder().simple(kApex, "edge.example.com.", RRType::kCname, {"www.example.com."}));
  put("api.example.com.", "1 edge.example.com. ipv4hint=198.51.100.9");
  EXPECT_TRUE(serves("api.example.com.", "1 edge.example.com. ipv4hint=192.0.2.1,192.0.2.2"));
}

TEST_F(ServiceHints, StayAsWrittenWhereNoZoneHeldHasTheirPool) {
  for (const char* value :
       {"1 www.example.net. ipv4hint=198.51.100.9", "1 nothing.example.com. ipv4hint=198.51.100.9",
        "1 www.example.com. ipv6hint=2001:db8::9", "0 www.example.com."}) {
    put("api.example.com.", value);
    EXPECT_TRUE(serves("api.example.com.", value)) << value;
  }
}

TEST_F(ServiceHints, AreNotAddedToRecordsWithoutThem) {
  put("api.example.com.", "1 www.example.com. alpn=h2");
  EXPECT_TRUE(serves("api.example.com.", "1 www.example.com. alpn=h2"));
}

}  // namespace
}  // namespace signpost::policy
