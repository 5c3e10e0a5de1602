// All kinds of values that configurations hold, through the services and the store.
#include <gmock/gmock.h>

#include "signpost/config_reader.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

class PoliciesTest : public ServicesTest {
 protected:
  // examples/global: every policy, collections, overrides, regions and a traffic policy.
  static v1::Config example() {
    const absl::StatusOr<cli::LoadedConfig> loaded =
        cli::load_config({std::string(SIGNPOST_EXAMPLES) + "/global"});
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    return loaded.ok() ? loaded->config : v1::Config();
  }

  v1::Config exported() {
    v1::Config all;
    for (const v1::Config& part : export_all()) all.MergeFrom(part);
    return all;
  }

  const model::RecordGroup* group(const std::string& owner) {
    const model::ZonePtr* zone =
        controller_->running()->config.zones.find(name("global.example.com."));
    return zone ? (*zone)->group(name(owner), dns::RRType::kA) : nullptr;
  }

  static v1::RecordSet& record_set(v1::Config& config, const std::string& owner) {
    for (v1::RecordSet& set : *config.mutable_zones(0)->mutable_record_sets()) {
      if (set.name() == owner) return set;
    }
    ADD_FAILURE() << "no record set " << owner;
    return *config.mutable_zones(0)->mutable_record_sets(0);
  }
};

std::string text_of(const v1::Config& config) { return config.DebugString(); }

TEST_F(PoliciesTest, AppliesTheExampleOfAllPolicies) {
  const Outcome outcome = apply({example()});
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  ASSERT_NE(group("api.global.example.com."), nullptr);
  const model::RecordSet& europe = group("api.global.example.com.")->sets[2];
  EXPECT_EQ(europe.set_identifier, "europe");
  ASSERT_TRUE(europe.alias);
  EXPECT_EQ(europe.alias->zone_apex, name("global.example.com."));
  EXPECT_EQ(europe.alias->name, name("eu.global.example.com."));
  EXPECT_FALSE(europe.alias->external);
  EXPECT_TRUE(group("status.global.example.com.")->sets[0].alias->external);
  const model::RecordGroup* app = group("app.global.example.com.");
  ASSERT_TRUE(app->instance);
  EXPECT_EQ(app->instance->policy, "worldwide");
  EXPECT_EQ(app->sets.size(), 2u);
}

TEST_F(PoliciesTest, ChangesNothingWhenItsOwnExportIsApplied) {
  ASSERT_TRUE(apply({example()}).status.ok());
  v1::ApplyOptions options;
  options.set_prune(true);
  const Outcome again = apply(export_all(), options);
  ASSERT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_EQ(again.reply.generation(), 1u);
}

TEST_F(PoliciesTest, HoldsEverythingAfterARestart) {
  ASSERT_TRUE(apply({example()}).status.ok());
  const v1::Config before = exported();
  const std::size_t sets = group("app.global.example.com.")->sets.size();
  start("");
  EXPECT_EQ(text_of(exported()), text_of(before));
  ASSERT_NE(group("app.global.example.com."), nullptr);
  EXPECT_EQ(group("app.global.example.com.")->sets.size(), sets);
}

TEST_F(PoliciesTest, StartsFromTheSnapshotWithEverything) {
  ASSERT_TRUE(apply({example()}).status.ok());
  const v1::Config before = exported();
  controller_->stop();  // writes the snapshot
  for (const char* file : {"state.db", "state.db-wal", "state.db-shm"}) {
    std::filesystem::remove(folder_ / file);
  }
  start("");
  EXPECT_EQ(text_of(exported()), text_of(before));
}

