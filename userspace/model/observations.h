// What is measured, or said in the place of measuring: the health of each check, overrides, and
// what external alias targets resolve to, at an instant.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/persistent_map.h"
#include "model/rdata_list.h"

namespace signpost::model {

enum class Health {
  kHealthy,
  kUnhealthy,
  // No verdict yet. Counts as healthy (route53 section 2.2), once
  // Observations::awaiting_first_verdicts is over.
  kUnknown,
};

// What the resolvers last said of an external alias target's records of one type.
struct ExternalAnswer {
  RdataList rdata;            // empty: no such records
  std::uint32_t ttl = 0;      // seconds, as received
  std::int64_t resolved = 0;  // seconds of Unix time
  bool failing = false;       // the resolvers have failed since
  friend bool operator==(const ExternalAnswer&, const ExternalAnswer&) = default;
};
using ExternalAnswerPtr = std::shared_ptr<const ExternalAnswer>;

// The key of an external alias target: "NAME TYPE", the name folded.
std::string external_key(const dns::Name& name, dns::RRType type);

class ActiveOverrides;  // model/active_overrides.h

struct Observations {
  PersistentMap<std::string, ExternalAnswerPtr>
      external;                                      // by external_key(); absent: not known yet
  PersistentMap<std::string, Health> health;         // by check id, inversion and
                                                     // overrides applied; absent: kUnknown
  std::shared_ptr<const ActiveOverrides> overrides;  // null: none
  // From start without stored health until the first verdicts or the end of the configured wait:
  // names whose answer depends on a check of unknown health get SERVFAIL (design.md section 7).
  bool awaiting_first_verdicts = false;

  Health of(const std::string& check_id) const {
    const Health* known = health.find(check_id);
    return known == nullptr ? Health::kUnknown : *known;
  }
};

}  // namespace signpost::model
