#include "signpost/convert/route53_record_sets.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/rdata.h"
#include "dns/rr_type.h"
#include "signpost/convert/route53_input.h"

namespace signpost::cli::convert {
namespace {

constexpr std::int64_t kTtlMax = 2147483647;  // RFC 2181 section 8

// The text of a member, if it is there.
std::string text_of(const Node& map, std::string_view name) {
  const Node* member = map.find(name);
  return member == nullptr ? "" : member->text;
}

absl::Status set_weighted(const Node& in, v1::RecordSet& set) {
  ASSIGN_OR_RETURN(const std::int64_t weight, in.integer(0, 255));
  set.mutable_weighted()->set_weight(static_cast<std::uint32_t>(weight));
  return absl::OkStatus();
}

absl::Status set_failover(const Node& in, v1::RecordSet& set) {
  if (in.text != "PRIMARY" && in.text != "SECONDARY") return in.error("is PRIMARY or SECONDARY");
  set.mutable_failover()->set_role(in.text == "PRIMARY" ? v1::PRIMARY : v1::SECONDARY);
  return absl::OkStatus();
}

absl::Status set_geolocation(const Node& in, v1::RecordSet& set) {
  RETURN_IF_ERROR(in.check_map());
  v1::GeolocationPolicy* place = set.mutable_geolocation();
  place->set_continent_code(text_of(in, "ContinentCode"));
  place->set_country_code(text_of(in, "CountryCode"));
  place->set_subdivision_code(text_of(in, "SubdivisionCode"));
  return absl::OkStatus();
}

absl::Status set_coordinates(const Node& in, v1::Coordinates& coordinates) {
  ASSIGN_OR_RETURN(const Node* latitude, in.required("Latitude"));
  ASSIGN_OR_RETURN(const Node* longitude, in.required("Longitude"));
  ASSIGN_OR_RETURN(const double north, latitude->number());
  ASSIGN_OR_RETURN(const double east, longitude->number());
  coordinates.set_latitude(north);
  coordinates.set_longitude(east);
  return absl::OkStatus();
}

absl::Status set_geoproximity(const Node& in, v1::RecordSet& set) {
  RETURN_IF_ERROR(in.check_map());
  v1::GeoproximityPolicy* site = set.mutable_geoproximity();
  if (const Node* region = in.find("AWSRegion")) site->set_aws_region(region->text);
  if (const Node* zone = in.find("LocalZoneGroup")) site->set_local_zone_group(zone->text);
  if (const Node* coordinates = in.find("Coordinates"))
    RETURN_IF_ERROR(set_coordinates(*coordinates, *site->mutable_coordinates()));
  if (const Node* bias = in.find("Bias")) {
    ASSIGN_OR_RETURN(const std::int64_t number, bias->integer(-99, 99));
    site->set_bias(static_cast<std::int32_t>(number));
  }
  return absl::OkStatus();
}

// One resource record set on its way.
class RecordSetConverter {
 public:
  RecordSetConverter(const Node& in, const dns::Name& apex, const Route53References& references,
                     const v1::Zone& zone, Conversion& out)
      : in_(in), apex_(apex), references_(references), zone_(zone), out_(out) {}

  absl::StatusOr<v1::RecordSet> convert() {
    RETURN_IF_ERROR(set_key());
    RETURN_IF_ERROR(set_policy());
    RETURN_IF_ERROR(set_health_check());
    RETURN_IF_ERROR(set_answer());
    for (const Node* other : other_members(
             in_, {"Name", "Type", "SetIdentifier", "TTL", "ResourceRecords", "AliasTarget",
                   "HealthCheckId", "TrafficPolicyInstanceId", "Weight", "Region", "GeoLocation",
                   "GeoProximityLocation", "CidrRoutingConfig", "Failover", "MultiValueAnswer"}))
      out_.leave_out(zone_, "record_sets", *other, "unknown; see whether you need it");
    return std::move(set_);
  }

 private:
  absl::Status set_key() {
    ASSIGN_OR_RETURN(const Node* name, in_.required("Name"));
    ASSIGN_OR_RETURN(const dns::Name owner, route53_name(*name));
    if (!owner.is_at_or_below(apex_))
      return name->error(absl::StrCat("is not in the zone ", apex_.text()));
    set_.set_name(relative_name(owner, apex_));
    ASSIGN_OR_RETURN(const Node* type, in_.required("Type"));
    const std::optional<dns::RRType> parsed = dns::parse_rr_type(type->text);
    if (!parsed) return type->error("is no record type");
    type_ = *parsed;
    set_.set_type(type->text);
    set_.set_set_identifier(text_of(in_, "SetIdentifier"));
    return absl::OkStatus();
  }

  absl::Status set_policy() {
    if (const Node* weight = in_.find("Weight")) return set_weighted(*weight, set_);
    if (const Node* role = in_.find("Failover")) return set_failover(*role, set_);
    if (const Node* region = in_.find("Region")) {
      set_.mutable_latency()->set_region(region->text);
    } else if (const Node* place = in_.find("GeoLocation")) {
      return set_geolocation(*place, set_);
    } else if (const Node* site = in_.find("GeoProximityLocation")) {
      return set_geoproximity(*site, set_);
    } else if (const Node* blocks = in_.find("CidrRoutingConfig")) {
      return set_ip_based(*blocks);
    } else if (const Node* multivalue = in_.find("MultiValueAnswer")) {
      ASSIGN_OR_RETURN(const bool is_multivalue, multivalue->boolean());
      if (is_multivalue) set_.mutable_multivalue();
    }
    return absl::OkStatus();
  }

