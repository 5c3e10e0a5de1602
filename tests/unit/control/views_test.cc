// Views and private zones, through the services and the store.
#include <gmock/gmock.h>

#include "tests/unit/control/services_fixture.h"

namespace signpost::control {
namespace {

using testing::HasSubstr;

constexpr const char* kConfig = R"(
  views { name: "office" networks: "10.0.0.0/8" networks: "2001:db8::/32" }
  views { name: "lab" networks: "10.1.0.0/16" }
  zones {
    name: "example.com" name_servers: "ns1.example.com"
    record_sets { name: "www" type: "A" records: "192.0.2.1" }
  }
  zones {
    name: "example.com@office" name_servers: "ns1.example.com" comment: "inside"
    record_sets { name: "www" type: "A" records: "10.0.0.1" }
    record_sets { name: "api.example.com." type: "A" records: "10.0.0.2" }
    record_sets { name: "near" type: "A" alias_target { dns_name: "www" } }
    record_sets { name: "far" type: "A" alias_target { dns_name: "www.example.net." } }
    record_sets {
      name: "lab" type: "A"
      alias_target { dns_name: "www.corp.test." hosted_zone_id: "corp.test@lab" }
    }
  }
  zones {
    name: "corp.test@lab" name_servers: "ns1.corp.test"
    record_sets { name: "www" type: "A" records: "10.1.0.1" }
  }
  zones {
    name: "example.net" name_servers: "ns1.example.net"
    record_sets { name: "www" type: "A" records: "192.0.2.9" }
  })";

class ViewsTest : public ServicesTest {
 protected:
  std::string exported() {
    v1::Config all;
    for (const v1::Config& part : export_all()) all.MergeFrom(part);
    return all.DebugString();
  }

  // The first answer to a client, without its owner: "300 IN A 10.0.0.1"; or the rcode.
  std::string answer(const std::string& name, const std::string& client) {
    const v1::ExplainResponse reply = explain(name, "A", client);
    if (reply.variants_size() == 0 || reply.variants(0).answer_size() == 0) return reply.rcode();
    const std::string& line = reply.variants(0).answer(0);
    return line.substr(line.find(' ') + 1);
  }

  std::string refusal(const std::string& text) {
    const Outcome outcome = apply(text);
    return outcome.status.ok() ? "" : outcome.status.error_message();
  }

