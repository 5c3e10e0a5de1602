// Building configurations in tests: a line a record set.
#pragma once

#include <string>
#include <vector>

#include "model/change.h"
#include "model/config.h"
#include "model/observations.h"

namespace signpost::testing {

// "www.example.com." or "www.example.com.@office" to a name; the text must be valid.
dns::Name name(const std::string& text);

// RDATA in presentation format to wire form; must be valid. Names are absolute.
std::string rdata(dns::RRType type, const std::string& text);

// Collects changes for one batch.
class BatchBuilder {
 public:
  // A zone with SOA (MINIMUM 300, TTL 900) and NS ns1.<apex>.
  BatchBuilder& zone(const std::string& apex, model::ZoneId id, std::uint32_t serial = 1);
  BatchBuilder& delete_zone(const std::string& apex);
  BatchBuilder& simple(const std::string& apex, const std::string& owner, dns::RRType type,
                       const std::vector<std::string>& values, std::uint32_t ttl = 60);
  BatchBuilder& group(const std::string& apex, const std::string& owner, model::RecordGroup group);
  BatchBuilder& remove(const std::string& apex, const std::string& owner, dns::RRType type);
  BatchBuilder& check(const std::string& id);
  BatchBuilder& view(const std::string& name, const std::vector<std::string>& networks);
  BatchBuilder& delete_view(const std::string& name);

  const model::ChangeBatch& batch() const { return batch_; }

 private:
  model::ChangeBatch batch_;
};

// One set of a policy group; `check` empty for none.
model::RecordSet weighted(const std::string& id, unsigned weight, const std::string& value,
                          const std::string& check = "", dns::RRType type = dns::RRType::kA);
model::RecordSet failover(const std::string& id, model::FailoverRole role, const std::string& value,
                          const std::string& check = "", dns::RRType type = dns::RRType::kA);
model::RecordSet routed(const std::string& id, model::Policy policy, const std::string& value,
                        const std::string& check = "", dns::RRType type = dns::RRType::kA);
// An alias to a record of its zone `apex`.
model::RecordSet alias(const std::string& id, model::Policy policy, const std::string& apex,
                       const std::string& target, bool evaluate_target_health,
                       const std::string& check = "");

// The configuration after the batch; the batch must be valid.
model::Config applied(const model::Config& before, const model::ChangeBatch& batch);

}  // namespace signpost::testing
