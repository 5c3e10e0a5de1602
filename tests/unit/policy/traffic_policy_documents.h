// Traffic policy documents in tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "policy/traffic_policy.h"

namespace signpost::policy::testing {

inline model::TrafficPolicy policy_of(const std::string& document) {
  model::TrafficPolicy policy;
  policy.id = "p";
  policy.version = 3;
  policy.name = "test";
  policy.document = document;
  return policy;
}

// `rest`: what follows the format version and the type A.
inline std::string document_of(const std::string& rest, const std::string& format = "2015-10-01") {
  return absl::StrCat(R"({"AWSPolicyFormatVersion":")", format, R"(","RecordType":"A",)", rest,
                      "}");
}

inline constexpr const char* kTwoEndpoints =
    R"("Endpoints":{"one":{"Type":"value","Value":"192.0.2.1"},
                    "two":{"Type":"value","Value":"192.0.2.2"}})";

// A document whose only rule is `rule`, with the endpoints one and two.
inline std::string rule_document(const std::string& rule,
                                 const std::string& format = "2015-10-01") {
  return document_of(
      absl::StrCat(R"("StartRule":"r",)", kTwoEndpoints, R"(,"Rules":{"r":)", rule, "}"), format);
}

inline model::RecordGroupPtr expanded(const std::string& document, std::uint32_t ttl = 30) {
  auto group = expand_traffic_policy(policy_of(document), ttl);
  EXPECT_TRUE(group.ok()) << group.status();
  return group.ok() ? *group : std::make_shared<const model::RecordGroup>();
}

// What is wrong, without the words that all refusals begin with.
inline std::string refusal(const std::string& document) {
  const absl::Status status = check_traffic_policy(policy_of(document));
  EXPECT_EQ(expand_traffic_policy(policy_of(document), 60).status(), status);
  if (status.ok()) return "accepted";
  const std::string message(status.message());
  const std::string begin = "traffic policy p/3: InvalidTrafficPolicyDocument: ";
  EXPECT_TRUE(message.starts_with(begin)) << message;
  return message.substr(std::min(begin.size(), message.size()));
}

}  // namespace signpost::policy::testing
