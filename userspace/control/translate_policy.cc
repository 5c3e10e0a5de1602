#include "control/translate_policy.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "model/regions.h"

namespace signpost::control {
namespace {

constexpr std::uint32_t kWeightMax = 255;
constexpr int kBiasMax = 99;

// A refusal of the field `field` of what `path` names.
template <typename... Parts>
absl::Status refuse(const std::string& path, std::string_view field, const Parts&... what) {
  return invalid_argument(path, ".", std::string(field), ": ", what...);
}

absl::StatusOr<model::Policy> read(const v1::WeightedPolicy& in, const std::string& path) {
  if (in.weight() > kWeightMax) {
    return refuse(path, "weighted.weight", in.weight(), " is not allowed; use 0 to 255");
  }
  return from_proto(in);
}

absl::StatusOr<model::Policy> read(const v1::FailoverPolicy& in, const std::string& path) {
  if (in.role() != v1::PRIMARY && in.role() != v1::SECONDARY) {
    return refuse(path, "failover.role", "is missing; use PRIMARY or SECONDARY");
  }
  return from_proto(in);
}

absl::StatusOr<model::Policy> read(const v1::LatencyPolicy& in, const std::string& path) {
  if (in.region().empty()) {
    return refuse(path, "latency.region", "is missing; use for example eu-west-1");
  }
  return from_proto(in);
}

absl::StatusOr<model::Policy> read(const v1::GeolocationPolicy& in, const std::string& path) {
  if (in.continent_code().empty() && in.country_code().empty()) {
    return refuse(path, "geolocation",
                  "is empty; give continent_code or country_code, \"*\" for all other clients");
  }
  return from_proto(in);
}

absl::StatusOr<model::Policy> read(const v1::GeoproximityPolicy& in, const std::string& path) {
  switch (in.location_case()) {
    case v1::GeoproximityPolicy::LOCATION_NOT_SET:
      return refuse(path, "geoproximity",
                    "Expected exactly one of [aws_region, local_zone_group, or coordinates], but "
                    "found none");
    case v1::GeoproximityPolicy::kAwsRegion:
      if (in.aws_region().empty() || model::is_local_zone_group(in.aws_region())) {
        return refuse(path, "geoproximity.aws_region",
                      "Cannot find GeoProximityLocation with AWSRegion = ", in.aws_region(),
                      ". No changes made.");
      }
      break;
    case v1::GeoproximityPolicy::kLocalZoneGroup:
      if (!model::is_local_zone_group(in.local_zone_group())) {
        return refuse(path, "geoproximity.local_zone_group",
                      "Cannot find GeoProximityLocation with LocalZoneGroup = ",
                      in.local_zone_group(), ". No changes made.");
      }
      break;
    case v1::GeoproximityPolicy::kCoordinates:
      break;
  }
  if (in.bias() < -kBiasMax || in.bias() > kBiasMax) {
    return refuse(path, "geoproximity.bias", in.bias(), " is not allowed; use -99 to 99");
  }
  return from_proto(in);
}

absl::StatusOr<model::Policy> read(const v1::IpBasedPolicy& in, const std::string& path) {
  if (in.collection_id().empty()) {
    return refuse(path, "ip_based.collection_id",
                  "is missing; use the id of one of cidr_collections");
  }
  if (in.location_name().empty()) {
    return refuse(path, "ip_based.location_name",
                  "is missing; use a location of the collection, \"*\" for all other clients");
  }
  return from_proto(in);
}

}  // namespace

absl::StatusOr<model::Policy> read_policy(const v1::RecordSet& in, const std::string& path) {
  switch (in.policy_case()) {
    case v1::RecordSet::POLICY_NOT_SET:
    case v1::RecordSet::kSimple:
      break;
    case v1::RecordSet::kWeighted:
      return read(in.weighted(), path);
    case v1::RecordSet::kFailover:
      return read(in.failover(), path);
    case v1::RecordSet::kLatency:
      return read(in.latency(), path);
    case v1::RecordSet::kGeolocation:
      return read(in.geolocation(), path);
    case v1::RecordSet::kGeoproximity:
      return read(in.geoproximity(), path);
    case v1::RecordSet::kIpBased:
      return read(in.ip_based(), path);
    case v1::RecordSet::kMultivalue:
      return model::Multivalue{};
  }
  return model::Simple{};
}

model::Policy from_proto(const v1::WeightedPolicy& in) {
  return model::Weighted{static_cast<std::uint8_t>(in.weight())};
}

model::Policy from_proto(const v1::FailoverPolicy& in) {
  return model::Failover{in.role() == v1::PRIMARY ? model::FailoverRole::kPrimary
                                                  : model::FailoverRole::kSecondary};
}

model::Policy from_proto(const v1::LatencyPolicy& in) {
  return model::Latency(model::LatencyFields{in.region()});
}

model::Policy from_proto(const v1::GeolocationPolicy& in) {
  return model::Geolocation(model::GeolocationFields{absl::AsciiStrToUpper(in.continent_code()),
                                                     absl::AsciiStrToUpper(in.country_code()),
                                                     absl::AsciiStrToUpper(in.subdivision_code())});
}

model::Policy from_proto(const v1::GeoproximityPolicy& in) {
  model::GeoproximityFields fields;
  fields.bias = in.bias();
  if (in.has_coordinates()) {
    fields.coordinates = {in.coordinates().latitude(), in.coordinates().longitude()};
  } else {
    fields.region = in.has_local_zone_group() ? in.local_zone_group() : in.aws_region();
  }
  return model::Geoproximity(std::move(fields));
}

model::Policy from_proto(const v1::IpBasedPolicy& in) {
  return model::IpBased(model::IpBasedFields{in.collection_id(), in.location_name()});
}

void to_proto(const model::Weighted& policy, v1::WeightedPolicy& out) {
  out.set_weight(policy.weight);
}

void to_proto(const model::Failover& policy, v1::FailoverPolicy& out) {
  out.set_role(policy.role == model::FailoverRole::kPrimary ? v1::PRIMARY : v1::SECONDARY);
}

void to_proto(const model::Latency& policy, v1::LatencyPolicy& out) {
  out.set_region(policy->region);
}

void to_proto(const model::Geolocation& policy, v1::GeolocationPolicy& out) {
  out.set_continent_code(policy->continent);
  out.set_country_code(policy->country);
  out.set_subdivision_code(policy->subdivision);
}

void to_proto(const model::Geoproximity& policy, v1::GeoproximityPolicy& out) {
  if (policy->region.empty()) {
    out.mutable_coordinates()->set_latitude(policy->coordinates.latitude);
    out.mutable_coordinates()->set_longitude(policy->coordinates.longitude);
  } else if (model::is_local_zone_group(policy->region)) {
    out.set_local_zone_group(policy->region);
  } else {
    out.set_aws_region(policy->region);
  }
  out.set_bias(policy->bias);
}

void to_proto(const model::IpBased& policy, v1::IpBasedPolicy& out) {
  out.set_collection_id(policy->collection);
  out.set_location_name(policy->location);
}

}  // namespace signpost::control
