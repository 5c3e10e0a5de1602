// Commands that show what the daemon holds and does.
#pragma once

#include <string>
#include <vector>

#include "signpost/session.h"

namespace signpost::cli {

// A list of which only a part is asked for.
struct SelectedArguments {
  std::string selector;  // of tags: "site=lon,env!=test"; empty: all
  Format format = Format::kTable;
};
absl::StatusOr<int> get_zones(Session& session, const SelectedArguments& arguments);
absl::StatusOr<int> get_records(Session& session, const std::string& zone, Format format);
absl::StatusOr<int> get_health_checks(Session& session, const SelectedArguments& arguments);
absl::StatusOr<int> get_cidr_collections(Session& session, Format format);
absl::StatusOr<int> get_overrides(Session& session, Format format);
absl::StatusOr<int> get_regions(Session& session, Format format);
absl::StatusOr<int> get_traffic_policies(Session& session, Format format);
// What external alias targets resolve to.
absl::StatusOr<int> get_aliases(Session& session, Format format);
absl::StatusOr<int> get_secondary_zones(Session& session, Format format);

// What was applied, newest first; at most `most` entries, 0: all.
absl::StatusOr<int> history(Session& session, std::uint32_t most, Format format);

// The running state of these zones as a configuration file; of no zones: all of it.
absl::StatusOr<int> export_state(Session& session, const std::vector<std::string>& zones,
                                 Format format);

struct ExplainArguments {
  std::string name;
  std::string type;
  std::string client;
  Format format = Format::kTable;
};
absl::StatusOr<int> explain(Session& session, const ExplainArguments& arguments);

// What each health check sees.
absl::StatusOr<int> health(Session& session, const SelectedArguments& arguments);

struct HealthArguments {
  std::string check;
  std::vector<std::string> files;  // that define the check to test; empty: it is there
  std::uint32_t most = 0;          // entries of the history; 0: all
  std::string position;            // of a switch: "on" or "off"
  std::string reason;
  bool break_glass = false;  // of a switch, even against a safety rule
  Format format = Format::kTable;
};
// All that one check sees and saw.
absl::StatusOr<int> health_show(Session& session, const HealthArguments& arguments);
// Probes once, now; kFailed if that fails.
absl::StatusOr<int> health_test(Session& session, const HealthArguments& arguments);
// Changes of health, newest first, of one check or (empty) of all.
absl::StatusOr<int> health_history(Session& session, const HealthArguments& arguments);
// Turns a recovery control on or off.
absl::StatusOr<int> health_switch(Session& session, const HealthArguments& arguments);

absl::StatusOr<int> status(Session& session, Format format);

// This program's version, and the daemon's if there is one.
absl::StatusOr<int> version(Session& session);

}  // namespace signpost::cli
