#include "model/active_overrides.h"

#include <algorithm>
#include <tuple>

namespace signpost::model {

namespace {

// The higher, the stronger.
std::tuple<int, int> strength(const ActiveOverride& active) {
  if (active.is_down()) return {2, 0};
  if (active.is_up()) return {0, 0};
  return {1, -static_cast<int>(active.weight_percent)};
}

using ByText = absl::flat_hash_map<std::string, const ActiveOverride*>;

void add(const std::string& key, const ActiveOverride& active, ByText& to) {
  const ActiveOverride*& strongest = to[key];
  strongest = stronger(strongest, &active);
}

const ActiveOverride* find(const ByText& in, const std::string& key) {
  const auto found = in.find(key);
  return found == in.end() ? nullptr : found->second;
}

}  // namespace

const ActiveOverride* stronger(const ActiveOverride* a, const ActiveOverride* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return strength(*a) < strength(*b) ? b : a;
}

Prefix prefix_of_address(const std::string& wire) {
  Prefix prefix;
  prefix.is_ipv6 = wire.size() == prefix.octets.size();
  prefix.length = static_cast<std::uint8_t>(8 * wire.size());
  std::copy(wire.begin(), wire.end(), prefix.octets.begin());
  return prefix;
}

ActiveOverrides::ActiveOverrides(std::vector<ActiveOverride> all, const Config& config)
    : all_(std::move(all)) {
  for (const ActiveOverride& active : all_) {
    const OverrideScope& scope = active.override->scope;
    if (const auto* check = std::get_if<CheckScope>(&scope)) {
      add(check->check_id, active, by_check_);
    } else if (const auto* region = std::get_if<RegionScope>(&scope)) {
      add(region->region, active, by_region_);
    } else if (const auto* endpoint = std::get_if<EndpointScope>(&scope)) {
      prefixes_.emplace_back(endpoint->prefix, &active);
    } else {
      for (const std::string& id : config.checks_tagged(std::get<TagScope>(scope).selector))
        add(id, active, by_check_);
    }
  }
}

const ActiveOverride* ActiveOverrides::of_check(const std::string& check_id) const {
  return find(by_check_, check_id);
}

const ActiveOverride* ActiveOverrides::of_region(const std::string& region) const {
  return find(by_region_, region);
}

const ActiveOverride* ActiveOverrides::of_address(const std::string& wire) const {
  const Prefix address = prefix_of_address(wire);
  const ActiveOverride* strongest = nullptr;
  for (const auto& [prefix, active] : prefixes_) {
    if (prefix.contains(address)) strongest = stronger(strongest, active);
  }
  return strongest;
}

std::set<std::string> ActiveOverrides::checks() const {
  std::set<std::string> checks;
  for (const auto& [id, active] : by_check_) checks.insert(id);
  return checks;
}

}  // namespace signpost::model
