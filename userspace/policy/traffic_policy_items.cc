#include "policy/traffic_policy_items.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "policy/record_rules_places.h"

namespace signpost::policy {

namespace {

constexpr std::string_view kRegionPrefix = "aws:route53:";

std::string without_region_prefix(std::string name) {
  if (name.starts_with(kRegionPrefix)) name.erase(0, kRegionPrefix.size());
  return name;
}

// What every rule type has in its items, and `own` beside.
absl::StatusOr<PolicyItem> parse_target(const Json& json,
                                        std::initializer_list<std::string_view> own) {
  if (json.kind != Json::Kind::kObject) return json.error("must be an object");
  for (const auto& [key, member] : json.members) {
    const bool is_known = key == "EndpointReference" || key == "RuleReference" ||
                          key == "EvaluateTargetHealth" || key == "HealthCheck" ||
                          std::find(own.begin(), own.end(), key) != own.end();
    if (!is_known) return member.error("unknown in an item of this rule type");
  }
  const Json* const endpoint = json.find("EndpointReference");
  const Json* const rule = json.find("RuleReference");
  if ((endpoint == nullptr) == (rule == nullptr)) {
    return json.error("needs exactly one of EndpointReference and RuleReference");
  }
  PolicyItem item;
  item.path = json.path;
  if (endpoint != nullptr) {
    ASSIGN_OR_RETURN(item.endpoint, endpoint->string());
  } else {
    ASSIGN_OR_RETURN(item.rule, rule->string());
  }
  if (const Json* evaluate = json.find("EvaluateTargetHealth")) {
    ASSIGN_OR_RETURN(item.evaluate_target_health, evaluate->boolean());
  }
  if (const Json* check = json.find("HealthCheck")) {
    ASSIGN_OR_RETURN(item.health_check_id, check->string());
  }
  return item;
}

absl::StatusOr<PolicyItem> parse_weighted_item(const Json& json) {
  ASSIGN_OR_RETURN(PolicyItem item, parse_target(json, {"Weight"}));
  ASSIGN_OR_RETURN(const Json* const weight, json.required("Weight"));
  ASSIGN_OR_RETURN(const int value, weight->integer(0, 255));
  item.policy = model::Weighted{static_cast<std::uint8_t>(value)};
  return item;
}

absl::StatusOr<PolicyItem> parse_latency_item(const Json& json) {
  ASSIGN_OR_RETURN(PolicyItem item, parse_target(json, {"Region"}));
  ASSIGN_OR_RETURN(const Json* const region, json.required("Region"));
  ASSIGN_OR_RETURN(const std::string name, region->string());
  item.policy = model::Latency(model::LatencyFields{without_region_prefix(name)});
  return item;
}

absl::StatusOr<PolicyItem> parse_multivalue_item(const Json& json) {
  RETURN_IF_ERROR(json.check_members({"EndpointReference", "HealthCheck"}));
  ASSIGN_OR_RETURN(PolicyItem item, parse_target(json, {}));
  item.policy = model::Multivalue{};
  return item;
}

absl::Status read_string(const Json& json, std::string_view key, std::string& value) {
  const Json* const member = json.find(key);
  if (member == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(value, member->string());
  return absl::OkStatus();
}

absl::StatusOr<PolicyItem> parse_geolocation_item(const Json& json) {
  ASSIGN_OR_RETURN(PolicyItem item,
                   parse_target(json, {"IsDefault", "Continent", "Country", "Subdivision"}));
  model::GeolocationFields fields;
  RETURN_IF_ERROR(read_string(json, "Continent", fields.continent));
  RETURN_IF_ERROR(read_string(json, "Country", fields.country));
  RETURN_IF_ERROR(read_string(json, "Subdivision", fields.subdivision));
  bool is_default = fields.is_default();
  if (const Json* field = json.find("IsDefault")) {
    ASSIGN_OR_RETURN(const bool value, field->boolean());
    const bool names_place = !fields.continent.empty() || !fields.subdivision.empty() ||
                             (!fields.country.empty() && !is_default);
    if (value && names_place) return field->error("the default location has no other");
    if (!value && is_default) return field->error("must be true for Country \"*\"");
    is_default = value;
  }
  if (is_default) fields.country.assign(1, '*');
  if (const auto problem = geolocation_problem(fields)) return json.error(*problem);
  item.policy = model::Geolocation(fields);
  return item;
}

absl::StatusOr<double> read_coordinate(const Json& json, std::string_view key, int limit) {
  ASSIGN_OR_RETURN(const Json* const member, json.required(key));
  ASSIGN_OR_RETURN(const std::string text, member->number());
  const auto value = parse_coordinate(text, limit);
  if (!value.ok()) return member->error(std::string(value.status().message()));
  return *value;
}

absl::Status read_coordinates(const Json& json, model::GeoproximityFields& fields) {
  ASSIGN_OR_RETURN(fields.coordinates.latitude, read_coordinate(json, "Latitude", 90));
  ASSIGN_OR_RETURN(fields.coordinates.longitude, read_coordinate(json, "Longitude", 180));
  return absl::OkStatus();
}

// Format 2015-10-01: Region, or Latitude and Longitude.
absl::Status read_site_2015(const Json& json, model::GeoproximityFields& fields) {
  const Json* const region = json.find("Region");
  const bool has_coordinates =
      json.find("Latitude") != nullptr || json.find("Longitude") != nullptr;
  if ((region != nullptr) == has_coordinates) {
    return json.error("needs either Region, or Latitude and Longitude");
  }
  if (has_coordinates) return read_coordinates(json, fields);
  ASSIGN_OR_RETURN(const std::string name, region->string());
  fields.region = without_region_prefix(name);
  return absl::OkStatus();
}

// Format 2023-05-09: Location.
absl::Status read_site_2023(const Json& json, model::GeoproximityFields& fields) {
  ASSIGN_OR_RETURN(const Json* const location, json.required("Location"));
  ASSIGN_OR_RETURN(const Json* const type, location->required("Type"));
  if (type->text == "Coordinate") {
    RETURN_IF_ERROR(location->check_members({"Type", "Latitude", "Longitude"}));
    return read_coordinates(*location, fields);
  }
  if (type->text != "Region" && type->text != "LocalZone") {
    return type->error("must be Region, LocalZone or Coordinate");
  }
  RETURN_IF_ERROR(location->check_members({"Type", "LocationName"}));
  ASSIGN_OR_RETURN(const Json* const field, location->required("LocationName"));
  ASSIGN_OR_RETURN(const std::string name, field->string());
  fields.region = without_region_prefix(name);
  // A Local Zone is a group's name and a letter, as us-east-1-atl-1a.
  if (type->text == "LocalZone" && fields.region.size() > 1 && fields.region.back() >= 'a' &&
      fields.region.back() <= 'z') {
    fields.region.pop_back();
  }
  return fields.region.empty() ? field->error("must name a location") : absl::OkStatus();
}

absl::StatusOr<PolicyItem> parse_geoproximity_item(const Json& json, PolicyFormat format) {
  const bool is_2015 = format == PolicyFormat::k2015;
  ASSIGN_OR_RETURN(PolicyItem item,
                   is_2015 ? parse_target(json, {"Region", "Latitude", "Longitude", "Bias"})
                           : parse_target(json, {"Location", "Bias"}));
  model::GeoproximityFields fields;
  RETURN_IF_ERROR(is_2015 ? read_site_2015(json, fields) : read_site_2023(json, fields));
  if (const Json* bias = json.find("Bias")) {
    ASSIGN_OR_RETURN(fields.bias, bias->integer(-kBiasMax, kBiasMax));
  }
  item.policy = model::Geoproximity(fields);
  return item;
}

// AWS's default of EvaluateTargetHealth is not documented, and its examples have primaries without
// it, which route53-semantics 1.6 would refuse: under failover it is true.
absl::StatusOr<PolicyRule> parse_failover_rule(const Json& rule) {
  RETURN_IF_ERROR(rule.check_members({"RuleType", "Primary", "Secondary"}));
  PolicyRule parsed{rule.path, {}};
  for (const auto role : {model::FailoverRole::kPrimary, model::FailoverRole::kSecondary}) {
    const bool is_primary = role == model::FailoverRole::kPrimary;
    const Json* const json = rule.find(is_primary ? "Primary" : "Secondary");
    if (json == nullptr) continue;
    ASSIGN_OR_RETURN(PolicyItem item, parse_target(*json, {}));
    item.policy = model::Failover{role};
    if (!item.evaluate_target_health) item.evaluate_target_health = true;
    parsed.items.push_back(std::move(item));
  }
  if (parsed.items.empty()) return rule.error("needs Primary and Secondary");
  return parsed;
}

// A rule whose items are in the array `key`.
template <typename ParseItem>
absl::StatusOr<PolicyRule> parse_list_rule(const Json& rule, std::string_view key,
                                           const ParseItem& parse_item) {
  RETURN_IF_ERROR(rule.check_members({"RuleType", key}));
  ASSIGN_OR_RETURN(const Json* const list, rule.required(key));
  if (list->kind != Json::Kind::kArray || list->items.empty()) {
    return list->error("must be an array that is not empty");
  }
  PolicyRule parsed{rule.path, {}};
  for (const Json& json : list->items) {
    ASSIGN_OR_RETURN(PolicyItem item, parse_item(json));
    parsed.items.push_back(std::move(item));
  }
  return parsed;
}

}  // namespace

absl::StatusOr<PolicyRule> parse_policy_rule(const Json& rule, PolicyFormat format) {
  ASSIGN_OR_RETURN(const Json* const field, rule.required("RuleType"));
  const std::string& type = field->text;
  if (type == "failover") return parse_failover_rule(rule);
  if (type == "geo") return parse_list_rule(rule, "Locations", parse_geolocation_item);
  if (type == "geoproximity") {
    return parse_list_rule(rule, "GeoproximityLocations",
                           [&](const Json& json) { return parse_geoproximity_item(json, format); });
  }
  if (type == "latency") return parse_list_rule(rule, "Regions", parse_latency_item);
  if (type == "multivalue") return parse_list_rule(rule, "Items", parse_multivalue_item);
  if (type == "weighted") return parse_list_rule(rule, "Items", parse_weighted_item);
  return field->error("must be failover, geo, geoproximity, latency, multivalue or weighted");
}

}  // namespace signpost::policy
