#include "control/zone_history.h"

#include <string>

#include "base/status.h"
#include "control/delta_rows.h"
#include "control/history_changes.h"
#include "control/soa_serial.h"
#include "control/state_database.h"
#include "control/stored_form.h"

namespace signpost::control {
namespace {

static_assert(kGroupRow == 2 && static_cast<int>(dns::RRType::kSoa) == 6,
              "the index and the query say so in numbers");

// The last generation in which the zone had the serial.
absl::StatusOr<model::ConfigGeneration> generation_of(Database& database, const dns::Name& apex,
                                                      std::uint32_t serial,
                                                      model::ConfigGeneration to) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.prepare("SELECT generation, before FROM history_changes "
                                    "WHERE kind = 2 AND type = 6 AND subject = ? AND "
                                    "generation <= ? ORDER BY generation DESC"));
  rows.bind_blob(1, apex.wire()).bind(2, static_cast<std::int64_t>(to));
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows.step());
    if (!more) return not_found("the history has no serial ", serial, " of ", apex.text());
    if (rows.is_null(1)) continue;
    ASSIGN_OR_RETURN(const model::RecordGroupPtr soa,
                     decode_group(dns::RRType::kSoa, rows.octets(1)));
    if (serial_of(*soa) == serial) return static_cast<model::ConfigGeneration>(rows.integer(0)) - 1;
  }
}

}  // namespace

absl::Status index_serials(Database& database) {
  return database.execute(
      "CREATE INDEX IF NOT EXISTS history_serials ON history_changes (subject, generation) "
      "WHERE kind = 2 AND type = 6");
}

absl::StatusOr<Deltas> read_zone_changes(Database& database, const dns::Name& apex,
                                         std::uint32_t serial, model::ConfigGeneration to) {
  ASSIGN_OR_RETURN(const model::ConfigGeneration from, generation_of(database, apex, serial, to));
  absl::StatusOr<Deltas> deltas = read_deltas(database, from, to, &apex);
  // Asked for afterwards: what is pruned meanwhile begins with the oldest.
  ASSIGN_OR_RETURN(const auto bounds, read_history_bounds(database));
  if (from + 1 < bounds.first || to > bounds.second)
    return not_found("the history goes from ", bounds.first, " to ", bounds.second);
  return deltas;
}

}  // namespace signpost::control
