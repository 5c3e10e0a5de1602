// Routing policies between the model and the messages that API and store share.
#pragma once

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "model/config.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {

// The policy of a record set. INVALID_ARGUMENT for what a single record set shows to be wrong; what
// its group and the configuration allow is policy::apply_batch()'s.
absl::StatusOr<model::Policy> read_policy(const v1::RecordSet& in, const std::string& path);

// Without checks.
model::Policy from_proto(const v1::WeightedPolicy& in);
model::Policy from_proto(const v1::FailoverPolicy& in);
model::Policy from_proto(const v1::LatencyPolicy& in);
model::Policy from_proto(const v1::GeolocationPolicy& in);
model::Policy from_proto(const v1::GeoproximityPolicy& in);
model::Policy from_proto(const v1::IpBasedPolicy& in);

void to_proto(const model::Weighted& policy, v1::WeightedPolicy& out);
void to_proto(const model::Failover& policy, v1::FailoverPolicy& out);
void to_proto(const model::Latency& policy, v1::LatencyPolicy& out);
void to_proto(const model::Geolocation& policy, v1::GeolocationPolicy& out);
void to_proto(const model::Geoproximity& policy, v1::GeoproximityPolicy& out);
void to_proto(const model::IpBased& policy, v1::IpBasedPolicy& out);

// Sets the policy of a v1::RecordSet or v1::StoredRecordSet.
template <typename Message>
class PolicyWriter {
 public:
  explicit PolicyWriter(Message& out) : out_(out) {}

  void operator()(const model::Simple&) const { out_.mutable_simple(); }
  void operator()(const model::Weighted& policy) const {
    to_proto(policy, *out_.mutable_weighted());
  }
  void operator()(const model::Failover& policy) const {
    to_proto(policy, *out_.mutable_failover());
  }
  void operator()(const model::Latency& policy) const { to_proto(policy, *out_.mutable_latency()); }
  void operator()(const model::Geolocation& policy) const {
    to_proto(policy, *out_.mutable_geolocation());
  }
  void operator()(const model::Geoproximity& policy) const {
    to_proto(policy, *out_.mutable_geoproximity());
  }
  void operator()(const model::IpBased& policy) const {
    to_proto(policy, *out_.mutable_ip_based());
  }
  void operator()(const model::Multivalue&) const { out_.mutable_multivalue(); }

 private:
  Message& out_;
};

}  // namespace signpost::control
