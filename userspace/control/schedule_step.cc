#include "control/schedule_step.h"

#include <map>
#include <optional>
#include <utility>

#include "base/status.h"
#include "control/delta_rows.h"
#include "control/describe.h"
#include "control/soa_serial.h"
#include "control/stored_form.h"
#include "control/targets.h"
#include "control/zone_manager.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {
namespace {

Subject subject_of(const DeltaRow& row) { return {row.kind, row.subject, row.owner, row.type}; }

// Serials move with every change of a zone, and are not compared.
model::RecordGroupPtr without_serial(const model::RecordGroupPtr& group) {
  return group && serial_of(*group) ? with_serial(*group, 0) : group;
}

std::vector<DeltaRow> comparable_rows(const Deltas& deltas) {
  std::vector<DeltaRow> rows = rows_but_groups(deltas);
  for (GroupDelta delta : deltas.groups) {
    delta.before = without_serial(delta.before);
    delta.after = without_serial(delta.after);
    rows.push_back(row_of(delta));
  }
  return rows;
}

std::string text_of(const DeltaRow& row) {
  Deltas deltas;
  if (!add_row(row, deltas).ok()) return "something";
  if (!deltas.groups.empty()) {
    const GroupDelta& group = deltas.groups.front();
    return absl::StrCat(group.owner.text(), " ", dns::to_text(group.type));
  }
  v1::PlanResponse described;
  describe(deltas, described);
  return described.changes_size() > 0 ? described.changes(0).subject() : "something";
}

// The contents of what the step touches; of zones that it deletes, of all that they hold.
std::map<Subject, DeltaRow> present_rows(const ScheduledStep& step, const model::Config& config) {
  std::map<Subject, DeltaRow> rows;
  // Against nothing, so that what is there is what would go.
  const Deltas present = deltas_of(config, model::Config(), control::batch_of(step.deltas));
  for (DeltaRow& row : comparable_rows(present)) {
    Subject subject = subject_of(row);
    rows.emplace(std::move(subject), std::move(row));
  }
  return rows;
}

std::optional<std::string> manager_conflict(const ScheduledStep& step,
                                            const model::Config& config) {
  for (const auto& [apex, manager] : step.managers) {
    const model::ZonePtr* zone = config.zones.find(apex);
    if (zone == nullptr) return absl::StrCat("zone ", apex.text(), " is no longer there");
    if ((*zone)->manager == manager) continue;
    return absl::StrCat("zone ", apex.text(), " is managed by ", words_of((*zone)->manager),
                        " meanwhile");
  }
  return std::nullopt;
}

}  // namespace

StepFinding find_step(const ScheduledStep& step, const model::Config& config) {
  std::map<Subject, DeltaRow> present = present_rows(step, config);
  bool made = true;
  std::string conflict;
  const auto changed = [&](const DeltaRow& row) {
    if (conflict.empty()) conflict = absl::StrCat(text_of(row), " was changed meanwhile");
  };
  for (const DeltaRow& row : comparable_rows(step.deltas)) {
    const auto at = present.extract(subject_of(row));
    const std::optional<std::string> now = at ? at.mapped().before : std::nullopt;
    made = made && now == row.after;
    if (now != row.before) changed(row);
  }
  // Only zones that the step deletes have more than it knows of.
  for (const auto& [subject, row] : present) changed(row);
  if (made && present.empty()) return {StepState::kMade, ""};
  if (conflict.empty()) conflict = manager_conflict(step, config).value_or("");
  return {conflict.empty() ? StepState::kReady : StepState::kConflict, conflict};
}

absl::StatusOr<model::ChangeBatch> batch_of(const ScheduledStep& step,
                                            const model::Config& config) {
  Deltas deltas = step.deltas;
  PolicyExpander expander([&](const std::string& key) -> model::TrafficPolicyPtr {
    for (const TrafficPolicyDelta& delta : deltas.traffic_policies)
      if (delta.key == key) return delta.after;
    const model::TrafficPolicyPtr* policy = config.traffic_policies.find(key);
    return policy == nullptr ? nullptr : *policy;
  });
  for (GroupDelta& delta : deltas.groups) {
    if (delta.after == nullptr) continue;
    ASSIGN_OR_RETURN(delta.after, expander.expand(delta.after));
  }
  return control::batch_of(std::move(deltas));
}

ScheduledStep ttl_restoration(const std::vector<ScheduledStep>& steps, std::size_t made,
                              const model::Config& config) {
  constexpr std::size_t kRestore = 2;
  ScheduledStep step;
  if (made == 0) return step;
  const bool changed = made >= kRestore;
  if (changed && steps.size() <= kRestore) return step;
  for (GroupDelta delta : steps[changed ? kRestore : 0].deltas.groups) {
    if (!changed) std::swap(delta.before, delta.after);
    const model::ZonePtr* zone = config.zones.find(delta.zone_apex);
    const model::RecordGroupPtr present =
        find_group(zone == nullptr ? nullptr : zone->get(), delta.owner, delta.type);
    if (present && encode_group(*present) == encode_group(*delta.before))
      step.deltas.groups.push_back(std::move(delta));
  }
  return step;
}

std::set<Subject> subjects_of(const std::vector<ScheduledStep>& steps) {
  std::set<Subject> subjects;
  for (const ScheduledStep& step : steps) {
    for (const DeltaRow& row : rows_but_groups(step.deltas)) subjects.insert(subject_of(row));
    for (const GroupDelta& delta : step.deltas.groups) subjects.insert(subject_of(row_of(delta)));
  }
  return subjects;
}

}  // namespace signpost::control
