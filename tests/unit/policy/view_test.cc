// Private zones of views: what their clients see, and what nobody else does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "policy/explain.h"
#include "policy/lookup.h"
#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

using dns::RRType;
using model::Outcome;
using testing::BatchBuilder;
using ::testing::HasSubstr;
using testing::name;

dns::NameSpace space(const std::string& view) { return dns::NameSpace::named(view).value(); }

class World {
 public:
  void apply(const model::ChangeBatch& batch) {
    config_ = testing::applied(config_, batch);
    const CompiledTable compiled = compiler_.compile_batch(config_, seen_, batch);
    compiler_.accept(compiled);
  }

  // What a client of `view` is told: the addresses, "NXDOMAIN", "NODATA" or "REFUSED"; behind a
  // CNAME that ends the reply "CNAME".
  std::string ask(const std::string& view, const std::string& qname) const {
    const model::AnswerTable& table = *compiler_.table();
    const Finding found = find(table, seen_from(space(view), name(qname), table), RRType::kA);
    if (found.kind == FindingKind::kOutOfZone) return "REFUSED";
    if (found.negative != nullptr)
      return found.negative->outcome == Outcome::kNxdomain ? "NXDOMAIN" : "NODATA";
    const model::Variant& variant = found.answer->variants.front();
    if (variant.outcome == Outcome::kNxdomain) return "CNAME to NXDOMAIN";
    const std::string_view octets = variant.octets;
    const bool ends_with_address =
        octets.size() >= 14 && octets.substr(octets.size() - 6, 2) == std::string("\0\4", 2);
    if (!ends_with_address) return "CNAME";
    std::string text;
    for (std::size_t i = octets.size() - 4; i < octets.size(); ++i)
      text += (text.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(octets[i]));
    return text;
  }

  // What differs between this table and one that is compiled from scratch.
  std::vector<std::string> differences() {
    IdRegistry ids(1000, 1000);
    TableCompiler fresh(ids);
    const CompiledTable whole = fresh.compile_all(config_, seen_);
    std::vector<std::string> differences;
    const auto compare = [&](const model::AnswerTable& a, const model::AnswerTable& b) {
      a.nodes.for_each([&](const dns::Name& name, const model::NodePtr& node) {
        const model::NodePtr* other = b.nodes.find(name);
        if (other == nullptr || !node->serves_like(**other)) differences.push_back(name.text());
      });
    };
    compare(*compiler_.table(), *whole.table);
    compare(*whole.table, *compiler_.table());
    if (*compiler_.table()->views != *whole.table->views) differences.emplace_back("views");
    return differences;
  }

  const model::Config& config() const { return config_; }
  Explanation explain(const std::string& qname, const std::string& client) const {
    return policy::explain(config_, seen_, *compiler_.table(), name(qname), RRType::kA,
                           model::Prefix::parse(client).value(), 0);
  }

 private:
  model::Config config_;
  model::Observations seen_;
  IdRegistry ids_{1000, 1000};
  TableCompiler compiler_{ids_};
};

// example.com in public, in office and in lab; corp.test in office alone; dev.example.com in
// public.
World example() {
  World world;
  world.apply(
      BatchBuilder()
          .view("office", {"10.0.0.0/8", "2001:db8::/32"})
          .view("lab", {"10.1.0.0/16"})
          .zone("example.com.", 1)
          .simple("example.com.", "www.example.com.", RRType::kA, {"192.0.2.1"})
          .simple("example.com.", "only.example.com.", RRType::kA, {"192.0.2.2"})
          .zone("dev.example.com.", 2)
          .simple("dev.example.com.", "www.dev.example.com.", RRType::kA, {"192.0.2.3"})
          .zone("example.com.@office", 3)
          .simple("example.com.@office", "www.example.com.@office", RRType::kA, {"10.0.0.1"})
          .simple("example.com.@office", "*.any.example.com.@office", RRType::kA, {"10.0.0.2"})
          .zone("example.com.@lab", 4)
          .simple("example.com.@lab", "www.example.com.@lab", RRType::kA, {"10.1.0.1"})
          .zone("corp.test.@office", 5)
          .simple("corp.test.@office", "db.corp.test.@office", RRType::kA, {"10.0.0.3"})
          .batch());
  return world;
}

TEST(View, HasTheSameNameInEachNameSpaceForItself) {
  const World world = example();
  EXPECT_EQ(world.ask("", "www.example.com."), "192.0.2.1");
  EXPECT_EQ(world.ask("office", "WWW.example.com."), "10.0.0.1");
  EXPECT_EQ(world.ask("lab", "www.example.com."), "10.1.0.1");
  EXPECT_EQ(world.ask("office", "x.any.example.com."), "10.0.0.2");
}

