#include "control/health_list.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/status.h"
#include "control/service_support.h"
#include "model/active_overrides.h"

namespace signpost::control {
namespace {

using Parents = std::multimap<std::string, std::string>;  // calculated checks, by child

Parents parents_in(const model::Config& config) {
  Parents parents;
  config.health_checks.for_each([&](const std::string& id, const model::HealthCheckPtr& check) {
    const auto* calculated = std::get_if<model::CalculatedCheck>(&check->kind);
    if (calculated == nullptr) return;
    for (const std::string& child : calculated->children) parents.emplace(child, id);
  });
  return parents;
}

// The check and all that are calculated from it.
std::vector<std::string> with_ancestors(const std::string& id, const Parents& parents) {
  std::vector<std::string> ids{id};
  std::set<std::string> seen{id};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto [first, last] = parents.equal_range(ids[i]);
    for (auto parent = first; parent != last; ++parent) {
      if (seen.insert(parent->second).second) ids.push_back(parent->second);
    }
  }
  return ids;
}

// By check of `ids`.
std::vector<Controller::Dependents> dependents_of(const std::vector<std::string>& ids,
                                                  Controller& controller) {
  const Parents parents = parents_in(controller.running()->config);
  if (parents.empty()) return controller.dependents(ids);
  std::vector<Controller::Dependents> all;
  for (const std::string& id : ids) {
    Controller::Dependents& joined = all.emplace_back();
    for (Controller::Dependents& part : controller.dependents(with_ancestors(id, parents)))
      joined.insert(joined.end(), part.begin(), part.end());
    std::sort(joined.begin(), joined.end());
    joined.erase(std::unique(joined.begin(), joined.end()), joined.end());
  }
  return all;
}

void fill(const health::CheckState& state, const Controller::Dependents& dependents,
          v1::ListHealthResponse::Item& item) {
  // A check that many names share would not fit into a page otherwise.
  constexpr std::size_t kDependentsMax = 10;
  item.set_id(state.id);
  item.set_kind(state.kind);
  item.set_target(state.target);
  item.set_status(to_proto(state.health));
  if (state.since) set_time(*state.since, *item.mutable_since());
  if (state.last_probe) set_time(*state.last_probe, *item.mutable_last_probe());
  item.set_last_result(state.last_result);
  item.set_last_failure(state.last_failure);
  if (state.last_failure_time)
    set_time(*state.last_failure_time, *item.mutable_last_failure_time());
  item.set_latency_milliseconds(static_cast<std::uint32_t>(state.latency.count()));
  item.set_probes(state.probes);
  item.set_failures(state.failures);
  item.set_flips(state.flips);
  if (state.certificate_expires)
    set_time(*state.certificate_expires, *item.mutable_certificate_expires());
  item.set_certificate_expires_soon(state.certificate_expires_soon);
  item.set_dependent_count(dependents.size());
  for (std::size_t i = 0; i < std::min(dependents.size(), kDependentsMax); ++i) {
    item.add_dependents(
        absl::StrCat(dependents[i].first.text(), " ", dns::to_text(dependents[i].second)));
  }
}

// What an override makes of the check goes before what the check sees.
void fill_override(const model::Observations& seen, v1::ListHealthResponse::Item& item) {
  if (seen.overrides == nullptr) return;
  if (seen.of(item.id()) != model::Health::kUnknown) item.set_status(to_proto(seen.of(item.id())));
  const model::ActiveOverride* active = seen.overrides->of_check(item.id());
  if (active == nullptr) return;
  item.set_last_result(
      absl::StrCat(model::override_words(*active->override, active->weight_percent),
                   item.last_result().empty() ? "" : "; ", item.last_result()));
}

}  // namespace

v1::HealthStatus to_proto(model::Health health) {
  switch (health) {
    case model::Health::kHealthy:
      return v1::HEALTHY;
    case model::Health::kUnhealthy:
      return v1::UNHEALTHY;
    case model::Health::kUnknown:
      return v1::UNKNOWN;
  }
  return v1::HEALTH_STATUS_UNSPECIFIED;
}

absl::Status list_health(std::vector<health::CheckState> states, Controller& controller,
                         const v1::ListHealthRequest& request, v1::ListHealthResponse& out) {
  std::map<std::string, health::CheckState> by_id;
  std::vector<std::string> ids;
  ASSIGN_OR_RETURN(const model::TagSelector selector, read_selector(request.selector()));
  const RunningPtr running = controller.running();
  for (health::CheckState& state : states) {
    const model::HealthCheckPtr* check = running->config.health_checks.find(state.id);
    if (check == nullptr || !selector.matches((*check)->tags)) continue;
    ids.push_back(state.id);
    by_id[state.id] = std::move(state);
  }
  ASSIGN_OR_RETURN(const Page page,
                   page_of(std::move(ids), request.page_size(), request.page_token()));
  const std::vector<Controller::Dependents> dependents = dependents_of(page.keys, controller);
  for (std::size_t i = 0; i < page.keys.size(); ++i) {
    v1::ListHealthResponse::Item& item = *out.add_items();
    fill(by_id[page.keys[i]], dependents[i], item);
    fill_override(running->seen, item);
    for (const std::string& tag :
         model::tag_texts((*running->config.health_checks.find(page.keys[i]))->tags))
      item.add_tags(tag);
  }
  out.set_next_page_token(page.next_token);
  return absl::OkStatus();
}

}  // namespace signpost::control
