// Commands that say something in the place of health checks, and set the rules for that.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "signpost/session.h"

namespace signpost::cli {

struct OverrideArguments {
  std::string action;  // "up", "down" or "drain"
  // One of these is given.
  std::string check;
  std::string selector;
  std::string region;
  std::string endpoint;
  std::string reason;
  std::string expires_after;  // "30m"; empty: never
  std::string ramp;           // of a drain; empty: the daemon's default
  std::uint64_t number = 0;   // of one to clear
  bool at_once = false;
  bool break_glass = false;
  std::uint32_t most = 0;  // entries of the history; 0: all
  Format format = Format::kTable;
};
absl::StatusOr<int> override_set(Session& session, const OverrideArguments& arguments);
absl::StatusOr<int> override_clear(Session& session, const OverrideArguments& arguments);
absl::StatusOr<int> override_list(Session& session, const OverrideArguments& arguments);
absl::StatusOr<int> override_history(Session& session, const OverrideArguments& arguments);

struct SafetyRuleArguments {
  std::string name;
  std::uint32_t at_least = 0;
  std::vector<std::string> checks;
  std::string selector;
  Format format = Format::kTable;
};
absl::StatusOr<int> safety_rule_set(Session& session, const SafetyRuleArguments& arguments);
absl::StatusOr<int> safety_rule_delete(Session& session, const SafetyRuleArguments& arguments);
absl::StatusOr<int> safety_rule_list(Session& session, const SafetyRuleArguments& arguments);

// "90s", "30m", "12h", "7d" in seconds, at most ten years. INVALID_ARGUMENT for anything else.
absl::StatusOr<std::uint32_t> parse_duration(const std::string& text);

}  // namespace signpost::cli
