#include "health/monitor_metrics.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace signpost::health {

using metrics::Family;
using metrics::Type;
using model::Health;

namespace {

constexpr std::array<const char*, 4> kOutcomeNames{"success", "failure", "discarded", "no_data"};

void collect_states(const std::vector<CheckState>& states, std::vector<Family>& families) {
  std::array<std::size_t, 3> by_health{};
  Family healthy(
      Type::kGauge, "signpost_health_check_healthy",
      "1 if the check is healthy, 0 if not; absent without a verdict. Inversion applied.");
  for (const CheckState& state : states) {
    ++by_health[static_cast<std::size_t>(state.health)];
    if (state.health != Health::kUnknown)
      healthy.add({{"check", state.id}}, state.health == Health::kHealthy ? 1 : 0);
  }
  families.push_back(std::move(healthy));
  Family checks(Type::kGauge, "signpost_health_checks", "Health checks, by their health.");
  checks.add({{"health", "healthy"}}, static_cast<double>(by_health[0]));
  checks.add({{"health", "unhealthy"}}, static_cast<double>(by_health[1]));
  checks.add({{"health", "unknown"}}, static_cast<double>(by_health[2]));
  families.push_back(std::move(checks));
  Family expiry(Type::kGauge, "signpost_health_certificate_expiry_timestamp_seconds",
                "When the certificate expires that the target of the check showed last.");
  for (const CheckState& state : states) {
    if (!state.certificate_expires) continue;
    const auto since_epoch = state.certificate_expires->time_since_epoch();
    expiry.add({{"check", state.id}}, std::chrono::duration<double>(since_epoch).count());
  }
  families.push_back(std::move(expiry));
}

}  // namespace

void MonitorMetrics::count_probe(const model::CheckKind& kind, const ProbeResult& result) {
  const auto name = std::lower_bound(kKindNames.begin(), kKindNames.end(),
                                     std::string_view(model::kind_name(kind)));
  ByKind& counts = kinds_.at(static_cast<std::size_t>(name - kKindNames.begin()));
  counts.outcomes[static_cast<std::size_t>(result.outcome)].add();
  if (result.outcome != ProbeOutcome::kDiscarded)
    counts.seconds.observe(std::chrono::duration<double>(result.elapsed).count());
}

void MonitorMetrics::collect(const std::vector<CheckState>& states,
                             std::vector<Family>& families) const {
  collect_states(states, families);
  Family probes(Type::kCounter, "signpost_health_probes_total", "Probes that ended, by outcome.");
  Family seconds(Type::kHistogram, "signpost_health_probe_duration_seconds",
                 "Duration of the probes that gave a result.");
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    for (std::size_t outcome = 0; outcome < kOutcomeNames.size(); ++outcome)
      probes.add({{"kind", kKindNames[kind]}, {"outcome", kOutcomeNames[outcome]}},
                 static_cast<double>(kinds_[kind].outcomes[outcome].value()));
    seconds.add({{"kind", kKindNames[kind]}}, kinds_[kind].seconds.snapshot());
  }
  families.push_back(std::move(probes));
  families.push_back(std::move(seconds));
  Family skipped(
      Type::kCounter, "signpost_health_slots_skipped_total",
      "Times at which a check was due and not probed: its last probe still ran (busy), or "
      "the daemon itself was late.");
  skipped.add({{"reason", "busy"}}, static_cast<double>(busy_slots_.value()));
  skipped.add({{"reason", "late"}}, static_cast<double>(late_slots_.value()));
  families.push_back(std::move(skipped));
}

}  // namespace signpost::health