TEST(View, AloneSeesItsPrivateZones) {
  const World world = example();
  EXPECT_EQ(world.ask("office", "db.corp.test."), "10.0.0.3");
  EXPECT_EQ(world.ask("", "db.corp.test."), "REFUSED");
  EXPECT_EQ(world.ask("lab", "db.corp.test."), "REFUSED");
  EXPECT_EQ(world.ask("office", "test."), "REFUSED") << "above the zone there is nothing";
}

// Route 53: where a private zone matches, the query is not forwarded to the public one.
TEST(View, DoesNotFallThroughToThePublicZone) {
  const World world = example();
  EXPECT_EQ(world.ask("", "only.example.com."), "192.0.2.2");
  EXPECT_EQ(world.ask("office", "only.example.com."), "NXDOMAIN");
  EXPECT_EQ(world.ask("office", "www.dev.example.com."), "NXDOMAIN")
      << "also where the public zone is the longer one";
  EXPECT_EQ(world.ask("lab", "x.any.example.com."), "NXDOMAIN");
}

TEST(View, SeesPublicZonesWhereNoneOfItsOwnEnclosesTheName) {
  World world = example();
  world.apply(BatchBuilder()
                  .zone("example.net.", 6)
                  .simple("example.net.", "www.example.net.", RRType::kA, {"192.0.2.4"})
                  .batch());
  EXPECT_EQ(world.ask("office", "www.example.net."), "192.0.2.4");
  EXPECT_EQ(world.ask("office", "none.example.net."), "NXDOMAIN");
}

TEST(View, FollowsAliasesAsItsClientsSeeTheTargets) {
  World world = example();
  world.apply(BatchBuilder()
                  .zone("example.net.", 6)
                  .simple("example.net.", "www.example.net.", RRType::kA, {"192.0.2.4"})
                  .simple("example.net.", "back.example.net.", RRType::kCname, {"db.corp.test."})
                  .simple("corp.test.@office", "home.corp.test.@office", RRType::kCname,
                          {"www.example.com."})
                  .simple("corp.test.@office", "out.corp.test.@office", RRType::kCname,
                          {"www.example.net."})
                  .simple("corp.test.@office", "gone.corp.test.@office", RRType::kCname,
                          {"only.example.com."})
                  .simple("corp.test.@office", "round.corp.test.@office", RRType::kCname,
                          {"back.example.net."})
                  .batch());
  EXPECT_EQ(world.ask("office", "home.corp.test."), "10.0.0.1");
  EXPECT_EQ(world.ask("office", "out.corp.test."), "192.0.2.4");
  EXPECT_EQ(world.ask("office", "gone.corp.test."), "CNAME to NXDOMAIN");
  EXPECT_EQ(world.ask("office", "round.corp.test."), "10.0.0.3") << "by way of a public name";
}

// A client of office gets the same public reply as all others: what it holds beyond the CNAME must
// not be other than what the client finds when it asks for the target.
TEST(View, EndsAPublicReplyWhereAPrivateZoneBegins) {
  World world = example();
  world.apply(
      BatchBuilder()
          .simple("example.com.", "alias.example.com.", RRType::kCname, {"www.example.com."})
          .zone("example.net.", 6)
          .simple("example.net.", "alias.example.net.", RRType::kCname, {"www.example.com."})
          .batch());
  EXPECT_EQ(world.ask("", "alias.example.net."), "CNAME");
  EXPECT_EQ(world.ask("office", "alias.example.net."), "CNAME");
  EXPECT_EQ(world.ask("", "alias.example.com."), "192.0.2.1")
      << "nobody who has a private zone there sees this alias";
  EXPECT_EQ(world.differences(), std::vector<std::string>());

  world.apply(BatchBuilder().delete_zone("example.com.@office").batch());
  EXPECT_EQ(world.ask("", "alias.example.net."), "CNAME") << "lab still has its own";
  EXPECT_EQ(world.differences(), std::vector<std::string>());

  world.apply(BatchBuilder().delete_zone("example.com.@lab").batch());
  EXPECT_EQ(world.ask("", "alias.example.net."), "192.0.2.1");
  EXPECT_EQ(world.ask("office", "alias.example.net."), "192.0.2.1");
  EXPECT_EQ(world.differences(), std::vector<std::string>());

  world.apply(BatchBuilder().view("new", {"10.2.0.0/16"}).zone("example.com.@new", 7).batch());
  EXPECT_EQ(world.ask("", "alias.example.net."), "CNAME");
  EXPECT_EQ(world.differences(), std::vector<std::string>());
}

