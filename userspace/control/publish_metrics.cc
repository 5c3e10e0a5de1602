#include "control/publish_metrics.h"

#include <string>

namespace signpost::control {

std::string_view to_text(PublishStep step) {
  switch (step) {
    case PublishStep::kRebuild:
      return "rebuild";
    case PublishStep::kStage:
      return "stage";
    case PublishStep::kCommit:
      return "commit";
    case PublishStep::kActivate:
      return "activate";
    case PublishStep::kSettle:
      return "settle";
  }
  return "";
}

void PublishMetrics::collect(const Running& running, std::vector<metrics::Family>& families) const {
  using metrics::Type;
  const auto gauge = [&](const char* name, const char* help, auto value) {
    families.emplace_back(Type::kGauge, name, help).add(static_cast<double>(value));
  };
  gauge("signpost_generation_active", "Configuration generation that is served.",
        running.config.generation);
  gauge("signpost_table_generation", "Table generation that is served.", running.table->generation);
  gauge("signpost_zones", "Zones held.", running.config.zones.size());
  gauge("signpost_views", "Views of clients.", running.config.views.size());
  gauge("signpost_forward_rules", "Outbound rules, by which questions are passed on.",
        running.config.forward_rules.size());
  gauge("signpost_record_sets", "Record sets held.", running.record_sets_total);
  gauge("signpost_activated_timestamp_seconds", "When the table was published, in Unix time.",
        std::chrono::duration<double>(running.activated.time_since_epoch()).count());
  families.emplace_back(Type::kCounter, "signpost_publish_total", "Tables published.")
      .add(static_cast<double>(published_.value()));
  metrics::Family& failures = families.emplace_back(
      Type::kCounter, "signpost_publish_failures_total", "Tables not published, by failing step.");
  for (std::size_t step = 0; step < kPublishSteps; ++step) {
    failures.add({{"step", std::string(to_text(static_cast<PublishStep>(step)))}},
                 static_cast<double>(failures_[step].value()));
  }
  families
      .emplace_back(Type::kHistogram, "signpost_apply_duration_seconds",
                    "From the start of a change batch's validation until it is served.")
      .add({}, apply_seconds_.snapshot());
}

}  // namespace signpost::control