TEST_F(PoliciesTest, RollsBackAndForwardOverATrafficPolicy) {
  v1::Config first = example();
  first.mutable_traffic_policies()->Clear();
  first.mutable_place_overrides()->Clear();
  v1::RecordSet& app = record_set(first, "app");
  app.clear_traffic_policy_instance();
  app.add_records("192.0.2.1");
  ASSERT_TRUE(apply({first}).status.ok());
  const v1::Config before = exported();
  ASSERT_TRUE(apply({example()}).status.ok());
  const v1::Config after = exported();
  const auto roll_back = [&](std::uint64_t generation) {
    v1::RollbackRequest request;
    request.set_generation(generation);
    v1::ApplyResponse reply;
    grpc::ClientContext call;
    return config_->Rollback(&call, request, &reply);
  };
  ASSERT_TRUE(roll_back(1).ok());
  const auto without_soa = [](v1::Config config) {
    auto& sets = *config.mutable_zones(0)->mutable_record_sets();
    for (int i = sets.size(); i-- > 0;) {
      if (sets[i].type() == "SOA") sets.DeleteSubrange(i, 1);
    }
    return text_of(config);
  };
  EXPECT_EQ(without_soa(exported()), without_soa(before));
  const grpc::Status forward = roll_back(2);
  ASSERT_TRUE(forward.ok()) << forward.error_message();
  EXPECT_EQ(without_soa(exported()), without_soa(after));
  EXPECT_TRUE(group("app.global.example.com.")->instance);
}

TEST_F(PoliciesTest, CountsAnInstanceAsOneRecordSet) {
  ASSERT_TRUE(apply({example()}).status.ok());
  const std::uint64_t total = controller_->running()->record_sets_total;
  EXPECT_EQ(total, static_cast<std::uint64_t>(example().zones(0).record_sets_size()) + 2);
  v1::Config next = example();
  record_set(next, "app").set_ttl(30);
  const v1::PlanResponse planned = plan(next);
  ASSERT_EQ(planned.changes_size(), 1);
  EXPECT_EQ(planned.changes(0).subject(), "app.global.example.com. A");
  EXPECT_EQ(planned.changes(0).before(), "60 A traffic policy worldwide/1");
  EXPECT_EQ(planned.changes(0).after(), "30 A traffic policy worldwide/1");
}

TEST_F(PoliciesTest, RefusesAnotherDocumentUnderTheSameVersion) {
  ASSERT_TRUE(apply({example()}).status.ok());
  v1::Config next = example();
  next.mutable_traffic_policies(0)->set_document(
      R"({"AWSPolicyFormatVersion": "2015-10-01", "RecordType": "A", "StartEndpoint": "one",
          "Endpoints": {"one": {"Type": "value", "Value": "192.0.2.1"}}})");
  const Outcome refused = apply({next});
  EXPECT_THAT(refused.status.error_message(),
              HasSubstr("traffic policy worldwide/1 is there with other content"));
  next.mutable_traffic_policies(0)->set_version(2);
  record_set(next, "app").mutable_traffic_policy_instance()->set_version(2);
  const Outcome taken = apply({next});
  EXPECT_TRUE(taken.status.ok()) << taken.status.error_message();
  EXPECT_EQ(group("app.global.example.com.")->sets.size(), 1u);
}

TEST_F(PoliciesTest, KeepsATrafficPolicyThatIsInUse) {
  ASSERT_TRUE(apply({example()}).status.ok());
  v1::Config next = example();
  next.mutable_zones()->Clear();
  next.mutable_traffic_policies()->Clear();
  v1::Config api_zone = config(
      "zones { name: 'example.org' name_servers: 'ns1.example.net' record_sets { name: 'app' "
      "type: 'A' traffic_policy_instance { policy: 'worldwide' version: 1 } } }");
  v1::ApplyOptions by_api;
  by_api.set_manage_by_api(true);
  ASSERT_TRUE(apply({api_zone}, by_api).status.ok());
  v1::ApplyOptions options;
  options.set_prune(true);
  options.set_force(true);
  const Outcome refused = apply({next}, options);
  EXPECT_THAT(refused.status.error_message(), HasSubstr("worldwide"));
  EXPECT_EQ(refused.status.error_code(), grpc::StatusCode::INVALID_ARGUMENT)
      << refused.status.error_message();
}

TEST_F(PoliciesTest, RefusesAnInstanceOfNothing) {
  v1::Config next = example();
  next.mutable_traffic_policies()->Clear();
  EXPECT_EQ(apply({next}).status.error_message(),
            "RRSet with DNS name app.global.example.com., type A: there is no traffic policy "
            "worldwide/1");
  next = example();
  record_set(next, "app").set_type("AAAA");
  EXPECT_EQ(apply({next}).status.error_message(),
            "RRSet with DNS name app.global.example.com., type AAAA: traffic policy worldwide/1 "
            "is for type A, not AAAA");
}

