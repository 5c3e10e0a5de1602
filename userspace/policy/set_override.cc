#include "policy/set_override.h"

#include <algorithm>

namespace signpost::policy {

using dns::RRType;
using model::ActiveOverride;
using model::RecordSet;

namespace {

const std::string& region_of(const RecordSet& set) {
  static const std::string none;
  if (const auto* latency = std::get_if<model::Latency>(&set.policy)) return (*latency)->region;
  if (const auto* near = std::get_if<model::Geoproximity>(&set.policy)) return (*near)->region;
  return none;
}

bool has_addresses(const RecordSet& set, RRType type) {
  return (type == RRType::kA || type == RRType::kAaaa) && !set.rdata.empty();
}

const ActiveOverride* on_addresses(const RecordSet& set, RRType type,
                                   const model::ActiveOverrides& overrides) {
  if (!overrides.has_endpoints() || !has_addresses(set, type)) return nullptr;
  const ActiveOverride* weakest = nullptr;
  for (const std::string& address : set.rdata) {
    const ActiveOverride* active = overrides.of_address(address);
    if (active == nullptr) return nullptr;
    if (weakest == nullptr || model::stronger(active, weakest) == weakest) weakest = active;
  }
  return weakest;
}

}  // namespace

const ActiveOverride* override_on(const RecordSet& set, RRType type,
                                  const model::Observations& seen) {
  if (seen.overrides == nullptr) return nullptr;
  const model::ActiveOverrides& overrides = *seen.overrides;
  const ActiveOverride* strongest = on_addresses(set, type, overrides);
  if (!set.health_check_id.empty())
    strongest = model::stronger(strongest, overrides.of_check(set.health_check_id));
  const std::string& region = region_of(set);
  return region.empty() ? strongest : model::stronger(strongest, overrides.of_region(region));
}

model::RdataList values_in_service(const RecordSet& set, RRType type,
                                   const model::Observations& seen) {
  if (seen.overrides == nullptr || !seen.overrides->has_endpoints() || !has_addresses(set, type))
    return set.rdata;
  model::RdataList left;
  for (const std::string& address : set.rdata) {
    const ActiveOverride* active = seen.overrides->of_address(address);
    if (active == nullptr || !active->is_down()) left.push_back(address);
  }
  return left.empty() ? set.rdata : left;
}

bool lies_in(const RecordSet& set, RRType type, const model::OverrideScope& scope) {
  if (const auto* region = std::get_if<model::RegionScope>(&scope))
    return region_of(set) == region->region;
  const auto* endpoint = std::get_if<model::EndpointScope>(&scope);
  if (endpoint == nullptr || !has_addresses(set, type)) return false;
  return std::any_of(set.rdata.begin(), set.rdata.end(), [&](const std::string& address) {
    return endpoint->prefix.contains(model::prefix_of_address(address));
  });
}

std::vector<std::uint64_t> placed_overrides(const RecordSet& set, RRType type,
                                            const model::Observations& seen) {
  std::vector<std::uint64_t> numbers;
  if (seen.overrides == nullptr) return numbers;
  for (const ActiveOverride& active : seen.overrides->all()) {
    if (lies_in(set, type, active.override->scope)) numbers.push_back(active.override->number);
  }
  return numbers;
}

}  // namespace signpost::policy
