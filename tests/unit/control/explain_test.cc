// What `signpost explain` tells: the answer a client gets, and how long a failover takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "model/view.h"
#include "server/slot_source.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

// The choices that are marked as the client's.
std::vector<std::string> marked(const v1::ExplainResponse& reply) {
  std::vector<std::string> choices;
  for (const v1::ExplainVariant& variant : reply.variants())
    if (variant.for_this_client()) choices.push_back(variant.choice());
  return choices;
}

TEST_F(ServicesTest, ExplainsWhichAnswerOfAStickyRingAClientGetsOfTheServer) {
  ASSERT_TRUE(apply("zones { name: 'example.com' name_servers: 'ns1.example.net' "
                    "  record_sets { name: 'cart' type: 'A' ttl: 60 records: '192.0.2.1' "
                    "    set_identifier: 'one' weighted { weight: 2 } distribution: "
                    "    DISTRIBUTION_STICKY } "
                    "  record_sets { name: 'cart' type: 'A' ttl: 60 records: '192.0.2.2' "
                    "    set_identifier: 'two' weighted { weight: 1 } distribution: "
                    "    DISTRIBUTION_STICKY } }")
                  .status.ok());
  const auto table = controller_->running()->table;
  const model::Node& node = **table->nodes.find(*dns::Name::parse("cart.example.com"));
  server::SlotSource slots(1, 1, server::constant_digest_key());
  std::set<std::string> seen;
  for (int i = 0; i < 64; ++i) {
    for (const std::string& client :
         {"10." + std::to_string(i) + ".7.9", "2001:db8:" + std::to_string(i) + "::/56"}) {
      const model::MappedAddress address = model::first_address(*model::Prefix::parse(client));
      const std::string choice = slots.take(*node.answer(dns::RRType::kA), address).choice;
      const v1::ExplainResponse reply = explain("cart.example.com", "A", client);
      EXPECT_THAT(marked(reply), testing::ElementsAre(choice)) << client;
      EXPECT_EQ(reply.dns_answer().record_data(0), choice == "one" ? "192.0.2.1" : "192.0.2.2");
      seen.insert(choice);
    }
  }
  EXPECT_EQ(seen.size(), 2u);
  for (const char* unknown : {"", "10.0.0.0/23", "2001:db8::/55"})
    EXPECT_THAT(marked(explain("cart.example.com", "A", unknown)), testing::IsEmpty()) << unknown;
}

TEST_F(ServicesTest, ExplainsHowLongFailoverTakesAtWorst) {
  ASSERT_TRUE(apply(R"(
    zones { name: "example.com" name_servers: "ns1.example.net"
      record_sets { name: "api" type: "A" ttl: 60 records: "192.0.2.3" set_identifier: "one"
                    health_check_id: "fast" failover { role: PRIMARY } }
      record_sets { name: "api" type: "A" ttl: 60 records: "192.0.2.4" set_identifier: "two"
                    health_check_id: "both" failover { role: SECONDARY } }
      record_sets { name: "www" type: "CNAME" ttl: 600 records: "api" }
      record_sets { name: "plain" type: "A" ttl: 600 records: "192.0.2.5" } }
    health_checks { id: "fast" icmp { ip_address: "192.0.2.3" } request_interval: 10 fall: 2 }
    health_checks { id: "slow" icmp { ip_address: "192.0.2.4" } request_interval: 30 }
    health_checks { id: "both" calculated { child_health_checks: "fast" child_health_checks: "slow"
                                            health_threshold: 1 } })")
                  .status.ok());
  const v1::FailoverTime api = explain("API.example.com", "A").failover_time();
  EXPECT_EQ(api.health_check_id(), "slow") << "what a check is calculated from counts";
  EXPECT_EQ(api.detection_milliseconds(), 92'000u);  // 3 intervals of 30 s, and 2 s of the probe
  EXPECT_EQ(api.publishing_milliseconds(), 20u);
  EXPECT_EQ(api.ttl_seconds(), 60u);
  EXPECT_DOUBLE_EQ(api.total_seconds(), 152.02);
  EXPECT_EQ(api.warning(), "");
  const v1::FailoverTime www = explain("www.example.com", "A").failover_time();
  EXPECT_EQ(www.ttl_seconds(), 600u) << "of a chain the longest counts";
  EXPECT_EQ(www.warning(),
            "www.example.com. A: clients keep the answer for 600 s, though health check slow "
            "notices a failure within 92 s; use a TTL of 60 s or less");
  EXPECT_FALSE(explain("plain.example.com", "A").has_failover_time());
  EXPECT_FALSE(explain("nobody.example.com", "A").has_failover_time());
}

TEST_F(ServicesTest, TellsHowLongFailoverTakesOfWhatWasApplied) {
  const Outcome applied = apply(R"(
    zones { name: "example.com" name_servers: "ns1.example.net"
      record_sets { name: "api" type: "A" ttl: 600 records: "192.0.2.3" health_check_id: "fast"
                    set_identifier: "one" weighted { weight: 1 } }
      record_sets { name: "plain" type: "A" ttl: 600 records: "192.0.2.5" } }
    health_checks { id: "fast" icmp { ip_address: "192.0.2.3" } request_interval: 10 fall: 2 })");
  ASSERT_TRUE(applied.status.ok()) << applied.status.error_message();
  ASSERT_EQ(applied.reply.failover_times_size(), 1);
  EXPECT_EQ(applied.reply.failover_times(0).name(), "api.example.com.");
  EXPECT_EQ(applied.reply.failover_times(0).ttl_seconds(), 600u);
  ASSERT_EQ(applied.reply.warnings_size(), 1);
  EXPECT_EQ(applied.reply.warnings(0),
            "api.example.com. A: clients keep the answer for 600 s, though health check fast "
            "notices a failure within 22 s; use a TTL of 60 s or less");
}

}  // namespace
}  // namespace signpost::control
