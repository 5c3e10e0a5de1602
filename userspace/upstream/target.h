// What is resolved for an external alias.
#pragma once

#include <optional>
#include <string_view>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::upstream {

// The records of one type at one name.
struct Target {
  dns::Name name;
  dns::RRType type{};
};

// The target that model::external_key() names; nothing if `key` is not one.
std::optional<Target> parse_target(std::string_view key);

}  // namespace signpost::upstream
