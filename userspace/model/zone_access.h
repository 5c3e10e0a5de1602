// What others may do with zones by DNS messages: have copies, be told of changes, change them; and
// the keys that they are known by.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/tsig.h"
#include "model/prefix.h"

namespace signpost::model {

// A key for transaction signatures (RFC 8945).
struct TsigKey {
  dns::Name name;  // folded
  dns::TsigAlgorithm algorithm = dns::TsigAlgorithm::kHmacSha256;
  std::string secret;  // a file in the daemon's folder of secrets
  friend bool operator==(const TsigKey&, const TsigKey&) = default;
};
using TsigKeyPtr = std::shared_ptr<const TsigKey>;

// Admits whom all that is given fits; prefix or key is.
struct AccessRule {
  std::optional<Prefix> prefix;  // that holds the client's address
  std::optional<dns::Name> key;  // that signed the request; folded
  bool tls = false;              // over TLS alone
  friend bool operator==(const AccessRule&, const AccessRule&) = default;
};

inline constexpr std::uint16_t kDnsPort = 53;

// A server that is told when a zone changes (RFC 1996).
struct NotifyTarget {
  std::string address;
  std::uint16_t port = kDnsPort;
  std::optional<dns::Name> key;  // folded
  friend bool operator==(const NotifyTarget&, const NotifyTarget&) = default;
};

// What becomes of a zone with records that depend on the client, on health or on a turn: another
// server can't answer by a routing policy.
enum class PolicyRecords {
  kRefuse,       // it is not transferred
  kFirstChoice,  // as what answers first while all is healthy, for a client of whom nothing is
                 // known
};

inline constexpr const char* kEveryZone = "*";

struct ZoneAccess {
  std::optional<dns::Name> zone;  // folded; nothing: every zone that has none of its own
  std::vector<AccessRule> transfer;
  std::vector<NotifyTarget> notify;
  PolicyRecords policy_records = PolicyRecords::kRefuse;
  std::vector<AccessRule> update;  // by dynamic update (RFC 2136); each has a key

  std::string key() const { return zone ? zone->text() : kEveryZone; }
  friend bool operator==(const ZoneAccess&, const ZoneAccess&) = default;
};
using ZoneAccessPtr = std::shared_ptr<const ZoneAccess>;

}  // namespace signpost::model