  absl::Status set_ip_based(const Node& in) {
    ASSIGN_OR_RETURN(const Node* collection, in.required("CollectionId"));
    ASSIGN_OR_RETURN(const Node* location, in.required("LocationName"));
    const auto held = references_.collections.find(collection->text);
    if (held == references_.collections.end())
      return collection->error(absl::StrCat(
          "the collection is in none of the files; add what `aws route53 list-cidr-blocks "
          "--collection-id ",
          collection->text, "` prints, as ", collection->text, ".json"));
    if (location->text != "*" && !held->second.contains(location->text))
      return location->error("the collection has no such location; add all of its blocks");
    set_.mutable_ip_based()->set_collection_id(collection->text);
    set_.mutable_ip_based()->set_location_name(location->text);
    return absl::OkStatus();
  }

  absl::Status set_health_check() {
    const Node* check = in_.find("HealthCheckId");
    if (check == nullptr) return absl::OkStatus();
    if (!references_.health_checks.contains(check->text))
      return check->error(
          "the health check is in none of the files; add what `aws route53 list-health-checks` "
          "prints");
    set_.set_health_check_id(check->text);
    return absl::OkStatus();
  }

  absl::Status set_answer() {
    if (const Node* alias = in_.find("AliasTarget")) return set_alias(*alias);
    if (const Node* instance = in_.find("TrafficPolicyInstanceId"))
      return set_policy_instance(*instance);
    ASSIGN_OR_RETURN(const Node* ttl, in_.required("TTL"));
    ASSIGN_OR_RETURN(const std::int64_t seconds, ttl->integer(0, kTtlMax));
    set_.set_ttl(static_cast<std::uint32_t>(seconds));
    ASSIGN_OR_RETURN(const Node* records, in_.required("ResourceRecords"));
    ASSIGN_OR_RETURN(const std::vector<Node>* list, records->list());
    for (const Node& record : *list) {
      ASSIGN_OR_RETURN(const Node* value, record.required("Value"));
      // Route 53 takes names for absolute, with and without the last dot; Signpost's zones do not.
      const auto rdata = dns::parse_rdata(type_, with_decimal_escapes(value->text), dns::Name());
      if (!rdata.ok()) return value->error(std::string(rdata.status().message()));
      set_.add_records(dns::format_rdata(type_, *rdata));
    }
    return absl::OkStatus();
  }

  // Route 53's aliases lead to names of the same zone, and to AWS's resources, which are external.
  absl::Status set_alias(const Node& in) {
    ASSIGN_OR_RETURN(const Node* dns_name, in.required("DNSName"));
    ASSIGN_OR_RETURN(const dns::Name target, route53_name(*dns_name));
    v1::AliasTarget* alias = set_.mutable_alias_target();
    alias->set_dns_name(target.text());
    if (!target.is_at_or_below(apex_)) alias->set_hosted_zone_id(text_of(in, "HostedZoneId"));
    const Node* evaluates = in.find("EvaluateTargetHealth");
    if (evaluates == nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool value, evaluates->boolean());
    alias->set_evaluate_target_health(value);
    return absl::OkStatus();
  }

  absl::Status set_policy_instance(const Node& id) {
    const auto found = references_.policy_instances.find(id.text);
    if (found == references_.policy_instances.end())
      return id.error(
          "the instance is in none of the files; add what `aws route53 "
          "list-traffic-policy-instances` prints");
    const Node& instance = *found->second;
    ASSIGN_OR_RETURN(const Node* policy, instance.required("TrafficPolicyId"));
    ASSIGN_OR_RETURN(const Node* version, instance.required("TrafficPolicyVersion"));
    ASSIGN_OR_RETURN(const std::int64_t number, version->integer(1, 1000));
    if (!references_.policies.contains({policy->text, static_cast<int>(number)}))
      return policy->error(
          absl::StrCat("version ", number,
                       " of the policy is in none of the files; add what `aws route53 "
                       "get-traffic-policy --id ",
                       policy->text, " --traffic-policy-version ", number, "` prints"));
    ASSIGN_OR_RETURN(const Node* ttl, instance.required("TTL"));
    ASSIGN_OR_RETURN(const std::int64_t seconds, ttl->integer(0, kTtlMax));
    set_.set_ttl(static_cast<std::uint32_t>(seconds));
    set_.mutable_traffic_policy_instance()->set_policy(policy->text);
    set_.mutable_traffic_policy_instance()->set_version(static_cast<std::uint32_t>(number));
    return absl::OkStatus();
  }

  const Node& in_;
  const dns::Name& apex_;
  const Route53References& references_;
  const v1::Zone& zone_;
  Conversion& out_;
  dns::RRType type_{};
  v1::RecordSet set_;
};

}  // namespace

absl::Status convert_record_set(const Node& in, const dns::Name& apex,
                                const Route53References& references, v1::Zone& zone,
                                Conversion& out) {
  ASSIGN_OR_RETURN(v1::RecordSet set,
                   RecordSetConverter(in, apex, references, zone, out).convert());
  *zone.add_record_sets() = std::move(set);
  return absl::OkStatus();
}

}  // namespace signpost::cli::convert
