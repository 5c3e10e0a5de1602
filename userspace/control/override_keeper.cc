#include "control/override_keeper.h"

#include <algorithm>

#include "base/status.h"
#include "model/calculation.h"
#include "policy/overridden_owners.h"

namespace signpost::control {

using model::ActiveOverride;
using model::ActiveOverrides;
using model::ActiveOverridesPtr;
using model::Config;
using model::Health;
using model::Observations;
using model::OverrideAction;
using model::OverridePtr;
using Time = OverrideKeeper::Time;

namespace {

constexpr std::size_t kOverridesMax = 1'000;

bool is_placed(const model::OverrideScope& scope) {
  return std::holds_alternative<model::RegionScope>(scope) ||
         std::holds_alternative<model::EndpointScope>(scope);
}

// With the weights, in percent, that `weight_of` gives to each.
template <typename WeightOf>
ActiveOverridesPtr weighed_by(const std::vector<OverridePtr>& overrides, const Config& config,
                              WeightOf&& weight_of) {
  std::vector<ActiveOverride> active;
  active.reserve(overrides.size());
  for (const OverridePtr& override : overrides) active.push_back({override, weight_of(*override)});
  if (active.empty()) return nullptr;
  return std::make_shared<const ActiveOverrides>(std::move(active), config);
}

ActiveOverridesPtr active_of(const std::vector<OverridePtr>& overrides, const Config& config,
                             Time now) {
  return weighed_by(overrides, config, [now](const model::Override& override) {
    return model::weight_percent(override, now);
  });
}

// What the overrides come to once drains are at their end.
ActiveOverridesPtr settled_of(const std::vector<OverridePtr>& overrides, const Config& config) {
  return weighed_by(overrides, config, [](const model::Override& override) {
    const bool drains = override.action == OverrideAction::kDrain && !override.restoring_since;
    return drains ? 0u : 100u;
  });
}

std::set<std::string> checks_of(const ActiveOverridesPtr& overrides) {
  return overrides == nullptr ? std::set<std::string>() : overrides->checks();
}

const ActiveOverride* on_check(const ActiveOverridesPtr& overrides, const std::string& id) {
  return overrides == nullptr ? nullptr : overrides->of_check(id);
}

bool same(const ActiveOverride* a, const ActiveOverride* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->override == b->override && a->weight_percent == b->weight_percent;
}

const ActiveOverride* numbered(const ActiveOverridesPtr& overrides, std::uint64_t number) {
  if (overrides == nullptr) return nullptr;
  const auto found =
      std::find_if(overrides->all().begin(), overrides->all().end(),
                   [&](const ActiveOverride& active) { return active.override->number == number; });
  return found == overrides->all().end() ? nullptr : &*found;
}

// The checks that a rule is about, and that exist.
std::vector<std::string> selected_by(const SafetyRule& rule, const Config& config) {
  std::vector<std::string> checks;
  for (const std::string& id : rule.check_ids) {
    if (config.health_checks.find(id) != nullptr) checks.push_back(id);
  }
  if (rule.selector.empty()) return checks;
  // It was parsed before it was stored.
  const auto selector = model::TagSelector::parse(rule.selector);
  if (!selector.ok()) return checks;
  const std::vector<std::string> tagged = config.checks_tagged(*selector);
  checks.insert(checks.end(), tagged.begin(), tagged.end());
  return checks;
}

// Checks whose endpoints an override by region or endpoint takes out of service.
std::set<std::string> checks_placed_down(const ActiveOverridesPtr& overrides,
                                         const Config& config) {
  std::set<std::string> checks;
  if (overrides == nullptr) return checks;
  for (const ActiveOverride& active : overrides->all()) {
    if (!active.is_down() || !is_placed(active.override->scope)) continue;
    checks.merge(policy::checks_in(config, active.override->scope));
  }
  return checks;
}

std::vector<std::string> on_among(const std::vector<std::string>& checks, const Observations& seen,
                                  const std::set<std::string>& taken_out) {
  std::vector<std::string> on;
  for (const std::string& id : checks) {
    if (seen.of(id) != Health::kUnhealthy && !taken_out.contains(id)) on.push_back(id);
  }
  return on;
}

std::string with_reason(const std::string& text, const std::string& reason) {
  return reason.empty() ? text : absl::StrCat(text, ": ", reason);
}

// `what` became of the override.
OverrideEvent event_of(const model::Override& override, Time now, const std::string& author,
                       const std::string& what) {
  return {.number = 0,
          .time = now,
          .change = {.override_number = override.number,
                     .author = author,
                     .text = absl::StrCat("override ", override.number, what),
                     .ended = false,
                     .break_glass = false}};
}

std::string action_text(const model::Override& override) {
  switch (override.action) {
    case OverrideAction::kUp:
      return "up";
    case OverrideAction::kDown:
      return "down";
    case OverrideAction::kDrain:
      return absl::StrCat("drain over ", override.ramp.count(), " s");
  }
  return "";
}

}  // namespace

void OverrideKeeper::set_checks(const Config& config) {
  parents_.clear();
  config.health_checks.for_each([&](const std::string& id, const model::HealthCheckPtr& check) {
    const auto* calculated = std::get_if<model::CalculatedCheck>(&check->kind);
    if (calculated == nullptr) return;
    for (const std::string& child : calculated->children) parents_.emplace(child, id);
  });
}

// Without overrides of checks it is what was observed: the monitor calculates as well.
Health OverrideKeeper::effective(const std::string& id, const Config& config,
                                 const Observed& observed, const Observations& seen) const {
  const ActiveOverride* forced = on_check(seen.overrides, id);
  if (forced != nullptr && (forced->is_up() || forced->is_down()))
    return forced->is_up() ? Health::kHealthy : Health::kUnhealthy;
  const model::HealthCheckPtr* check = config.health_checks.find(id);
  const auto* kind =
      check == nullptr ? nullptr : std::get_if<model::CalculatedCheck>(&(*check)->kind);
  if (kind != nullptr && !(*check)->disabled) {
    const auto calculated =
        model::calculate(*kind, [&](const std::string& child) { return seen.of(child); });
    return model::published_health(**check, calculated.status);
  }
  const Health* known = observed.find(id);
  return known == nullptr ? Health::kUnknown : *known;
}

void OverrideKeeper::settle(std::vector<std::string> ids, const Config& config,
                            const Observed& observed, Observations& seen,
                            std::set<std::string>& changed) const {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Health health = effective(ids[i], config, observed, seen);
    if (health == seen.of(ids[i])) continue;
    seen.health.set(ids[i], health);
    changed.insert(ids[i]);
    const auto [first, last] = parents_.equal_range(ids[i]);
    for (auto parent = first; parent != last; ++parent) ids.push_back(parent->second);
  }
}

