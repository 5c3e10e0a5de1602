#include "secondary/secondary_metrics.h"

#include <algorithm>
#include <utility>

namespace signpost::secondary {
namespace {

using metrics::Family;
using metrics::Type;

// Which part of the time until it expires has gone by without a word of a primary.
double expiry_used(const SecondaryState& state, SecondaryState::Time now) {
  if (!state.expires || !state.last_contact || *state.expires <= *state.last_contact) return 0;
  const std::chrono::duration<double> gone = now - *state.last_contact;
  const std::chrono::duration<double> whole = *state.expires - *state.last_contact;
  return std::clamp(gone / whole, 0.0, 1.0);
}

void collect_states(const std::vector<SecondaryState>& states, SecondaryState::Time now,
                    std::vector<Family>& families) {
  double current = 0;
  double failing = 0;
  double without_records = 0;
  double used = 0;
  for (const SecondaryState& state : states) {
    ++(!state.serial ? without_records : !state.last_error.empty() ? failing : current);
    used = std::max(used, expiry_used(state, now));
  }
  Family zones(Type::kGauge, "signpost_secondary_zones",
               "Zones copied from primaries: current, failing to be refreshed but still answered, "
               "or without records, which get SERVFAIL.");
  zones.add({{"state", "current"}}, current);
  zones.add({{"state", "failing"}}, failing);
  zones.add({{"state", "without_records"}}, without_records);
  families.push_back(std::move(zones));
  Family expiry(Type::kGauge, "signpost_secondary_expiry_used_ratio",
                "Part of the time until it expires that has gone by for the zone that is nearest "
                "to it: 0 to 1.");
  expiry.add(used);
  families.push_back(std::move(expiry));
}

}  // namespace

void collect_secondaries(const std::vector<SecondaryState>& states, const SecondaryCounts& counts,
                         SecondaryState::Time now, std::vector<Family>& families) {
  collect_states(states, now, families);
  Family refreshes(Type::kCounter, "signpost_secondary_refreshes_total",
                   "Times that primaries were asked for a zone, by what came of it.");
  for (std::size_t i = 0; i < counts.refreshes.size(); ++i)
    refreshes.add({{"result", std::string(kRefreshResultLabels[i])}},
                  static_cast<double>(counts.refreshes[i]));
  families.push_back(std::move(refreshes));
  Family notifies(Type::kCounter, "signpost_secondary_notifies_total",
                  "NOTIFY messages that were taken from primaries.");
  notifies.add(static_cast<double>(counts.notifies));
  families.push_back(std::move(notifies));
  Family expiries(Type::kCounter, "signpost_secondary_expiries_total",
                  "Times that a zone expired.");
  expiries.add(static_cast<double>(counts.expiries));
  families.push_back(std::move(expiries));
}

}  // namespace signpost::secondary
