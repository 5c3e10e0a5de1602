// Model values as octets for the store (storage.proto).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "model/config.h"

namespace signpost::v1 {
class StoredGroup;
class StoredZone;
}  // namespace signpost::v1

namespace signpost::control {

void to_stored(const model::RecordGroup& group, v1::StoredGroup& out);
// DATA_LOSS if the octets are not what to_stored() wrote. A group of a traffic policy has no sets
// yet (targets.h).
absl::StatusOr<model::RecordGroupPtr> from_stored(dns::RRType type, const v1::StoredGroup& stored);

void to_stored(const model::Zone& zone, v1::StoredZone& out);
// Sets manager and comment.
void from_stored(const v1::StoredZone& stored, model::Zone& out);

// The same as serialised messages; equal values give equal octets.
std::string encode_group(const model::RecordGroup& group);
void append_group(const model::RecordGroup& group, std::string& out);
absl::StatusOr<model::RecordGroupPtr> decode_group(dns::RRType type, std::string_view octets);
std::string encode_zone(const model::Zone& zone);
absl::Status decode_zone(std::string_view octets, model::Zone& out);

// Values with a key of their own.
std::string encode(const std::string& key, const model::HealthCheck& check);
std::string encode(const std::string& key, const model::CidrCollection& collection);
std::string encode(const std::string& key, const model::PlaceOverride& place);
std::string encode(const std::string& key, const model::Coordinates& region);
std::string encode(const std::string& key, const model::TrafficPolicy& policy);
std::string encode(const std::string& key, const model::NoticeReceiver& receiver);
std::string encode(const std::string& key, const model::Guard& guard);
std::string encode(const std::string& key, const model::TsigKey& tsig_key);
std::string encode(const std::string& key, const model::ZoneAccess& access);
std::string encode(const std::string& key, const model::View& view);
std::string encode(const std::string& key, const model::ForwardRule& rule);
std::string encode(const std::string& key, const model::SecondaryZone& secondary);
absl::Status decode(std::string_view octets, model::HealthCheckPtr& out);
absl::Status decode(std::string_view octets, model::CidrCollectionPtr& out);
absl::Status decode(std::string_view octets, model::PlaceOverridePtr& out);
absl::Status decode(std::string_view octets, std::shared_ptr<const model::Coordinates>& out);
absl::Status decode(std::string_view octets, model::TrafficPolicyPtr& out);
absl::Status decode(std::string_view octets, model::NoticeReceiverPtr& out);
absl::Status decode(std::string_view octets, model::GuardPtr& out);
absl::Status decode(std::string_view octets, model::TsigKeyPtr& out);
absl::Status decode(std::string_view octets, model::ZoneAccessPtr& out);
absl::Status decode(std::string_view octets, model::ViewPtr& out);
absl::Status decode(std::string_view octets, model::ForwardRulePtr& out);
absl::Status decode(std::string_view octets, model::SecondaryZonePtr& out);

// Marks the kind of a KeyedDelta's value in state.db.
template <typename Value>
inline constexpr std::int64_t kKindOf = 0;
template <>
inline constexpr std::int64_t kKindOf<model::HealthCheck> = 3;
template <>
inline constexpr std::int64_t kKindOf<model::CidrCollection> = 4;
template <>
inline constexpr std::int64_t kKindOf<model::PlaceOverride> = 5;
template <>
inline constexpr std::int64_t kKindOf<model::Coordinates> = 6;
template <>
inline constexpr std::int64_t kKindOf<model::TrafficPolicy> = 7;
template <>
inline constexpr std::int64_t kKindOf<model::NoticeReceiver> = 12;
template <>
inline constexpr std::int64_t kKindOf<model::Guard> = 13;
template <>
inline constexpr std::int64_t kKindOf<model::TsigKey> = 20;
template <>
inline constexpr std::int64_t kKindOf<model::ZoneAccess> = 21;
template <>
inline constexpr std::int64_t kKindOf<model::View> = 14;
template <>
inline constexpr std::int64_t kKindOf<model::ForwardRule> = 22;
template <>
inline constexpr std::int64_t kKindOf<model::SecondaryZone> = 23;

// CRC-32 of the concatenation of `first` and `second`: finds damage that SQLite can't.
std::uint32_t checksum(std::string_view first, std::string_view second = {});

}  // namespace signpost::control
