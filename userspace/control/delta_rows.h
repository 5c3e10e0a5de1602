// Deltas as rows of contents: what the history and schedules keep of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "control/delta.h"

namespace signpost::control {

// Values of DeltaRow::kind; the others are those of kKindOf.
inline constexpr std::int64_t kZoneRow = 1;
inline constexpr std::int64_t kGroupRow = 2;

struct DeltaRow {
  std::int64_t kind = 0;
  std::string subject;                // the zone's apex in wire form, or the key
  std::string owner;                  // of a group, in wire form
  std::int64_t type = 0;              // of a group
  std::optional<std::string> before;  // as stored_form.h encodes it
  std::optional<std::string> after;
};

// In the order in which they are stored: before the groups.
std::vector<DeltaRow> rows_but_groups(const Deltas& deltas);

DeltaRow row_of(const GroupDelta& delta);

// Adds what a row says. Groups of traffic policies have no sets (targets.h). DATA_LOSS if it is not
// one of the above.
absl::Status add_row(const DeltaRow& row, Deltas& out);

}  // namespace signpost::control
