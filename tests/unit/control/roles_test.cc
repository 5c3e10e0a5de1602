// Who may call what.
#include "control/access/role_rules.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "control/access/method_rules.h"
#include "signpost/v1/control.pb.h"
#include "signpost/v1/impact.pb.h"
#include "signpost/v1/notices.pb.h"
#include "signpost/v1/override.pb.h"
#include "signpost/v1/schedule.pb.h"
#include "signpost/v1/traffic.pb.h"

namespace signpost::control {
namespace {

RoleRules rules(const RoleOptions& options) {
  absl::StatusOr<RoleRules> parsed = RoleRules::parse(options);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return *std::move(parsed);
}

std::string refusal(const RoleOptions& options) {
  return std::string(RoleRules::parse(options).status().message());
}

Caller holder_of(std::vector<std::string> names) {
  return {.transport = Caller::Transport::kTls, .peer = "192.0.2.7:4711", .names = names};
}

Caller user(uid_t uid, std::vector<gid_t> groups) {
  return {.transport = Caller::Transport::kUnix, .peer = "unix", .uid = uid, .groups = groups};
}

TEST(NamePattern, StarStandsForAnythingWithinALabel) {
  EXPECT_TRUE(matches_name("ops-*.example.net", "ops-1.example.net"));
  EXPECT_TRUE(matches_name("ops-*.example.net", "ops-.example.net"));
  EXPECT_TRUE(matches_name("*-*.example.net", "a-b-c.example.net"));
  EXPECT_TRUE(matches_name("spiffe://example.net/*/ops", "spiffe://example.net/lon/ops"));
  EXPECT_TRUE(matches_name("deploy", "deploy"));
  EXPECT_TRUE(matches_name("*", "any.name/at:all"));
}

TEST(NamePattern, FitsNoOtherName) {
  EXPECT_FALSE(matches_name("ops-*.example.net", "ops-1.evil.example.net"));
  EXPECT_FALSE(matches_name("ops-*.example.net", "ops-1.example.net.evil.example"));
  EXPECT_FALSE(matches_name("ops-*.example.net", "xops-1.example.net"));
  EXPECT_FALSE(matches_name("*.example.net", "example.net"));
  EXPECT_FALSE(matches_name("*.example.net", std::string("ops\0.example.net", 16) + "x"));
  EXPECT_FALSE(matches_name("spiffe://example.net/*/ops", "spiffe://example.net/lon/x/ops"));
  EXPECT_FALSE(matches_name("deploy", "Deploy"));
  EXPECT_FALSE(matches_name("deploy", ""));
}

TEST(RoleRules, GiveACertificateTheHighestRoleOfAnyOfItsNames) {
  const RoleRules given = rules({.admins = {"cert:ops-*.example.net"},
                                 .operators = {"cert:deploy.example.net", "cert:ops-2.example.net"},
                                 .readers = {"cert:*"}});
  EXPECT_EQ(given.role_of(holder_of({"ops-2.example.net"})), Role::kAdmin);
  EXPECT_EQ(given.role_of(holder_of({"host.example.net", "deploy.example.net"})), Role::kOperator);
  EXPECT_EQ(given.role_of(holder_of({"stranger.example.org"})), Role::kReader);
  EXPECT_EQ(given.role_of(holder_of({})), Role::kNone);
}

TEST(RoleRules, GiveNoRoleToACertificateThatIsNotNamed) {
  const RoleRules given = rules({.admins = {"cert:ops.example.net", "user:root", "group:root"}});
  EXPECT_EQ(given.role_of(holder_of({"root"})), Role::kNone);
  EXPECT_EQ(rules({}).role_of(holder_of({"ops.example.net"})), Role::kNone);
  EXPECT_EQ(given.role_of(Caller{}), Role::kNone);
}

TEST(RoleRules, LeaveTheSocketToItsModeUntilAUserOrGroupIsNamed) {
  const Caller stranger = user(4'000'000, {4'000'000});
  EXPECT_EQ(rules({.admins = {"cert:ops.example.net"}}).role_of(stranger), Role::kAdmin);
  EXPECT_EQ(rules({.readers = {"user:nobody"}}).role_of(stranger), Role::kNone);
}

TEST(RoleRules, GiveUsersAndMembersOfGroupsTheirRoles) {
  // Debian's base-passwd: these are the same on every host.
  constexpr uid_t kDaemon = 1;
  constexpr gid_t kGames = 60;
  const RoleRules given =
      rules({.admins = {"group:games"}, .operators = {"user:daemon"}, .readers = {"user:daemon"}});
  EXPECT_EQ(given.role_of(user(kDaemon, {4'000'000})), Role::kOperator);
  EXPECT_EQ(given.role_of(user(kDaemon, {4'000'000, kGames})), Role::kAdmin);
  EXPECT_EQ(given.role_of(user(4'000'000, {kGames})), Role::kAdmin);
  EXPECT_EQ(given.role_of(user(0, {0})), Role::kAdmin) << "root, whom nothing names";
  EXPECT_EQ(given.role_of(user(geteuid(), {})), Role::kAdmin) << "the daemon's own user";
}

TEST(RoleRules, AreRefusedByFlagAndEntry) {
  EXPECT_EQ(refusal({.admins = {"root"}}),
            "--admin root: is not cert:PATTERN, user:NAME or group:NAME");
  EXPECT_EQ(refusal({.operators = {"cert:"}}),
            "--operator cert:: is not cert:PATTERN, user:NAME or group:NAME");
  EXPECT_EQ(refusal({.readers = {"user:no-such-user"}}),
            "--reader user:no-such-user: there is no such user");
  EXPECT_EQ(refusal({.readers = {"group:no-such-group"}}),
            "--reader group:no-such-group: there is no such group");
}

// All methods of all services of our schema that this program was built with.
std::set<std::string> methods() {
  std::set<std::string> all;
  for (const auto* file :
       {v1::GetStatusRequest::descriptor()->file(), v1::PlanImpactRequest::descriptor()->file(),
        v1::WatchNoticesRequest::descriptor()->file(), v1::SetOverrideRequest::descriptor()->file(),
        v1::Schedule::descriptor()->file(), v1::WatchTrafficRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      const google::protobuf::ServiceDescriptor& service = *file->service(s);
      for (int m = 0; m < service.method_count(); ++m)
        all.insert("/" + service.full_name() + "/" + service.method(m)->name());
    }
  }
  return all;
}

TEST(MethodRules, NameEveryMethodAndNoOther) {
  std::set<std::string> named;
  for (const std::string& method : methods()) {
    if (const MethodRule* rule = rule_of(method)) named.insert(rule->method);
  }
  EXPECT_EQ(named, methods());
  EXPECT_EQ(rule_of("/signpost.v1.ConfigService/Drop"), nullptr);
  EXPECT_EQ(rule_of(""), nullptr);
}

TEST(MethodRules, LookAtEveryFileOfTheSchema) {
  std::size_t files_with_services = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SIGNPOST_PROTO)) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(
        "signpost/v1/" + entry.path().filename().string());
    if (file != nullptr && file->service_count() > 0) ++files_with_services;
  }
  EXPECT_EQ(files_with_services, 6u) << "of which methods() lists each";
}

TEST(MethodRules, LetNoReaderChangeAnything) {
  for (const std::string& method : methods()) {
    const MethodRule* rule = rule_of(method);
    ASSERT_NE(rule, nullptr) << method;
    EXPECT_GE(rule->needed, rule->changes ? Role::kOperator : Role::kReader) << method;
  }
}

}  // namespace
}  // namespace signpost::control