void OverrideKeeper::observe(const std::map<std::string, Health>& health, const Config& config,
                             Observations& seen, std::set<std::string>& changed) {
  std::vector<std::string> ids;
  for (const auto& [id, now] : health) {
    observed_.set(id, now);
    ids.push_back(id);
  }
  if (seen.overrides != nullptr && !seen.overrides->checks().empty())
    return settle(std::move(ids), config, observed_, seen, changed);
  for (const auto& [id, now] : health) {
    if (seen.of(id) != now) changed.insert(id);
    seen.health.set(id, now);
  }
}

// A rule that is broken already holds back only what makes it worse.
absl::Status OverrideKeeper::check_rules(const OverrideState& after, const Observed& observed,
                                         const Config& config, const Observations& seen) const {
  if (state_.rules.empty()) return absl::OkStatus();
  Observations then = seen;
  then.overrides = settled_of(after.overrides, config);
  std::set<std::string> changed;
  std::vector<std::string> all;
  config.health_checks.for_each(
      [&](const std::string& id, const model::HealthCheckPtr&) { all.push_back(id); });
  settle(std::move(all), config, observed, then, changed);
  const std::set<std::string> out_before =
      checks_placed_down(settled_of(state_.overrides, config), config);
  const std::set<std::string> out_then = checks_placed_down(then.overrides, config);
  for (const SafetyRule& rule : state_.rules) {
    const std::vector<std::string> selected = selected_by(rule, config);
    const std::vector<std::string> left = on_among(selected, then, out_then);
    if (left.size() >= rule.at_least || left.size() >= on_among(selected, seen, out_before).size())
      continue;
    std::string names;
    for (const std::string& id : left) absl::StrAppend(&names, names.empty() ? ": " : ", ", id);
    return failed_precondition("safety rule ", rule.name, " wants at least ", rule.at_least, " of ",
                               selected.size(), " checks on, and ", left.size(), " would remain",
                               names, "; --break-glass with a reason does it all the same");
  }
  return absl::OkStatus();
}

absl::Status OverrideKeeper::check_without(const std::string& check_id, const Config& config,
                                           const Observations& seen) const {
  Observed observed = observed_;
  observed.set(check_id, Health::kUnhealthy);
  return check_rules(state_, observed, config, seen);
}

absl::StatusOr<OverrideStep> OverrideKeeper::set(model::Override override, const Config& config,
                                                 const Observations& seen, Time now) const {
  if (const auto* check = std::get_if<model::CheckScope>(&override.scope);
      check != nullptr && config.health_checks.find(check->check_id) == nullptr)
    return not_found("health check ", check->check_id, " does not exist");
  if (state_.overrides.size() >= kOverridesMax)
    return resource_exhausted("there are ", kOverridesMax, " overrides; clear some first");
  OverrideStep step{.state = state_, .events = {}, .override = {}};
  override.number = ++step.state.last_number;
  override.set = now;
  step.state.overrides.push_back(std::make_shared<const model::Override>(override));
  const absl::Status allowed = check_rules(step.state, observed_, config, seen);
  if (!allowed.ok() && !override.break_glass) return allowed;
  const std::string against =
      allowed.ok() ? ""
                   : ", breaking the glass although " +
                         std::string(allowed.message().substr(0, allowed.message().find(';')));
  step.events.push_back(
      event_of(override, now, override.owner,
               with_reason(absl::StrCat(": ", action_text(override), ", ",
                                        model::scope_text(override.scope), against),
                           override.reason)));
  step.events.back().change.break_glass = !allowed.ok();
  step.override = std::move(override);
  return step;
}

