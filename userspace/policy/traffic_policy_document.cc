#include "policy/traffic_policy_document.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/rdata.h"
#include "policy/traffic_policy_items.h"
#include "policy/traffic_policy_json.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;

namespace {

constexpr std::size_t kDocumentMax = 102'400;
constexpr std::size_t kIdMax = 120;  // leaves room for a number in a set identifier

absl::StatusOr<PolicyFormat> parse_format(const Json& document) {
  ASSIGN_OR_RETURN(const Json* const version, document.required("AWSPolicyFormatVersion"));
  if (version->text == "2015-10-01") return PolicyFormat::k2015;
  if (version->text == "2023-05-09") return PolicyFormat::k2023;
  return version->error("must be \"2015-10-01\" or \"2023-05-09\"");
}

absl::StatusOr<RRType> parse_record_type(const Json& document) {
  ASSIGN_OR_RETURN(const Json* const field, document.required("RecordType"));
  ASSIGN_OR_RETURN(const std::string text, field->string());
  const auto type = dns::parse_rr_type(text);
  constexpr std::array kWithoutPolicy = {RRType::kSoa, RRType::kNs, RRType::kDname, RRType::kDs};
  if (!type || dns::is_meta_type(*type) ||
      std::find(kWithoutPolicy.begin(), kWithoutPolicy.end(), *type) != kWithoutPolicy.end()) {
    return field->error("must be a record type that can have a routing policy, as A or AAAA");
  }
  return *type;
}

absl::Status check_id(const std::string& id, const Json& at) {
  const bool is_plain = std::none_of(id.begin(), id.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
  if (is_plain && !id.empty() && id.size() <= kIdMax) return absl::OkStatus();
  return at.error(
      absl::StrCat("the id must have 1 to ", kIdMax, " octets and no control characters"));
}

absl::Status add_record(const Json& value, RRType type, PolicyEndpoint& endpoint) {
  ASSIGN_OR_RETURN(const std::string text, value.string());
  auto rdata = dns::parse_rdata(type, text, Name());
  if (!rdata.ok()) return value.error(std::string(rdata.status().message()));
  auto& all = endpoint.rdata;
  if (std::find(all.begin(), all.end(), *rdata) != all.end()) {
    return value.error(absl::StrCat("Duplicate Resource Record: '", text, "'"));
  }
  all.push_back(*std::move(rdata));
  return absl::OkStatus();
}

absl::StatusOr<PolicyEndpoint> parse_value_endpoint(const Json& value, RRType type) {
  PolicyEndpoint endpoint;
  if (value.kind != Json::Kind::kArray) {
    RETURN_IF_ERROR(add_record(value, type, endpoint));
    return endpoint;
  }
  for (const Json& item : value.items) RETURN_IF_ERROR(add_record(item, type, endpoint));
  if (endpoint.rdata.empty()) return value.error("has no records");
  return endpoint;
}

// AWS's resources are names that resolve anywhere (route53-semantics 7.2).
absl::StatusOr<PolicyEndpoint> parse_alias_endpoint(const Json& field, const std::string& text) {
  auto name = Name::parse(text);
  if (!name.ok()) return field.error(std::string(name.status().message()));
  if (name->is_root()) return field.error("must be a domain name");
  PolicyEndpoint endpoint;
  endpoint.alias = name->folded();
  return endpoint;
}

absl::StatusOr<PolicyEndpoint> parse_endpoint(const Json& json, RRType type) {
  RETURN_IF_ERROR(json.check_members({"Type", "Region", "Value"}));
  ASSIGN_OR_RETURN(const Json* const kind, json.required("Type"));
  ASSIGN_OR_RETURN(const Json* const value, json.required("Value"));
  if (kind->text == "s3-website") {
    ASSIGN_OR_RETURN(const Json* const region, json.required("Region"));
    ASSIGN_OR_RETURN(const std::string name, region->string());
    RETURN_IF_ERROR(value->string().status());
    return parse_alias_endpoint(*region, absl::StrCat("s3-website-", name, ".amazonaws.com."));
  }
  if (const Json* region = json.find("Region"))
    return region->error("is only for endpoints of type s3-website");
  if (kind->text == "value") return parse_value_endpoint(*value, type);
  constexpr std::array kAliases = {"cloudfront", "application-load-balancer",
                                   "elastic-load-balancer", "network-load-balancer",
                                   "elastic-beanstalk"};
  if (std::find(kAliases.begin(), kAliases.end(), kind->text) == kAliases.end()) {
    return kind->error(
        "must be value, cloudfront, application-load-balancer, elastic-load-balancer, "
        "network-load-balancer, elastic-beanstalk or s3-website");
  }
  ASSIGN_OR_RETURN(const std::string name, value->string());
  return parse_alias_endpoint(*value, name);
}

absl::Status parse_start(const Json& json, PolicyDocument& document) {
  const Json* const endpoint = json.find("StartEndpoint");
  const Json* const rule = json.find("StartRule");
  if ((endpoint == nullptr) == (rule == nullptr)) {
    return json.error("needs exactly one of StartRule and StartEndpoint");
  }
  if (endpoint != nullptr) {
    ASSIGN_OR_RETURN(document.start_endpoint, endpoint->string());
  } else {
    ASSIGN_OR_RETURN(document.start_rule, rule->string());
  }
  return absl::OkStatus();
}

absl::Status parse_endpoints(const Json& json, PolicyDocument& document) {
  if (json.kind != Json::Kind::kObject) return json.error("must be an object");
  for (const auto& [id, member] : json.members) {
    RETURN_IF_ERROR(check_id(id, member));
    ASSIGN_OR_RETURN(document.endpoints[id], parse_endpoint(member, document.type));
  }
  return absl::OkStatus();
}

absl::Status parse_rules(const Json& json, PolicyFormat format, PolicyDocument& document) {
  if (json.kind != Json::Kind::kObject) return json.error("must be an object");
  for (const auto& [id, member] : json.members) {
    RETURN_IF_ERROR(check_id(id, member));
    ASSIGN_OR_RETURN(document.rules[id], parse_policy_rule(member, format));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PolicyDocument> parse_policy_document(std::string_view text) {
  if (text.size() > kDocumentMax) {
    return invalid_argument("the document: has ", text.size(), " octets; at most ", kDocumentMax,
                            " are allowed");
  }
  ASSIGN_OR_RETURN(const Json json, parse_json(text));
  RETURN_IF_ERROR(json.check_members({"AWSPolicyFormatVersion", "RecordType", "StartEndpoint",
                                      "StartRule", "Endpoints", "Rules"}));
  PolicyDocument document;
  ASSIGN_OR_RETURN(const PolicyFormat format, parse_format(json));
  ASSIGN_OR_RETURN(document.type, parse_record_type(json));
  RETURN_IF_ERROR(parse_start(json, document));
  if (const Json* endpoints = json.find("Endpoints"))
    RETURN_IF_ERROR(parse_endpoints(*endpoints, document));
  if (const Json* rules = json.find("Rules"))
    RETURN_IF_ERROR(parse_rules(*rules, format, document));
  return document;
}

}  // namespace signpost::policy
