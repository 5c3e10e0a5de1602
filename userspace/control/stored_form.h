// Model values as octets for the store (storage.proto).
#pragma once

#include <cstdint>
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
// DATA_LOSS if the octets are not what to_stored() wrote.
absl::StatusOr<model::RecordGroupPtr> from_stored(dns::RRType type, const v1::StoredGroup& stored);

void to_stored(const model::Zone& zone, v1::StoredZone& out);
// Sets manager and comment.
void from_stored(const v1::StoredZone& stored, model::Zone& out);

// The same as serialised messages; equal values give equal octets.
std::string encode_group(const model::RecordGroup& group);
absl::StatusOr<model::RecordGroupPtr> decode_group(dns::RRType type, std::string_view octets);
std::string encode_zone(const model::Zone& zone);
absl::Status decode_zone(std::string_view octets, model::Zone& out);
std::string encode_health_check(const model::HealthCheck& check);
absl::StatusOr<model::HealthCheckPtr> decode_health_check(std::string_view octets);

// CRC-32 of the concatenation of `first` and `second`: finds damage that SQLite can't.
std::uint32_t checksum(std::string_view first, std::string_view second = {});

}  // namespace signpost::control