absl::StatusOr<OverrideStep> OverrideKeeper::clear(const ClearOverride& request,
                                                   const Config& config, const Observations& seen,
                                                   Time now) const {
  OverrideStep step{.state = state_, .events = {}, .override = {}};
  auto& overrides = step.state.overrides;
  const auto found =
      std::find_if(overrides.begin(), overrides.end(),
                   [&](const OverridePtr& override) { return override->number == request.number; });
  if (found == overrides.end()) return not_found("there is no override ", request.number);
  step.override = **found;
  bool ended = false;
  if (step.override.action == OverrideAction::kDrain && !request.at_once &&
      model::weight_percent(step.override, now) < 100) {
    if (!step.override.restoring_since) step.override.restoring_since = now;
    *found = std::make_shared<const model::Override>(step.override);
  } else {
    overrides.erase(found);
    ended = true;
  }
  // What was forced up may go down.
  const absl::Status allowed = check_rules(step.state, observed_, config, seen);
  if (!allowed.ok() && !request.break_glass) return allowed;
  step.events.push_back(
      event_of(step.override, now, request.author,
               with_reason(absl::StrCat(ended ? " cleared" : " cleared; its weights come back",
                                        allowed.ok() ? "" : ", breaking the glass"),
                           request.reason)));
  step.events.back().change.ended = ended;
  step.events.back().change.break_glass = !allowed.ok();
  return step;
}

std::optional<OverrideStep> OverrideKeeper::expire(Time now) const {
  OverrideStep step{.state = state_, .events = {}, .override = {}};
  const auto note = [&](const model::Override& override, const char* what, bool ended) {
    step.events.push_back(event_of(override, now, "signpostd", what));
    step.events.back().change.ended = ended;
  };
  std::erase_if(step.state.overrides, [&](OverridePtr& override) {
    if (model::has_ended(*override, now)) {
      note(*override, override->restoring_since ? ": its weights are back" : " expired", true);
      return true;
    }
    const bool comes_back = override->action == OverrideAction::kDrain &&
                            !override->restoring_since && override->expires &&
                            now >= *override->expires;
    if (!comes_back) return false;
    model::Override restoring = *override;
    restoring.restoring_since = restoring.expires;
    note(restoring, " expired; its weights come back", false);
    override = std::make_shared<const model::Override>(std::move(restoring));
    return false;
  });
  if (step.events.empty()) return std::nullopt;
  return step;
}

policy::OverrideChange OverrideKeeper::refresh(const Config& config, Observations& seen, Time now,
                                               std::vector<HealthFlip>& flips) {
  policy::OverrideChange change;
  const ActiveOverridesPtr before = seen.overrides;
  seen.overrides = active_of(state_.overrides, config, now);
  std::set<std::uint64_t> numbers;
  for (const ActiveOverridesPtr& side : {before, seen.overrides}) {
    if (side == nullptr) continue;
    for (const ActiveOverride& active : side->all()) {
      if (is_placed(active.override->scope)) numbers.insert(active.override->number);
    }
  }
  for (const std::uint64_t number : numbers) {
    const ActiveOverride* old = numbered(before, number);
    if (same(old, numbered(seen.overrides, number))) continue;
    (old == nullptr ? change.came : change.went).insert(number);
  }
  std::set<std::string> named = checks_of(before);
  named.merge(checks_of(seen.overrides));
  std::erase_if(named, [&](const std::string& id) {
    return same(on_check(before, id), on_check(seen.overrides, id));
  });
  std::set<std::string> changed;
  settle({named.begin(), named.end()}, config, observed_, seen, changed);
  for (const std::string& id : changed) {
    const ActiveOverride* forced = on_check(seen.overrides, id);
    flips.push_back({.check_id = id,
                     .time = now,
                     .health = seen.of(id),
                     .reason = forced == nullptr ? std::string("an override ended or began below")
                                                 : model::override_words(*forced->override,
                                                                         forced->weight_percent)});
  }
  change.checks = std::move(named);
  change.checks.merge(changed);
  return change;
}

std::optional<Time> OverrideKeeper::next_change(Time now) const {
  std::optional<Time> next;
  for (const OverridePtr& override : state_.overrides) {
    const std::optional<Time> change = model::next_change(*override, now);
    if (change && (!next || *change < *next)) next = change;
  }
  return next;
}

std::vector<RuleCount> OverrideKeeper::count(const Config& config, const Observations& seen) const {
  const std::set<std::string> out = checks_placed_down(seen.overrides, config);
  std::vector<RuleCount> counts;
  for (const SafetyRule& rule : state_.rules) {
    const std::vector<std::string> selected = selected_by(rule, config);
    counts.push_back({rule, selected.size(), on_among(selected, seen, out).size()});
  }
  return counts;
}

}  // namespace signpost::control
