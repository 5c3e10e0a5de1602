#include "forward/rules.h"

#include <gtest/gtest.h>

namespace signpost::forward {
namespace {

dns::Name name(std::string_view text) { return *dns::Name::parse(text); }
model::Prefix prefix(std::string_view text) { return *model::Prefix::parse(text); }

model::ForwardRulePtr rule(std::string rule_name, std::string_view domain,
                           std::vector<std::string> clients) {
  auto out = std::make_shared<model::ForwardRule>();
  out->name = std::move(rule_name);
  out->domain = name(domain);
  for (const std::string& text : clients) out->clients.push_back(prefix(text));
  out->servers = {{"192.0.2.53", 53}};
  return out;
}

std::string found(const Rules& rules, std::string_view qname, std::string_view client) {
  const model::ForwardRulePtr rule = rules.find(name(qname), prefix(client));
  return rule ? rule->name : "none";
}

TEST(ForwardRules, AreForNamesAtAndBelowTheirDomainInAnyCase) {
  const Rules rules({rule("corp", "corp.example.", {"0.0.0.0/0"})});
  EXPECT_EQ(found(rules, "corp.example.", "192.0.2.1"), "corp");
  EXPECT_EQ(found(rules, "a.b.CORP.example.", "192.0.2.1"), "corp");
  EXPECT_EQ(found(rules, "notcorp.example.", "192.0.2.1"), "none");
  EXPECT_EQ(found(rules, "example.", "192.0.2.1"), "none");
}

TEST(ForwardRules, AdmitNobodyElse) {
  const Rules rules({rule("corp", ".", {"10.0.0.0/8", "2001:db8::/32"})});
  EXPECT_EQ(found(rules, "www.example.com.", "10.1.2.3"), "corp");
  EXPECT_EQ(found(rules, "www.example.com.", "2001:db8::1"), "corp");
  EXPECT_EQ(found(rules, "www.example.com.", "11.0.0.1"), "none");
  EXPECT_EQ(found(rules, "www.example.com.", "2001:db9::1"), "none");
  EXPECT_EQ(found(Rules(), "www.example.com.", "10.1.2.3"), "none");
}

TEST(ForwardRules, OfThoseThatAdmitTheClientTheLongestDomainCounts) {
  const Rules rules({rule("all", ".", {"0.0.0.0/0"}), rule("corp", "corp.example.", {"10.0.0.0/8"}),
                     rule("lab", "lab.corp.example.", {"10.7.0.0/16"})});
  EXPECT_EQ(found(rules, "a.lab.corp.example.", "10.7.0.1"), "lab");
  EXPECT_EQ(found(rules, "a.lab.corp.example.", "10.8.0.1"), "corp");
  EXPECT_EQ(found(rules, "a.lab.corp.example.", "192.0.2.1"), "all");
}

TEST(ForwardRules, OfSeveralForOneDomainTheLongestNetworkCounts) {
  const Rules rules({rule("wide", "corp.example.", {"10.0.0.0/8"}),
                     rule("narrow", "corp.example.", {"10.7.0.0/16", "192.0.2.0/24"})});
  EXPECT_EQ(found(rules, "corp.example.", "10.7.0.1"), "narrow");
  EXPECT_EQ(found(rules, "corp.example.", "10.8.0.1"), "wide");
}

}  // namespace
}  // namespace signpost::forward