TEST_F(PoliciesTest, NamesThePathOfAnErrorInADocument) {
  v1::Config next = example();
  next.mutable_traffic_policies(0)->set_document("{");
  const Outcome refused = apply({next});
  EXPECT_THAT(refused.status.error_message(), HasSubstr("traffic_policies[0]"));
  EXPECT_THAT(refused.status.error_message(), HasSubstr("InvalidTrafficPolicyDocument"));
}

TEST_F(PoliciesTest, RemovesWithPruneWhatTheFilesNoLongerHold) {
  ASSERT_TRUE(apply({example()}).status.ok());
  v1::Config next = example();
  next.mutable_place_overrides()->DeleteSubrange(0, 1);
  EXPECT_EQ(plan(next).changes_size(), 0);
  v1::ApplyOptions options;
  options.set_prune(true);
  ASSERT_TRUE(apply({next}, options).status.ok());
  EXPECT_EQ(exported().place_overrides_size(), 1);
}

TEST_F(PoliciesTest, FindsTheZoneOfAnAliasTarget) {
  const std::string servers = "name_servers: 'ns1.example.net' ";
  const std::string target = "record_sets { name: 'www' type: 'A' records: '192.0.2.1' } ";
  const auto alias = [](const std::string& owner, const std::string& fields) {
    return "record_sets { name: '" + owner + "' type: 'A' alias_target { " + fields + " } } ";
  };
  const Outcome outcome = apply(
      "zones { name: 'example.com' " + servers + target + alias("near", "dns_name: 'www'") +
      alias("far", "dns_name: 'www.example.org.'") +
      alias("deep", "dns_name: 'www.sub.example.org.'") +
      alias("named", "dns_name: 'www.example.org.' hosted_zone_id: 'Example.org'") +
      alias("amazon", "dns_name: 'www.example.org.' hosted_zone_id: 'Z2FDTNDATAQYW2'") +
      alias("outside", "dns_name: 'www.example.net.'") + "} " + "zones { name: 'example.org' " +
      servers + target + "} " + "zones { name: 'sub.example.org' " + servers + target + "} ");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  const auto target_of = [&](const std::string& owner) {
    const model::ZonePtr* zone = controller_->running()->config.zones.find(name("example.com."));
    const model::AliasTarget& found =
        *(*zone)->group(name(owner + ".example.com."), dns::RRType::kA)->sets[0].alias;
    return found.external ? std::string("external") : found.zone_apex.text();
  };
  EXPECT_EQ(target_of("near"), "example.com.");
  EXPECT_EQ(target_of("far"), "example.org.");
  EXPECT_EQ(target_of("deep"), "sub.example.org.");
  EXPECT_EQ(target_of("named"), "example.org.");
  EXPECT_EQ(target_of("amazon"), "external");
  EXPECT_EQ(target_of("outside"), "external");
  // What export writes means the same.
  const Outcome again = apply(export_all());
  ASSERT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_EQ(again.reply.generation(), 1u);
}

TEST_F(PoliciesTest, ChangesAliasesAndInstancesOneByOne) {
  v1::ApplyOptions by_api;
  by_api.set_manage_by_api(true);
  ASSERT_TRUE(apply({example()}, by_api).status.ok());
  v1::ApplyResponse reply;
  const std::string instance =
      "record_set { name: 'app' type: 'A' ttl: 60 traffic_policy_instance { policy: 'worldwide' "
      "version: 1 } }";
  const std::string alias = "record_set { name: '@' type: 'A' alias_target { dns_name: 'api' } }";
  EXPECT_THAT(
      change("zone: 'global.example.com' changes { action: CREATE " + instance + " }", &reply)
          .error_message(),
      HasSubstr("but it already exists"));
  const grpc::Status gone = change("zone: 'global.example.com' changes { action: DELETE " +
                                       instance + " } changes { action: DELETE " + alias + " }",
                                   &reply);
  ASSERT_TRUE(gone.ok()) << gone.error_message();
  EXPECT_EQ(reply.summary().removed(), 2u);
  EXPECT_EQ(group("app.global.example.com."), nullptr);
  const grpc::Status back = change("zone: 'global.example.com' changes { action: CREATE " +
                                       instance + " } changes { action: UPSERT " + alias + " }",
                                   &reply);
  ASSERT_TRUE(back.ok()) << back.error_message();
  EXPECT_EQ(group("app.global.example.com.")->sets.size(), 2u);
}

