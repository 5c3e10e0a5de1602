#include "control/stored_form.h"

#include <google/protobuf/message_lite.h>
#include <zlib.h>

#include <utility>

#include "base/status.h"
#include "control/translate.h"
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
  if (const auto* weighted = std::get_if<model::Weighted>(&set.policy)) {
    out.mutable_weighted()->set_weight(weighted->weight);
  } else if (const auto* failover = std::get_if<model::Failover>(&set.policy)) {
    out.mutable_failover()->set_role(
        failover->role == model::FailoverRole::kPrimary ? v1::PRIMARY : v1::SECONDARY);
  } else {
    out.mutable_simple();
  }
}

absl::StatusOr<model::RecordSet> from_stored(const v1::StoredRecordSet& stored) {
  model::RecordSet set;
  set.set_identifier = stored.set_identifier();
  set.ttl = stored.ttl();
  set.health_check_id = stored.health_check_id();
  set.rdata.assign(stored.rdata().begin(), stored.rdata().end());
  switch (stored.policy_case()) {
    case v1::StoredRecordSet::kSimple:
      set.policy = model::Simple{};
      return set;
    case v1::StoredRecordSet::kWeighted:
      set.policy = model::Weighted{static_cast<std::uint8_t>(stored.weighted().weight())};
      return set;
    case v1::StoredRecordSet::kFailover:
      set.policy = model::Failover{stored.failover().role() == v1::PRIMARY
                                       ? model::FailoverRole::kPrimary
                                       : model::FailoverRole::kSecondary};
      return set;
    case v1::StoredRecordSet::POLICY_NOT_SET:
      break;
  }
  return absl::DataLossError("a stored record set has an unknown policy");
}

}  // namespace

void to_stored(const model::RecordGroup& group, v1::StoredGroup& out) {
  out.set_distribution(to_stored(group.ring_mode));
  for (const model::RecordSet& set : group.sets) to_stored(set, *out.add_sets());
}

absl::StatusOr<model::RecordGroupPtr> from_stored(dns::RRType type, const v1::StoredGroup& stored) {
  auto group = std::make_shared<model::RecordGroup>();
  group->type = type;
  group->ring_mode = from_stored(stored.distribution());
  group->sets.reserve(static_cast<std::size_t>(stored.sets_size()));
  for (const v1::StoredRecordSet& set : stored.sets()) {
    ASSIGN_OR_RETURN(model::RecordSet read, from_stored(set));
    group->sets.push_back(std::move(read));
  }
  return group;
}

void to_stored(const model::Zone& zone, v1::StoredZone& out) {
  out.set_manager(zone.manager == model::ZoneManager::kApi ? v1::ZONE_MANAGER_API
                                                           : v1::ZONE_MANAGER_FILES);
  out.set_comment(zone.comment);
}

void from_stored(const v1::StoredZone& stored, model::Zone& out) {
  out.manager = stored.manager() == v1::ZONE_MANAGER_API ? model::ZoneManager::kApi
                                                         : model::ZoneManager::kFiles;
  out.comment = stored.comment();
}

std::string encode_group(const model::RecordGroup& group) {
  // Kept between calls with what it has allocated.
  static thread_local v1::StoredGroup stored;
  stored.Clear();
  to_stored(group, stored);
  return serialise(stored);
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

std::string encode_health_check(const model::HealthCheck& check) {
  v1::HealthCheck stored;
  to_proto(check, stored);
  return serialise(stored);
}

absl::StatusOr<model::HealthCheckPtr> decode_health_check(std::string_view octets) {
  v1::HealthCheck stored;
  RETURN_IF_ERROR(parse(octets, stored));
  return from_proto(stored, "stored health check");
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