  const model::AliasTarget& target(const std::string& owner) {
    const model::ZonePtr* zone =
        controller_->running()->config.zones.find(name("example.com.@office"));
    return *(*zone)->group(name(owner + ".example.com.@office"), dns::RRType::kA)->sets[0].alias;
  }
};

TEST_F(ViewsTest, AnswersEachClientByItsView) {
  const Outcome outcome = apply(kConfig);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(answer("www.example.com", "10.2.0.1"), "300 IN A 10.0.0.1");
  EXPECT_EQ(answer("www.example.com", "2001:db8::1"), "300 IN A 10.0.0.1");
  EXPECT_EQ(answer("www.example.com", "192.0.2.77"), "300 IN A 192.0.2.1");
  EXPECT_EQ(answer("www.example.com", "10.1.0.1"), "300 IN A 192.0.2.1");
  EXPECT_EQ(answer("api.example.com", "10.2.0.1"), "300 IN A 10.0.0.2");
  EXPECT_EQ(answer("api.example.com", "10.1.0.1"), "NXDOMAIN");
  EXPECT_EQ(answer("www.corp.test", "10.1.0.1"), "300 IN A 10.1.0.1");
  EXPECT_EQ(answer("www.corp.test", "10.2.0.1"), "REFUSED");
  const v1::ExplainResponse reply = explain("www.example.com", "A", "10.2.0.1");
  EXPECT_EQ(reply.view(), "office");
  EXPECT_EQ(reply.zone(), "example.com.@office");
  EXPECT_EQ(reply.name(), "www.example.com.");
}

TEST_F(ViewsTest, FindsAliasTargetsAsTheViewSeesThem) {
  ASSERT_TRUE(apply(kConfig).status.ok());
  EXPECT_EQ(target("near").zone_apex, name("example.com@office"));
  EXPECT_EQ(target("far").zone_apex, name("example.net"));
  EXPECT_EQ(target("far").name, name("www.example.net"));
  EXPECT_EQ(target("lab").name, name("www.corp.test@lab"));
  EXPECT_EQ(answer("near.example.com", "10.2.0.1"), "300 IN A 10.0.0.1");
  EXPECT_EQ(answer("far.example.com", "10.2.0.1"), "300 IN A 192.0.2.9");
  EXPECT_EQ(answer("lab.example.com", "10.2.0.1"), "300 IN A 10.1.0.1");
}

TEST_F(ViewsTest, ChangeNothingWhenTheirOwnExportIsApplied) {
  ASSERT_TRUE(apply(kConfig).status.ok());
  v1::ApplyOptions options;
  options.set_prune(true);
  const Outcome again = apply(export_all(), options);
  ASSERT_TRUE(again.status.ok()) << again.status.error_message();
  EXPECT_EQ(again.reply.generation(), 1u) << exported();
}

TEST_F(ViewsTest, AreHeldAfterARestart) {
  ASSERT_TRUE(apply(kConfig).status.ok());
  const std::string before = exported();
  start("");
  EXPECT_EQ(exported(), before);
  EXPECT_EQ(answer("lab.example.com", "10.2.0.1"), "300 IN A 10.1.0.1");
}

TEST_F(ViewsTest, AreHeldByTheSnapshot) {
  ASSERT_TRUE(apply(kConfig).status.ok());
  const std::string before = exported();
  controller_->stop();  // writes the snapshot
  for (const char* file : {"state.db", "state.db-wal", "state.db-shm"})
    std::filesystem::remove(folder_ / file);
  start("");
  EXPECT_EQ(exported(), before);
}

TEST_F(ViewsTest, ComeBackByARollback) {
  ASSERT_TRUE(apply(kConfig).status.ok());
  ASSERT_TRUE(apply(R"(views { name: "office" networks: "10.9.0.0/16" })").status.ok());
  EXPECT_EQ(answer("www.example.com", "10.2.0.1"), "300 IN A 192.0.2.1");
  EXPECT_EQ(answer("www.example.com", "10.9.0.1"), "300 IN A 10.0.0.1");
  v1::RollbackRequest request;
  request.set_generation(1);
  v1::ApplyResponse reply;
  grpc::ClientContext call;
  ASSERT_TRUE(config_->Rollback(&call, request, &reply).ok());
  EXPECT_EQ(answer("www.example.com", "10.2.0.1"), "300 IN A 10.0.0.1");
}

TEST_F(ViewsTest, AreToldByAPlan) {
  ASSERT_TRUE(apply(kConfig).status.ok());
  const v1::PlanResponse response =
      plan(config(R"(views { name: "office" networks: "10.9.0.0/16" })"));
  ASSERT_EQ(response.changes_size(), 1);
  EXPECT_EQ(response.changes(0).subject(), "view office");
  EXPECT_EQ(response.changes(0).before(), "10.0.0.0/8, 2001:db8::/32");
  EXPECT_EQ(response.changes(0).after(), "10.9.0.0/16");
}

TEST_F(ViewsTest, TakeChangesOfSingleRecordSets) {
  v1::ApplyOptions options;
  options.set_manage_by_api(true);
  ASSERT_TRUE(apply(kConfig, options).status.ok());
  v1::ApplyResponse reply;
  const grpc::Status changed = change(R"(zone: "example.com@office"
      changes { action: UPSERT record_set { name: "new" type: "A" records: "10.0.0.7" } })",
                                      &reply);
  ASSERT_TRUE(changed.ok()) << changed.error_message();
  EXPECT_EQ(answer("new.example.com", "10.2.0.1"), "300 IN A 10.0.0.7");
  EXPECT_EQ(answer("new.example.com", "192.0.2.77"), "NXDOMAIN");
}

TEST_F(ViewsTest, AreRefusedWithThePathOfTheField) {
  EXPECT_THAT(refusal(R"(views { networks: "10.0.0.0/8" })"), HasSubstr("views[0].name: "));
  EXPECT_THAT(refusal(R"(views { name: "Office" networks: "10.0.0.0/8" })"),
              HasSubstr("views[0].name: \"Office\" is not the name of a view"));
  EXPECT_THAT(refusal(R"(views { name: "office" })"), HasSubstr("views[0].networks: has 0"));
  EXPECT_THAT(refusal(R"(views { name: "office" networks: "10.0.0.0/8" networks: "10.0.0.1/8" })"),
              HasSubstr("views[0].networks[1]: "));
  EXPECT_THAT(refusal(R"(views { name: "office" networks: "10.0.0.0/8" networks: "10.0.0.0/8" })"),
              HasSubstr("views[0].networks[1]: \"10.0.0.0/8\" is there twice"));
  EXPECT_THAT(refusal(R"(views { name: "office" networks: "::ffff:10.0.0.0/104" })"),
              HasSubstr("views[0].networks[0]: \"::ffff:10.0.0.0/104\" is IPv4; write it as IPv4"));
  EXPECT_THAT(refusal(R"(zones { name: "example.com@" })"), HasSubstr("zones[0].name: no view"));
  EXPECT_THAT(refusal(R"(zones { name: "example.com@lab" name_servers: "ns1.example.com" })"),
              HasSubstr("zone example.com.@lab: there is no view lab; define it under views"));
  EXPECT_THAT(refusal(R"(views { name: "a" networks: "10.0.0.0/8" }
                         views { name: "b" networks: "10.0.0.0/8" })"),
              HasSubstr("view b: network 10.0.0.0/8 belongs to view a; take it out of one"));
}

}  // namespace
}  // namespace signpost::control
