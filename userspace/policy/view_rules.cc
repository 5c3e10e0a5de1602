#include "policy/view_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace signpost::policy {

using model::Config;
using model::Prefix;

namespace {

// The more specific of two networks wins; of two equal ones neither is.
void check_networks(const Config& after, const std::set<std::string>& put, Problems& problems) {
  std::map<Prefix, std::string> views;
  after.views.for_each([&](const std::string& name, const model::ViewPtr& view) {
    for (const Prefix& network : view->networks) {
      const auto [at, is_new] = views.try_emplace(network, name);
      if (is_new || (!put.contains(name) && !put.contains(at->second))) continue;
      problems.add("view ", std::max(name, at->second), ": network ", network.text(),
                   " belongs to view ", std::min(name, at->second),
                   "; take it out of one of the two");
    }
  });
}

void check_not_in_use(const Config& after, const std::set<std::string>& removed,
                      Problems& problems) {
  after.zones.for_each([&](const dns::Name& apex, const model::ZonePtr&) {
    if (removed.contains(apex.name_space().view()))
      problems.add("view ", apex.name_space().view(), " has zone ", apex.text(),
                   "; delete the zone before the view");
  });
}

}  // namespace

void check_views(const Config& after, const model::ChangeBatch& batch, Problems& problems) {
  std::set<std::string> put;
  std::set<std::string> removed;
  for (const model::Change& change : batch.changes) {
    if (const auto* view = std::get_if<model::PutView>(&change)) {
      put.insert(view->view->name());
    } else if (const auto* removal = std::get_if<model::DeleteView>(&change)) {
      if (after.views.find(removal->name) == nullptr) removed.insert(removal->name);
    } else if (const auto* zone = std::get_if<model::PutZone>(&change)) {
      const dns::Name& apex = zone->zone.apex;
      if (!apex.is_public() && after.views.find(apex.name_space().view()) == nullptr)
        problems.add("zone ", apex.text(), ": there is no view ", apex.name_space().view(),
                     "; define it under views");
    }
  }
  if (!put.empty()) check_networks(after, put, problems);
  if (!removed.empty()) check_not_in_use(after, removed, problems);
}

}  // namespace signpost::policy
