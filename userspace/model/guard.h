// What defends the server, and others against being flooded by it, as the operator writes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/prefix.h"

namespace signpost::model {

// How many replies of one name class a client prefix, /24 or /56, gets.
struct RateLimit {
  std::uint32_t replies_per_second = 0;
  std::uint32_t burst = 0;  // replies at once
  std::uint32_t slip = 2;   // every so many beyond the limit one is sent cut off; 0: none
  std::vector<Prefix> exempt;
  bool enforce = false;  // else it only counts
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// DNS cookies (RFC 7873, 9018). Names of files in the daemon's folder of secrets.
struct Cookies {
  std::string secret;         // empty: of this host alone
  std::string former_secret;  // still accepted; empty: none
  friend bool operator==(const Cookies&, const Cookies&) = default;
};

// A reply without a valid cookie is at most so many times its query.
struct AmplificationLimit {
  std::uint32_t ratio = 0;
  bool enforce = false;
  friend bool operator==(const AmplificationLimit&, const AmplificationLimit&) = default;
};

inline constexpr std::size_t kNsidOctetsMax = 64;
inline constexpr std::size_t kExemptPrefixesMax = 16;
inline constexpr const char* kEveryInterface = "*";

struct Guard {
  // "*": of interfaces that have none of their own, and of what the daemon answers itself.
  std::string interface = kEveryInterface;
  std::optional<RateLimit> rate_limit;
  std::optional<Cookies> cookies;
  std::optional<AmplificationLimit> amplification_limit;
  std::string nsid;  // RFC 5001; empty: not told
  friend bool operator==(const Guard&, const Guard&) = default;
};
using GuardPtr = std::shared_ptr<const Guard>;

}  // namespace signpost::model
