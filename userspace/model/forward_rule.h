// Which questions of whom are passed on to other servers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dns/name.h"
#include "model/prefix.h"

namespace signpost::model {

inline constexpr std::size_t kForwardClientsMax = 1000;
inline constexpr std::size_t kForwardServersMax = 6;

struct ForwardServer {
  std::string address;  // IPv4 or IPv6, canonical
  std::uint16_t port = 53;
  friend bool operator==(const ForwardServer&, const ForwardServer&) = default;
};

// An outbound rule, as Route 53 Resolver has them.
struct ForwardRule {
  std::string name;                    // unique
  dns::Name domain;                    // folded; the questions at and below it
  std::vector<Prefix> clients;         // ascending, at least one: whose questions
  std::vector<ForwardServer> servers;  // in the order in which they are asked, at least one
  friend bool operator==(const ForwardRule&, const ForwardRule&) = default;
};
using ForwardRulePtr = std::shared_ptr<const ForwardRule>;

}  // namespace signpost::model
