// The only mapper between the schema of the API (config.proto) and the model. Checks single fields;
// rules between record sets are policy::apply_batch()'s.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/config.h"

namespace signpost::v1 {
class CidrCollection;
class ForwardRule;
class Guard;
class HealthCheck;
class NoticeReceiver;
class PlaceOverride;
class RecordSet;
class Region;
class TrafficPolicy;
class TsigKey;
class View;
class SecondaryZone;
class ZoneAccess;
}  // namespace signpost::v1

namespace signpost::control {

// One record set as the API has it, for a zone whose apex is `apex`. `path` begins the messages of
// errors.
struct OwnedRecordSet {
  dns::Name owner;  // folded
  dns::RRType type{};
  model::RingMode ring_mode = model::RingMode::kExact;
  model::FailMode fail_mode = model::FailMode::kOpen;
  // Of an alias `zone_apex` is what hosted_zone_id gives, the root if it is empty; see targets.h.
  // `name` then lies in the name space of the zone of the record set.
  model::RecordSet set;
  // In place of `set`.
  model::Boxed<model::TrafficPolicyInstance> instance;
};
absl::StatusOr<OwnedRecordSet> from_proto(const v1::RecordSet& in, const dns::Name& apex,
                                          const std::string& path);

// Puts `set` in its place by set_identifier; false if there is one of the same.
bool insert_set(model::RecordGroup& group, model::RecordSet set);

// Whether `id` may name a health check; `path` begins the message of the error.
absl::Status check_health_check_id(std::string_view id, const std::string& path);

absl::StatusOr<model::HealthCheckPtr> from_proto(const v1::HealthCheck& in,
                                                 const std::string& path);

absl::StatusOr<model::CidrCollectionPtr> from_proto(const v1::CidrCollection& in,
                                                    const std::string& path);
absl::StatusOr<model::PlaceOverridePtr> from_proto(const v1::PlaceOverride& in,
                                                   const std::string& path);
absl::StatusOr<model::NoticeReceiverPtr> from_proto(const v1::NoticeReceiver& in,
                                                    const std::string& path);
absl::StatusOr<model::GuardPtr> from_proto(const v1::Guard& in, const std::string& path);
absl::StatusOr<model::TsigKeyPtr> from_proto(const v1::TsigKey& in, const std::string& path);
absl::StatusOr<model::ZoneAccessPtr> from_proto(const v1::ZoneAccess& in, const std::string& path);
absl::StatusOr<model::ViewPtr> from_proto(const v1::View& in, const std::string& path);
absl::StatusOr<model::ForwardRulePtr> from_proto(const v1::ForwardRule& in,
                                                 const std::string& path);
absl::StatusOr<model::SecondaryZonePtr> from_proto(const v1::SecondaryZone& in,
                                                   const std::string& path);

// Whether `name` may be that of a file in the daemon's folder of secrets.
absl::Status check_secret_file(const std::string& name, const std::string& path);

struct NamedRegion {
  std::string name;
  model::Coordinates coordinates;
};
absl::StatusOr<NamedRegion> from_proto(const v1::Region& in, const std::string& path);

// Checked by policy::check_traffic_policy().
model::TrafficPolicyPtr from_proto(const v1::TrafficPolicy& in);

// An owner name for messages and files of a zone: relative to the apex, "@" for the apex itself.
std::string relative_name(const dns::Name& owner, const dns::Name& apex);

// A name as people write it: without its last dot.
std::string name_text(const dns::Name& name);

// A server as people write it: without the port if that is 53.
std::string server_text(const std::string& address, std::uint16_t port);

// Writes the visible set `index` of the group, the owner relative to `apex`.
void to_proto(const model::RecordGroup& group, std::size_t index, const dns::Name& owner,
              const dns::Name& apex, v1::RecordSet& out);
void to_proto(const model::HealthCheck& check, v1::HealthCheck& out);
void to_proto(const model::CidrCollection& collection, v1::CidrCollection& out);
void to_proto(const model::PlaceOverride& place, v1::PlaceOverride& out);
void to_proto(const std::string& name, const model::Coordinates& coordinates, v1::Region& out);
void to_proto(const model::TrafficPolicy& policy, v1::TrafficPolicy& out);
void to_proto(const model::NoticeReceiver& receiver, v1::NoticeReceiver& out);
void to_proto(const model::Guard& guard, v1::Guard& out);
void to_proto(const model::TsigKey& key, v1::TsigKey& out);
void to_proto(const model::ZoneAccess& access, v1::ZoneAccess& out);
void to_proto(const model::View& view, v1::View& out);
void to_proto(const model::ForwardRule& rule, v1::ForwardRule& out);
void to_proto(const model::SecondaryZone& secondary, v1::SecondaryZone& out);

}  // namespace signpost::control
