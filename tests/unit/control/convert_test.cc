// What `signpost convert` makes of other servers' configurations is accepted, and answered as they
// answer.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "signpost/config_reader.h"
#include "signpost/config_writer.h"
#include "signpost/convert/conversion.h"
#include "signpost/convert/gdnsd.h"
#include "signpost/convert/route53.h"
#include "tests/support/folder.h"
#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

// Addresses with the part of the answers that have them.
using Shares = std::map<std::string, double>;

class ConvertTest : public ServicesTest {
 protected:
  // The conversion as `signpost apply` reads it.
  v1::Config read_back(const cli::convert::Conversion& conversion) const {
    const std::string file =
        files_.write("converted.yaml", cli::to_yaml(conversion.config, conversion.comments()));
    const absl::StatusOr<cli::LoadedConfig> loaded = cli::load_config({file});
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    if (!loaded.ok()) return {};
    EXPECT_EQ(loaded->config.DebugString(), conversion.config.DebugString());
    return loaded->config;
  }

  void apply_with_places(v1::Config config) {
    for (const auto& [prefix, country, state] :
         {std::tuple("198.18.1.0/24", "DE", ""), std::tuple("198.18.2.0/24", "US", "CA"),
          std::tuple("198.18.3.0/24", "US", "TX"), std::tuple("198.18.4.0/24", "CA", ""),
          std::tuple("198.18.5.0/24", "JP", ""), std::tuple("198.18.6.0/24", "CH", "")}) {
      v1::PlaceOverride* place = config.add_place_overrides();
      place->set_prefix(prefix);
      place->set_country_code(country);
      place->set_subdivision_code(state);
      // Frankfurt for Germany, Tokyo for all others.
      place->mutable_coordinates()->set_latitude(country == std::string("DE") ? 50.1 : 35.7);
      place->mutable_coordinates()->set_longitude(country == std::string("DE") ? 8.7 : 139.7);
    }
    const Outcome outcome = apply({config});
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
    config_ = std::move(config);
    for (const v1::HealthCheck& check : config_.health_checks())
      healthy_[check.id()] = !(check.disabled() && check.inverted());
    tell_health();
  }

  // What a client would get, asked of decide() by way of `explain`.
  Shares shares(const std::string& name, const std::string& client = "",
                const std::string& type = "A") {
    const v1::ExplainResponse reply = explain(name + ".example.com", type, client);
    Shares shares;
    for (const v1::ExplainVariant& variant : reply.variants())
      for (const std::string& record : variant.answer())
        shares[record.substr(record.rfind(' ') + 1)] +=
            1.0 * variant.share_numerator() / variant.share_denominator();
    for (auto& [record, share] : shares) share = std::round(share * 1e6) / 1e6;
    return shares;
  }

  // Returns once that is served.
  void set_health(const std::string& check, bool healthy) {
    ASSERT_TRUE(healthy_.contains(check)) << check;
    healthy_[check] = healthy;
    tell_health();
  }

 private:
  // In the place of the monitor, which calculates checks, too.
  void tell_health() {
    for (int depth = 0; depth < 2; ++depth) {
      for (const v1::HealthCheck& check : config_.health_checks()) {
        if (!check.has_calculated()) continue;
        const auto& children = check.calculated().child_health_checks();
        healthy_[check.id()] =
            std::count_if(children.begin(), children.end(), [&](const std::string& child) {
              return healthy_[child];
            }) >= check.calculated().health_threshold();
      }
    }
    for (const auto& [id, healthy] : healthy_) {
      health::CheckState state;
      state.id = id;
      state.health = healthy ? model::Health::kHealthy : model::Health::kUnhealthy;
      controller_->on_verdict(state);
    }
    // A change waits behind the verdicts.
    EXPECT_TRUE(controller_->apply({}).ok());
  }

  v1::Config config_;
  std::map<std::string, bool> healthy_;
  const Folder files_;
};

