#include "control/stored_form.h"

#include <google/protobuf/message_lite.h>
#include <zlib.h>

#include <utility>

#include "base/status.h"
#include "control/translate.h"
#include "control/translate_policy.h"
#include "control/zone_manager.h"
#include "signpost/v1/storage.pb.h"

namespace signpost::control {
namespace {

std::string serialise(const google::protobuf::MessageLite& message) {
  // Deterministic, because no stored message has a map.
  return message.SerializeAsString();
}

absl::Status parse(std::string_view octets, google::protobuf::MessageLite& out) {
  if (!out.ParseFromArray(octets.data(), static_cast<int>(octets.size()))) {
    return absl::DataLossError("a stored value is not readable");
  }
  return absl::OkStatus();
}

template <typename Message, typename Value>
std::string encode_as(const Value& value) {
  Message stored;
  to_proto(value, stored);
  return serialise(stored);
}

template <typename Message, typename Value>
absl::Status decode_as(std::string_view octets, std::shared_ptr<const Value>& out) {
  Message stored;
  RETURN_IF_ERROR(parse(octets, stored));
  ASSIGN_OR_RETURN(out, from_proto(stored, "a stored value"));
  return absl::OkStatus();
}

v1::Distribution to_stored(model::RingMode mode) {
  switch (mode) {
    case model::RingMode::kExact:
      return v1::DISTRIBUTION_EXACT;
    case model::RingMode::kRandom:
      return v1::DISTRIBUTION_RANDOM;
    case model::RingMode::kSticky:
      return v1::DISTRIBUTION_STICKY;
  }
  return v1::DISTRIBUTION_EXACT;
}

model::RingMode from_stored(v1::Distribution distribution) {
  if (distribution == v1::DISTRIBUTION_RANDOM) return model::RingMode::kRandom;
  if (distribution == v1::DISTRIBUTION_STICKY) return model::RingMode::kSticky;
  return model::RingMode::kExact;
}

void to_stored(const model::RecordSet& set, v1::StoredRecordSet& out) {
  out.set_set_identifier(set.set_identifier);
  out.set_ttl(set.ttl);
  out.set_health_check_id(set.health_check_id);
  for (const std::string& rdata : set.rdata) out.add_rdata(rdata);
  out.set_last_resort(set.last_resort);
  std::visit(PolicyWriter(out), set.policy);
  if (!set.alias) return;
  v1::StoredAliasTarget& target = *out.mutable_alias_target();
  if (!set.alias->external) target.set_zone_apex(set.alias->zone_apex.key());
  target.set_name(set.alias->name.key());
  target.set_evaluate_target_health(set.alias->evaluate_target_health);
}

absl::StatusOr<model::AliasTarget> from_stored(const v1::StoredAliasTarget& stored) {
  model::AliasTarget target;
  target.external = stored.zone_apex().empty();
  if (!target.external) {
    ASSIGN_OR_RETURN(target.zone_apex, dns::Name::from_key(stored.zone_apex()));
  }
  ASSIGN_OR_RETURN(target.name, dns::Name::from_key(stored.name()));
  target.evaluate_target_health = stored.evaluate_target_health();
  return target;
}

absl::StatusOr<model::Policy> policy_of(const v1::StoredRecordSet& stored) {
  switch (stored.policy_case()) {
    case v1::StoredRecordSet::kSimple:
      return model::Simple{};
    case v1::StoredRecordSet::kWeighted:
      return from_proto(stored.weighted());
    case v1::StoredRecordSet::kFailover:
      return from_proto(stored.failover());
    case v1::StoredRecordSet::kLatency:
      return from_proto(stored.latency());
    case v1::StoredRecordSet::kGeolocation:
      return from_proto(stored.geolocation());
    case v1::StoredRecordSet::kGeoproximity:
      return from_proto(stored.geoproximity());
    case v1::StoredRecordSet::kIpBased:
      return from_proto(stored.ip_based());
    case v1::StoredRecordSet::kMultivalue:
      return model::Multivalue{};
    case v1::StoredRecordSet::POLICY_NOT_SET:
      break;
  }
  return absl::DataLossError("a stored record set has an unknown policy");
}

absl::StatusOr<model::RecordSet> from_stored(const v1::StoredRecordSet& stored) {
  model::RecordSet set;
  set.set_identifier = stored.set_identifier();
  set.ttl = stored.ttl();
  set.health_check_id = stored.health_check_id();
  set.last_resort = stored.last_resort();
  set.rdata.assign(stored.rdata().begin(), stored.rdata().end());
  if (stored.has_alias_target()) {
    ASSIGN_OR_RETURN(model::AliasTarget target, from_stored(stored.alias_target()));
    set.alias = std::move(target);
  }
  ASSIGN_OR_RETURN(set.policy, policy_of(stored));
  return set;
}

}  // namespace

void to_stored(const model::RecordGroup& group, v1::StoredGroup& out) {
  out.set_distribution(to_stored(group.ring_mode));
  if (group.fail_mode == model::FailMode::kClosed) out.set_fail_mode(v1::FAIL_MODE_CLOSED);
  if (group.instance) {
    v1::StoredTrafficPolicyInstance& instance = *out.mutable_traffic_policy_instance();
    instance.set_policy(group.instance->policy);
    instance.set_version(group.instance->version);
    instance.set_ttl(group.instance->ttl);
    return;
  }
  for (const model::RecordSet& set : group.sets) to_stored(set, *out.add_sets());
}

absl::StatusOr<model::RecordGroupPtr> from_stored(dns::RRType type, const v1::StoredGroup& stored) {
  auto group = std::make_shared<model::RecordGroup>();
  group->type = type;
  group->ring_mode = from_stored(stored.distribution());
  if (stored.fail_mode() == v1::FAIL_MODE_CLOSED) group->fail_mode = model::FailMode::kClosed;
  if (stored.has_traffic_policy_instance()) {
    const v1::StoredTrafficPolicyInstance& instance = stored.traffic_policy_instance();
    group->instance =
        model::TrafficPolicyInstance{instance.policy(), instance.version(), instance.ttl()};
  }
  group->sets.reserve(static_cast<std::size_t>(stored.sets_size()));
  for (const v1::StoredRecordSet& set : stored.sets()) {
    ASSIGN_OR_RETURN(model::RecordSet read, from_stored(set));
    group->sets.push_back(std::move(read));
  }
  return group;
}

void to_stored(const model::Zone& zone, v1::StoredZone& out) {
  out.set_manager(to_proto(zone.manager));
  out.set_comment(zone.comment);
  for (const std::string& tag : model::tag_texts(zone.tags)) out.add_tags(tag);
}

void from_stored(const v1::StoredZone& stored, model::Zone& out) {
  out.manager = from_proto(stored.manager());
  out.comment = stored.comment();
  // They were checked before they were stored.
  for (const std::string& tag : stored.tags()) model::add_tag(tag, out.tags).IgnoreError();
}

void append_group(const model::RecordGroup& group, std::string& out) {
  // Kept between calls with what it has allocated.
  static thread_local v1::StoredGroup stored;
  stored.Clear();
  to_stored(group, stored);
  stored.AppendToString(&out);
}

std::string encode_group(const model::RecordGroup& group) {
  std::string encoded;
  append_group(group, encoded);
  return encoded;
}

absl::StatusOr<model::RecordGroupPtr> decode_group(dns::RRType type, std::string_view octets) {
  v1::StoredGroup stored;
  RETURN_IF_ERROR(parse(octets, stored));
  return from_stored(type, stored);
}

std::string encode_zone(const model::Zone& zone) {
  v1::StoredZone stored;
  to_stored(zone, stored);
  return serialise(stored);
}

absl::Status decode_zone(std::string_view octets, model::Zone& out) {
  v1::StoredZone stored;
  RETURN_IF_ERROR(parse(octets, stored));
  from_stored(stored, out);
  return absl::OkStatus();
}

std::string encode(const std::string&, const model::HealthCheck& check) {
  return encode_as<v1::HealthCheck>(check);
}
std::string encode(const std::string&, const model::CidrCollection& collection) {
  return encode_as<v1::CidrCollection>(collection);
}
std::string encode(const std::string&, const model::PlaceOverride& place) {
  return encode_as<v1::PlaceOverride>(place);
}
std::string encode(const std::string& key, const model::Coordinates& region) {
  v1::Region stored;
  to_proto(key, region, stored);
  return serialise(stored);
}
std::string encode(const std::string&, const model::TrafficPolicy& policy) {
  return encode_as<v1::TrafficPolicy>(policy);
}
std::string encode(const std::string&, const model::NoticeReceiver& receiver) {
  return encode_as<v1::NoticeReceiver>(receiver);
}
std::string encode(const std::string&, const model::Guard& guard) {
  return encode_as<v1::Guard>(guard);
}
std::string encode(const std::string&, const model::TsigKey& tsig_key) {
  return encode_as<v1::TsigKey>(tsig_key);
}
std::string encode(const std::string&, const model::ZoneAccess& access) {
  return encode_as<v1::ZoneAccess>(access);
}
std::string encode(const std::string&, const model::View& view) {
  return encode_as<v1::View>(view);
}
std::string encode(const std::string&, const model::ForwardRule& rule) {
  return encode_as<v1::ForwardRule>(rule);
}
std::string encode(const std::string&, const model::SecondaryZone& secondary) {
  return encode_as<v1::SecondaryZone>(secondary);
}

absl::Status decode(std::string_view octets, model::HealthCheckPtr& out) {
  return decode_as<v1::HealthCheck>(octets, out);
}
absl::Status decode(std::string_view octets, model::CidrCollectionPtr& out) {
  return decode_as<v1::CidrCollection>(octets, out);
}
absl::Status decode(std::string_view octets, model::PlaceOverridePtr& out) {
  return decode_as<v1::PlaceOverride>(octets, out);
}
absl::Status decode(std::string_view octets, std::shared_ptr<const model::Coordinates>& out) {
  v1::Region stored;
  RETURN_IF_ERROR(parse(octets, stored));
  ASSIGN_OR_RETURN(const NamedRegion region, from_proto(stored, "stored region"));
  out = std::make_shared<const model::Coordinates>(region.coordinates);
  return absl::OkStatus();
}
absl::Status decode(std::string_view octets, model::TrafficPolicyPtr& out) {
  v1::TrafficPolicy stored;
  RETURN_IF_ERROR(parse(octets, stored));
  out = from_proto(stored);
  return absl::OkStatus();
}
absl::Status decode(std::string_view octets, model::NoticeReceiverPtr& out) {
  return decode_as<v1::NoticeReceiver>(octets, out);
}
absl::Status decode(std::string_view octets, model::GuardPtr& out) {
  return decode_as<v1::Guard>(octets, out);
}
absl::Status decode(std::string_view octets, model::TsigKeyPtr& out) {
  return decode_as<v1::TsigKey>(octets, out);
}
absl::Status decode(std::string_view octets, model::ZoneAccessPtr& out) {
  return decode_as<v1::ZoneAccess>(octets, out);
}
absl::Status decode(std::string_view octets, model::ViewPtr& out) {
  return decode_as<v1::View>(octets, out);
}
absl::Status decode(std::string_view octets, model::ForwardRulePtr& out) {
  return decode_as<v1::ForwardRule>(octets, out);
}
absl::Status decode(std::string_view octets, model::SecondaryZonePtr& out) {
  return decode_as<v1::SecondaryZone>(octets, out);
}

std::uint32_t checksum(std::string_view first, std::string_view second) {
  uLong sum = crc32_z(0, nullptr, 0);
  for (const std::string_view part : {first, second}) {
    // Without octets the pointer may be null, which would begin the sum anew.
    if (part.empty()) continue;
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(part.data()), part.size());
  }
  return static_cast<std::uint32_t>(sum);
}

}  // namespace signpost::control
