// A step of a Resolver, for the files that it is made of.
#pragma once

#include <optional>
#include <vector>

#include "policy/resolve.h"

namespace signpost::policy {

// One name or alias target on the way.
struct Resolver::Step {
  dns::Name name;
  dns::RRType type{};
  bool any_qname = false;
  unsigned depth = 0;
  // Names before this one, but for QNAME where a wildcard stands for it.
  std::vector<dns::Name> visited;
  // Of the RRsets in the reply, which stays that of the alias at its targets; nothing: QNAME.
  std::optional<dns::Name> owner;
};

}  // namespace signpost::policy