class Route53Test : public ConvertTest {
 protected:
  void SetUp() override {
    ConvertTest::SetUp();
    const std::string folder = std::string(SIGNPOST_CONVERT_EXAMPLES) + "/route53/";
    cli::convert::Route53Source source;
    for (const char* name : {"record-sets", "hosted-zone", "health-checks", "collections",
                             "c8c02a84", "policy", "instances"})
      source.files.push_back(folder + name + ".json");
    cli::convert::Conversion conversion;
    const absl::Status status = cli::convert::convert_route53(source, conversion);
    ASSERT_TRUE(status.ok()) << status;
    apply_with_places(read_back(conversion));
  }
};

TEST_F(Route53Test, AnswersEveryPolicyAsRoute53Does) {
  EXPECT_EQ(shares("anything"), (Shares{{"192.0.2.9", 1}}));
  EXPECT_EQ(shares("weighted"), (Shares{{"192.0.2.10", 0.75}, {"192.0.2.11", 0.25}}));
  EXPECT_EQ(shares("latency", "198.18.1.7"), (Shares{{"192.0.2.20", 1}}));
  EXPECT_EQ(shares("geo", "198.18.1.7"), (Shares{{"192.0.2.30", 1}}));
  EXPECT_EQ(shares("geo", "198.18.2.7"), (Shares{{"192.0.2.32", 1}}));
  EXPECT_EQ(shares("geo", "198.18.4.7"), (Shares{{"192.0.2.31", 1}}));
  EXPECT_EQ(shares("geo", "198.18.5.7"), (Shares{{"192.0.2.33", 1}}));
  EXPECT_EQ(shares("near", "198.18.1.7"), (Shares{{"192.0.2.40", 1}}));
  EXPECT_EQ(shares("near", "198.18.5.7"), (Shares{{"192.0.2.41", 1}}));
  EXPECT_EQ(shares("cidr", "198.51.100.7"), (Shares{{"192.0.2.50", 1}}));
  EXPECT_EQ(shares("cidr", "192.0.2.7"), (Shares{{"192.0.2.51", 1}}));
  EXPECT_EQ(shares("failover"), (Shares{{"192.0.2.10", 0.75}, {"192.0.2.11", 0.25}}));
  EXPECT_EQ(shares("app"), (Shares{{"192.0.2.90", 0.75}, {"192.0.2.91", 0.25}}));
  // The check of "a" is disabled and inverted: unhealthy.
  EXPECT_EQ(shares("multi"), (Shares{{"192.0.2.71", 1}}));
}

TEST_F(Route53Test, FollowsTheHealthOfTheChecksThatCameAlong) {
  set_health("11111111-1111-1111-1111-111111111111", false);
  EXPECT_EQ(shares("weighted"), (Shares{{"192.0.2.11", 1}}));
  set_health("11111111-1111-1111-1111-111111111111", true);
  EXPECT_EQ(shares("weighted"), (Shares{{"192.0.2.10", 0.75}, {"192.0.2.11", 0.25}}));
}

TEST_F(Route53Test, ReadsNamesAndTextsWithOctalEscapes) {
  const v1::ExplainResponse text = explain("example.com", "TXT");
  ASSERT_EQ(text.variants_size(), 1);
  EXPECT_THAT(text.variants(0).answer(0), testing::HasSubstr("\"v=spf1 -all A\\\"\""));
}

class GdnsdTest : public ConvertTest {
 protected:
  void SetUp() override {
    ConvertTest::SetUp();
    cli::convert::Conversion conversion;
    const absl::Status status =
        cli::convert::convert_gdnsd(std::string(SIGNPOST_CONVERT_EXAMPLES) + "/gdnsd", conversion);
    ASSERT_TRUE(status.ok()) << status;
    apply_with_places(read_back(conversion));
  }
};

