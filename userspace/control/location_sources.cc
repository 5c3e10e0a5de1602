#include "control/location_sources.h"

#include <algorithm>
#include <utility>

#include "control/delta.h"
#include "geo/overlay.h"

namespace signpost::control {
namespace {

bool routes_by_latency(const model::RecordGroup& group) {
  return std::any_of(group.sets.begin(), group.sets.end(), [](const model::RecordSet& set) {
    return std::holds_alternative<model::Latency>(set.policy) ||
           (set.alias && set.alias->tree != nullptr && routes_by_latency(*set.alias->tree));
  });
}

bool routes_by_latency(const model::Config& config) {
  bool found = false;
  config.zones.for_each([&](const auto&, const model::ZonePtr& zone) {
    if (found) return;
    zone->owners.for_each([&](const auto&, const model::OwnerRecordsPtr& records) {
      found = found || std::any_of(records->groups.begin(), records->groups.end(),
                                   [](const auto& group) { return routes_by_latency(*group); });
    });
  });
  return found;
}

template <typename T>
bool same(const T* a, const T* b) {
  return a == b || (a != nullptr && b != nullptr && *a == *b);
}

bool same_overlay(const geo::Overlay& a, const geo::Overlay& b) {
  return a.prefix == b.prefix && a.kind == b.kind && same(a.place, b.place) &&
         same(a.collection, b.collection) && same(a.location, b.location) &&
         same(a.region, b.region) && a.round_trip == b.round_trip;
}

std::vector<geo::Overlay> overlays_of(const LocationSources& sources) {
  return geo::collect_overlays(sources.places, sources.files->table, sources.measured);
}

}  // namespace

bool LocationSources::are_empty() const {
  return !files->data && files->table.empty() && measured.empty() &&
         places.place_overrides.empty() && places.cidr_collections.empty();
}

LocationSources sources_of(const model::Config& config, std::shared_ptr<const LocationFiles> files,
                           std::vector<geo::MeasuredRoundTrip> measured) {
  LocationSources sources;
  sources.places.place_overrides = config.place_overrides;
  sources.places.cidr_collections = config.cidr_collections;
  sources.files = std::move(files);
  if (!measured.empty() && routes_by_latency(config)) sources.measured = std::move(measured);
  return sources;
}

bool make_the_same(const LocationSources& a, const LocationSources& b) {
  if (a.files != b.files) return false;
  const std::vector<geo::Overlay> ours = overlays_of(a);
  const std::vector<geo::Overlay> theirs = overlays_of(b);
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), same_overlay);
}

bool may_move_clients(const model::ChangeBatch& batch) {
  return moves_clients(batch) ||
         std::any_of(batch.changes.begin(), batch.changes.end(), [](const model::Change& change) {
           const auto* put = std::get_if<model::PutGroup>(&change);
           return put != nullptr && routes_by_latency(*put->group);
         });
}

}  // namespace signpost::control
