// Overrides, safety rules and selectors of tags through the API, on a store that outlives its
// controller.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include "model/notice.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

constexpr const char* kConfig = R"(
    zones { name: "example.com" name_servers: "ns1.example.net" tags: "team=shop"
      record_sets { name: "api" type: "A" records: "192.0.2.1" set_identifier: "lon"
        weighted { weight: 1 } health_check_id: "lon" }
      record_sets { name: "api" type: "A" records: "192.0.2.2" set_identifier: "nyc"
        weighted { weight: 1 } health_check_id: "nyc" }
      record_sets { name: "api" type: "A" records: "192.0.2.9" set_identifier: "sorry"
        weighted { weight: 0 } last_resort: true } }
    zones { name: "example.org" name_servers: "ns1.example.net" }
    health_checks { id: "lon" tags: "site=lon" tags: "role=web" http { ip_address: "192.0.2.1" } }
    health_checks { id: "nyc" tags: "role=web" http { ip_address: "192.0.2.2" } }
    health_checks { id: "door" recovery_control {} tags: "role=door" })";

class OverrideServiceTest : public ServicesTest {
 protected:
  void SetUp() override {
    ServicesTest::SetUp();
    const Outcome applied = apply(kConfig);
    ASSERT_TRUE(applied.status.ok()) << applied.status.error_message();
  }

  grpc::Status set(const std::string& text, v1::SetOverrideResponse* reply = nullptr) {
    v1::SetOverrideRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    v1::SetOverrideResponse ignored;
    grpc::ClientContext call;
    return override_->SetOverride(&call, request, reply == nullptr ? &ignored : reply);
  }

  grpc::Status clear(std::uint64_t number, const std::string& reason = "") {
    v1::ClearOverrideRequest request;
    request.set_number(number);
    request.set_reason(reason);
    v1::ClearOverrideResponse reply;
    grpc::ClientContext call;
    return override_->ClearOverride(&call, request, &reply);
  }

  grpc::Status rule(const std::string& text) {
    v1::SafetyRule request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    v1::SetSafetyRuleResponse reply;
    grpc::ClientContext call;
    return override_->SetSafetyRule(&call, request, &reply);
  }

  v1::ListOverridesResponse overrides() {
    v1::ListOverridesResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(override_->ListOverrides(&call, {}, &reply).ok());
    return reply;
  }

  std::vector<std::string> history() {
    v1::ListOverrideHistoryResponse reply;
    grpc::ClientContext call;
    EXPECT_TRUE(override_->ListOverrideHistory(&call, {}, &reply).ok());
    std::vector<std::string> texts;
    for (const auto& item : reply.items()) texts.push_back(item.text());
    return texts;
  }

  // "IDENTIFIER share", in the order of identifiers.
  std::vector<std::string> answers(const std::string& name) {
    std::vector<std::string> found;
    const v1::ExplainResponse explained = explain(name, "A");
    for (const auto& variant : explained.variants())
      found.push_back(variant.choice() + " " + std::to_string(variant.share_numerator()) + "/" +
                      std::to_string(variant.share_denominator()));
    return found;
  }
};

TEST_F(OverrideServiceTest, ForcesAnEndpointDownAndGivesItBackWhenCleared) {
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"lon 1/2", "nyc 1/2"}));
  v1::SetOverrideResponse made;
  ASSERT_TRUE(set(R"(override { action: DOWN endpoint: "192.0.2.1" reason: "disk" })", &made).ok());
  EXPECT_EQ(made.override().number(), 1u);
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"nyc 1/1"}));
  EXPECT_THAT(explain("api.example.com", "A").steps(2).text(),
              HasSubstr("lon: weight 1, down by override 1 of "));
  ASSERT_TRUE(clear(1, "new disk").ok());
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"lon 1/2", "nyc 1/2"}));
  EXPECT_EQ(history(), (std::vector<std::string>{"override 1 cleared: new disk",
                                                 "override 1: down, endpoint 192.0.2.1: disk"}));
}

TEST_F(OverrideServiceTest, OutlivesARestartWithItsNumberReasonAndEffect) {
  ASSERT_TRUE(set(R"(override { action: DOWN selector: "site=lon" reason: "x" })").ok());
  health::CheckState nyc;
  nyc.id = "nyc";
  nyc.health = model::Health::kHealthy;
  controller_->on_verdict(nyc);
  controller_->safety_rules();  // comes after the verdict
  start("");
  ASSERT_EQ(overrides().overrides_size(), 1);
  EXPECT_EQ(overrides().overrides(0).reason(), "x");
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"nyc 1/1"}));
  v1::SetOverrideResponse made;
  ASSERT_TRUE(set(R"(override { action: UP health_check_id: "nyc" })", &made).ok());
  EXPECT_EQ(made.override().number(), 2u);
}

TEST_F(OverrideServiceTest, AnswersTheLastResortWhileEverythingElseIsDown) {
  ASSERT_TRUE(set(R"(override { action: DOWN selector: "role=web" })").ok());
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"sorry 1/1"}));
}