TEST_F(GdnsdTest, AnswersEveryPluginAsGdnsdDoesWhileAllIsUp) {
  EXPECT_EQ(shares("www"), (Shares{{"192.0.2.11", 1}, {"192.0.2.12", 1}}));
  EXPECT_EQ(shares("trio"), (Shares{{"192.0.2.21", 1}, {"192.0.2.22", 1}, {"192.0.2.23", 1}}));
  EXPECT_EQ(shares("trio", "", "AAAA"), (Shares{{"2001:db8::21", 1}}));
  EXPECT_EQ(shares("plain"), (Shares{{"192.0.2.31", 1}, {"192.0.2.32", 1}}));
  EXPECT_EQ(shares("mail2"), (Shares{{"192.0.2.41", 1}}));
  EXPECT_EQ(shares("lax"), (Shares{{"192.0.2.43", 1}}));
  EXPECT_EQ(shares("sizes"), (Shares{{"192.0.2.51", 0.75}, {"192.0.2.52", 0.25}}));
  EXPECT_EQ(shares("door"), (Shares{{"192.0.2.80", 1}}));
  EXPECT_EQ(shares("shop", "", "CNAME"), (Shares{{"shop.example.net.", 1}}));
  EXPECT_EQ(shares("prod"), (Shares{{"192.0.2.101", 1}}));
  EXPECT_EQ(shares("prod-two"), (Shares{{"192.0.2.111", 1}, {"192.0.2.112", 1}}));
  EXPECT_EQ(shares("names", "", "CNAME"), (Shares{{"a.example.net.", 1}}));
  EXPECT_EQ(shares("mx"), (Shares{{"192.0.2.25", 1}}));
}

TEST_F(GdnsdTest, AnswersAllOfAPoolAgainWhileTooFewAreUp) {
  set_health("web-192.0.2.21", false);
  EXPECT_EQ(shares("trio"), (Shares{{"192.0.2.22", 1}, {"192.0.2.23", 1}}));
  set_health("web-192.0.2.22", false);
  EXPECT_EQ(shares("trio").size(), 3u);
  set_health("web-192.0.2.53", false);
  EXPECT_EQ(shares("even"), (Shares{{"192.0.2.54", 0.5}, {"192.0.2.55", 0.5}}));
  set_health("web-192.0.2.54", false);
  EXPECT_EQ(shares("even").size(), 3u);
}

TEST_F(GdnsdTest, GoesThroughTheDataCentresInTheirOrderAndBackToTheFirst) {
  set_health("web-192.0.2.101", false);
  EXPECT_EQ(shares("prod"), (Shares{{"192.0.2.111", 1}, {"192.0.2.112", 1}}));
  set_health("web-192.0.2.111", false);
  set_health("web-192.0.2.112", false);
  EXPECT_EQ(shares("prod").size(), 3u);  // the third, whose pool has three
  set_health("web-192.0.2.21", false);
  set_health("web-192.0.2.22", false);
  // The last is a name elsewhere, which nobody has looked up in this test.
  EXPECT_EQ(explain("prod.example.com", "A").outcome(), "SERVFAIL");
}

TEST_F(GdnsdTest, RoutesByPlaceNetworkAndDistance) {
  const Shares europe = {{"192.0.2.122", 1}, {"192.0.2.123", 1}};
  EXPECT_EQ(shares("site", "198.18.1.7"), europe);
  EXPECT_EQ(shares("site", "198.18.3.7"), (Shares{{"192.0.2.121", 1}}));
  EXPECT_EQ(shares("site", "198.18.5.7"), (Shares{{"192.0.2.124", 1}}));
  EXPECT_EQ(shares("site", "198.18.4.7"), (Shares{{"192.0.2.121", 1}}));  // by default
  EXPECT_EQ(shares("site", "10.1.2.3"), europe);
  EXPECT_EQ(shares("site", "198.51.100.7"), (Shares{{"192.0.2.124", 1}}));
  EXPECT_EQ(shares("near", "198.18.1.7"), (Shares{{"192.0.2.122", 1}}));
}

TEST_F(GdnsdTest, KeepsAPlaceToItsOwnOrderWhateverFails) {
  set_health("web-192.0.2.122", false);
  set_health("web-192.0.2.123", false);
  EXPECT_EQ(shares("site", "198.18.1.7"), (Shares{{"192.0.2.121", 1}}));
  set_health("web-192.0.2.121", false);
  EXPECT_EQ(shares("site", "198.18.1.7").size(), 2u);
  // Switzerland has Europe alone.
  EXPECT_EQ(shares("site", "198.18.6.7").size(), 2u);
}

}  // namespace
}  // namespace signpost::control