TEST(View, IsWhereExplainSaysTheClientIs) {
  const World world = example();
  const Explanation office = world.explain("www.example.com.", "10.9.0.1");
  EXPECT_EQ(office.view, space("office"));
  EXPECT_EQ(office.name, name("www.example.com.@office"));
  ASSERT_NE(office.zone, nullptr);
  EXPECT_EQ(office.zone->apex, name("example.com.@office"));
  EXPECT_EQ(office.steps.front().text, "the client is in view office");
  const Explanation fallen = world.explain("www.dev.example.com.", "10.1.0.1");
  EXPECT_EQ(fallen.view, space("lab"));
  EXPECT_EQ(fallen.finding.kind, FindingKind::kNegative);
  EXPECT_TRUE(world.explain("www.example.com.", "192.0.2.77").view.is_public());
  EXPECT_EQ(world.explain("www.example.com.", "192.0.2.77").zone->apex, name("example.com."));
}

std::string refusal(const model::Config& config, const model::ChangeBatch& batch) {
  const absl::StatusOr<model::Config> after = apply_batch(config, batch);
  return after.ok() ? "" : std::string(after.status().message());
}

TEST(ViewRules, RefuseANetworkOfTwoViews) {
  const World world = example();
  EXPECT_THAT(refusal(world.config(), BatchBuilder().view("third", {"10.1.0.0/16"}).batch()),
              HasSubstr("view third: network 10.1.0.0/16 belongs to view lab; take it out of one"));
  EXPECT_EQ(refusal(world.config(), BatchBuilder().view("third", {"10.1.0.0/17"}).batch()), "");
  EXPECT_EQ(
      refusal(world.config(),
              BatchBuilder().view("third", {"10.1.0.0/16"}).view("lab", {"10.3.0.0/16"}).batch()),
      "")
      << "only the final state counts";
}

TEST(ViewRules, RefuseAZoneOfNoView) {
  EXPECT_THAT(refusal({}, BatchBuilder().zone("example.com.@nowhere", 1).batch()),
              HasSubstr("zone example.com.@nowhere: there is no view nowhere; define it"));
}

TEST(ViewRules, KeepAViewThatHasZones) {
  const World world = example();
  EXPECT_THAT(refusal(world.config(), BatchBuilder().delete_view("lab").batch()),
              HasSubstr("view lab has zone example.com.@lab; delete the zone before the view"));
  EXPECT_EQ(refusal(world.config(),
                    BatchBuilder().delete_zone("example.com.@lab").delete_view("lab").batch()),
            "");
  EXPECT_THAT(refusal(world.config(), BatchBuilder().delete_view("third").batch()),
              HasSubstr("view third does not exist"));
}

// Zones and aliases that come and go at random in all name spaces.
TEST(View, IsCompiledChangeByChangeAsItIsFromScratch) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto draw = [&](std::size_t below) { return random() % below; };
  const std::vector<std::string> spaces = {"", "@office", "@lab"};
  const std::vector<std::string> apexes = {"com.", "a.com.", "b.a.com.", "net."};
  const std::vector<std::string> labels = {"x", "y.x", "*", "b"};
  World world;
  world.apply(BatchBuilder().view("office", {"10.0.0.0/8"}).view("lab", {"10.1.0.0/16"}).batch());
  std::map<std::string, std::set<std::string>> owners;  // by zone held
  model::ZoneId next_id = 1;
  for (int round = 0; round < 300; ++round) {
    const std::string view = spaces[draw(spaces.size())];
    const std::string bare = apexes[draw(apexes.size())];
    const std::string apex = bare + view;
    BatchBuilder batch;
    if (!owners.contains(apex)) {
      batch.zone(apex, next_id++);
      owners[apex];
    } else if (draw(6) == 0) {
      batch.delete_zone(apex);
      owners.erase(apex);
    } else {
      const std::string owner = labels[draw(labels.size())] + "." + apex;
      if (owners[apex].contains(owner)) {
        batch.remove(apex, owner, RRType::kCname);
        owners[apex].erase(owner);
      } else {
        const std::string target = labels[draw(labels.size())] + "." + apexes[draw(apexes.size())];
        batch.simple(apex, owner, RRType::kCname, {target});
        owners[apex].insert(owner);
      }
    }
    world.apply(batch.batch());
    ASSERT_EQ(world.differences(), std::vector<std::string>()) << "round " << round;
  }
}

}  // namespace
}  // namespace signpost::policy
