// What the operator says of endpoints in the place of their health checks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/prefix.h"
#include "model/tags.h"

namespace signpost::model {

enum class OverrideAction {
  kUp,     // counts as healthy
  kDown,   // counts as unhealthy
  kDrain,  // weights go to 0 in steps; then it is down
};

// The record sets that name the check.
struct CheckScope {
  std::string check_id;
};
// Those that name a check with such tags, now or later.
struct TagScope {
  std::string text;  // as TagSelector::parse() takes it; not empty
  TagSelector selector;
};
// Those of the region under latency and geoproximity routing.
struct RegionScope {
  std::string region;
};
// Those whose A or AAAA records are addresses of the prefix.
struct EndpointScope {
  Prefix prefix;
};
using OverrideScope = std::variant<CheckScope, TagScope, RegionScope, EndpointScope>;

// "192.0.2.1" or "192.0.2.0/24".
std::string endpoint_text(const EndpointScope& scope);

// "health check web-1", "checks with tags site=lon", "region eu-west-1", "endpoint 192.0.2.0/24".
std::string scope_text(const OverrideScope& scope);

struct Override {
  using Time = std::chrono::system_clock::time_point;

  std::uint64_t number = 0;  // from 1; never used again
  OverrideAction action = OverrideAction::kDown;
  OverrideScope scope;
  std::string reason;
  std::string owner;
  bool break_glass = false;  // set against a safety rule
  Time set;
  std::optional<Time> expires;
  std::chrono::seconds ramp{0};         // of a drain: from the full weight to none, and back
  std::optional<Time> restoring_since;  // of a drain that was cleared or has expired
};
using OverridePtr = std::shared_ptr<const Override>;

// Shares change no more often than that while a ramp goes on.
inline constexpr std::chrono::seconds kRampStep{2};

// How much of their weights the record sets keep at `now`, in percent: of a drain; else 100. In
// steps of at least kRampStep, at most 100 of them.
unsigned weight_percent(const Override& override, Override::Time now);

// When weight_percent() changes next, or the override ends; nothing: never.
std::optional<Override::Time> next_change(const Override& override, Override::Time now);

// A drain ends when the weights are back.
bool has_ended(const Override& override, Override::Time now);

// "down by override 3 of root until 2026-11-27 08:00:00Z: maintenance", "drained to 40 % by …".
std::string override_words(const Override& override, unsigned weight_percent);

}  // namespace signpost::model