TEST_F(PoliciesTest, ListsCollectionsOverridesRegionsAndTrafficPolicies) {
  ASSERT_TRUE(apply({example()}).status.ok());
  v1::ListCidrCollectionsResponse collections;
  grpc::ClientContext one;
  ASSERT_TRUE(config_->ListCidrCollections(&one, {}, &collections).ok());
  ASSERT_EQ(collections.cidr_collections_size(), 1);
  EXPECT_EQ(collections.cidr_collections(0).locations(1).cidr_blocks(1), "100.64.128.0/24");
  v1::ListPlaceOverridesResponse places;
  grpc::ClientContext two;
  ASSERT_TRUE(config_->ListPlaceOverrides(&two, {}, &places).ok());
  ASSERT_EQ(places.place_overrides_size(), 2);
  EXPECT_EQ(places.place_overrides(0).city(), "Berlin");
  v1::ListRegionsResponse regions;
  grpc::ClientContext three;
  ASSERT_TRUE(config_->ListRegions(&three, {}, &regions).ok());
  ASSERT_EQ(regions.regions_size(), 1);
  EXPECT_EQ(regions.regions(0).name(), "head-office");
  v1::ListTrafficPoliciesResponse policies;
  grpc::ClientContext four;
  ASSERT_TRUE(config_->ListTrafficPolicies(&four, {}, &policies).ok());
  ASSERT_EQ(policies.traffic_policies_size(), 1);
  EXPECT_EQ(policies.traffic_policies(0).type(), "A");
  EXPECT_EQ(policies.traffic_policies(0).instance_count(), 1u);
}

// The sums 509, 501 and 496 give shares whose common denominator no ring has room for.
TEST_F(PoliciesTest, ExplainsHowFarTheSharesOfARingAreFromTheWeights) {
  const auto set = [](const std::string& owner, const std::string& id, int weight,
                      const std::string& what) {
    return "record_sets { name: '" + owner + "' type: 'A' set_identifier: '" + id + "' " + what +
           " weighted { weight: " + std::to_string(weight) + " } } ";
  };
  const auto address = [](int last) {
    return "ttl: 60 records: '192.0.2." + std::to_string(last) + "'";
  };
  ASSERT_TRUE(apply("zones { name: 'example.com' name_servers: 'ns1.example.net' " +
                    set("top", "a", 255, "alias_target { dns_name: 'x' }") +
                    set("top", "b", 254, "alias_target { dns_name: 'y' }") +
                    set("x", "1", 251, address(1)) + set("x", "2", 250, address(2)) +
                    set("y", "1", 249, address(3)) + set("y", "2", 247, address(4)) + "}")
                  .status.ok());
  const v1::ExplainResponse reply = explain("top.example.com", "A");
  const double wanted[] = {255.0 / 509 * 251 / 501, 255.0 / 509 * 250 / 501,
                           254.0 / 509 * 249 / 496, 254.0 / 509 * 247 / 496};
  ASSERT_EQ(reply.variants_size(), 4);
  double largest = 0;
  for (int i = 0; i < 4; ++i) {
    const v1::ExplainVariant& variant = reply.variants(i);
    EXPECT_NEAR(variant.wanted_share(), wanted[i], 1e-12);
    largest = std::max(largest, std::abs(static_cast<double>(variant.share_numerator()) /
                                             variant.share_denominator() -
                                         wanted[i]));
  }
  EXPECT_NEAR(reply.share_error(), largest, 1e-12);
  EXPECT_GT(reply.share_error(), 0);
  EXPECT_LT(reply.share_error(), 1.0 / reply.ring_slots());
  const v1::ExplainResponse exact = explain("x.example.com", "A");
  EXPECT_EQ(exact.share_error(), 0);
  EXPECT_NEAR(exact.variants(0).wanted_share(), 251.0 / 501, 1e-12);
  EXPECT_EQ(explain("example.com", "SOA").variants(0).wanted_share(), 1);
}

}  // namespace
}  // namespace signpost::control