TEST_F(OverrideServiceTest, SelectsChecksThatGetTheirTagsLater) {
  ASSERT_TRUE(set(R"(override { action: DOWN selector: "site=nyc" })").ok());
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"lon 1/2", "nyc 1/2"}));
  std::string tagged = kConfig;
  tagged.replace(tagged.find("id: \"nyc\" tags"), 14, "id: \"nyc\" tags: \"site=nyc\" tags");
  ASSERT_TRUE(apply(tagged).status.ok());
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"lon 1/1"}));
}

TEST_F(OverrideServiceTest, RefusesByItsSafetyRulesAndTellsWhatWouldRemain) {
  ASSERT_TRUE(rule(R"(name: "web" at_least: 2 selector: "role=web")").ok());
  const grpc::Status refused = set(R"(override { action: DOWN region: "x" })");
  EXPECT_TRUE(refused.ok()) << refused.error_message();  // no set is in that region
  const grpc::Status broken = set(R"(override { action: DOWN health_check_id: "lon" })");
  EXPECT_EQ(broken.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(broken.error_message(), HasSubstr("safety rule web wants at least 2 of 2 checks on, "
                                                "and 1 would remain: nyc"));
  EXPECT_EQ(answers("api.example.com"), (std::vector<std::string>{"lon 1/2", "nyc 1/2"}));
  EXPECT_EQ(
      set(R"(override { action: DOWN health_check_id: "lon" } break_glass: true)").error_code(),
      grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_TRUE(
      set(R"(override { action: DOWN health_check_id: "lon" reason: "fire" } break_glass: true)")
          .ok());
  EXPECT_THAT(history().front(), HasSubstr("breaking the glass although safety rule web"));
}

TEST_F(OverrideServiceTest, HoldsASwitchBackByASafetyRule) {
  ASSERT_TRUE(rule(R"(name: "door" at_least: 1 health_check_ids: "door")").ok());
  v1::SetRecoveryControlRequest request;
  request.set_id("door");
  v1::SetRecoveryControlResponse reply;
  grpc::ClientContext call;
  EXPECT_EQ(health_->SetRecoveryControl(&call, request, &reply).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  request.set_break_glass(true);
  request.set_reason("fire");
  grpc::ClientContext again;
  EXPECT_TRUE(health_->SetRecoveryControl(&again, request, &reply).ok());
}

TEST_F(OverrideServiceTest, RefusesWhatMakesNoSenseAndNamesTheField) {
  const auto refusal = [&](const std::string& text) { return set(text).error_message(); };
  EXPECT_EQ(refusal(R"(override { action: DOWN })"),
            "override: says nothing to override; give one of health_check_id, selector, region and "
            "endpoint");
  EXPECT_EQ(refusal(R"(override { region: "x" })"),
            "override.action: is missing; use UP, DOWN or DRAIN");
  EXPECT_EQ(refusal(R"(override { action: DOWN health_check_id: "gone" })"),
            "health check gone does not exist");
  EXPECT_THAT(refusal(R"(override { action: DOWN endpoint: "192.0.2.1.5" })"),
              HasSubstr("override.endpoint: "));
  EXPECT_EQ(refusal(R"(override { action: UP region: "x" ramp_seconds: 9 })"),
            "override.ramp_seconds: is of no use; only a DRAIN has a ramp");
  EXPECT_THAT(refusal(R"(override { action: DOWN selector: "a=b=c" })"),
              HasSubstr("override.selector: \"a=b=c\" is not allowed"));
  EXPECT_TRUE(overrides().overrides().empty());
  EXPECT_EQ(clear(7).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(OverrideServiceTest, TellsNoticesOfOverridesAndOfTheFlipsTheyMake) {
  ASSERT_TRUE(set(R"(override { action: DOWN health_check_id: "lon" reason: "x" })").ok());
  ASSERT_TRUE(clear(1).ok());
  std::vector<std::string> texts;
  for (const model::NoticePtr& notice : notice_log_.unstored())
    texts.push_back(model::summary_of(notice->event));
  ASSERT_EQ(texts.size(), 4u);
  EXPECT_THAT(texts[0], HasSubstr("override 1: down, health check lon: x, by "));
  EXPECT_THAT(texts[1], HasSubstr("health check lon (http://192.0.2.1:80/) is unhealthy: down by "
                                  "override 1 of "));
  EXPECT_THAT(texts[2], HasSubstr("override 1 cleared, by "));
  EXPECT_THAT(texts[3], HasSubstr("is unknown: an override ended"));
}

TEST_F(OverrideServiceTest, ListsBySelectorsOfTags) {
  v1::ListZonesRequest zones;
  zones.set_selector("team=shop");
  v1::ListZonesResponse listed;
  grpc::ClientContext call;
  ASSERT_TRUE(config_->ListZones(&call, zones, &listed).ok());
  ASSERT_EQ(listed.zones_size(), 1);
  EXPECT_EQ(listed.zones(0).name(), "example.com.");
  v1::ListHealthChecksRequest checks;
  checks.set_selector("role=web,site!=lon");
  v1::ListHealthChecksResponse found;
  grpc::ClientContext next;
  ASSERT_TRUE(config_->ListHealthChecks(&next, checks, &found).ok());
  ASSERT_EQ(found.health_checks_size(), 1);
  EXPECT_EQ(found.health_checks(0).id(), "nyc");
}

}  // namespace
}  // namespace signpost::control
