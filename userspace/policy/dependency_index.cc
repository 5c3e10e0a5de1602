#include "policy/table_compiler.h"

namespace signpost::policy {

using dns::Name;

namespace {

template <typename Index, typename Key, typename Value>
void drop(Index& index, const Key& key, const Value& value) {
  auto at = index.find(key);
  at->second.erase(value);
  if (at->second.empty()) index.erase(at);
}

}  // namespace

void DependencyIndex::set(const Name& owner, NodeDependencies needs) {
  if (auto old = needs_.find(owner); old != needs_.end()) {
    for (const Name& name : old->second.names) drop(followers_, name, owner);
    for (const Name& name : old->second.zones_above) drop(zone_followers_, name, owner);
    for (const auto& [check, type] : old->second.checks)
      drop(askers_, check, std::pair(owner, type));
    for (const std::string& external : old->second.externals)
      drop(external_users_, external, owner);
    for (const std::uint64_t number : old->second.overrides) drop(overridden_, number, owner);
    if (old->second.client) by_client_.erase(owner);
    needs_.erase(old);
  }
  if (needs.empty()) return;
  for (const Name& name : needs.names) followers_[name].insert(owner);
  for (const Name& name : needs.zones_above) zone_followers_[name].insert(owner);
  for (const auto& [check, type] : needs.checks) askers_[check].emplace(owner, type);
  for (const std::string& external : needs.externals) external_users_[external].insert(owner);
  for (const std::uint64_t number : needs.overrides) overridden_[number].insert(owner);
  if (needs.client) by_client_.insert(owner);
  needs_.emplace(owner, std::move(needs));
}

std::vector<Name> DependencyIndex::followers(const Name& name) const {
  auto at = followers_.find(name);
  if (at == followers_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::vector<Name> DependencyIndex::followers_below(const Name& name) const {
  std::vector<Name> found;
  for (const Followers* index : {&followers_, &zone_followers_}) {
    for (auto at = index->lower_bound(name); at != index->end() && at->first.is_at_or_below(name);
         ++at) {
      found.insert(found.end(), at->second.begin(), at->second.end());
    }
  }
  return found;
}

std::vector<std::pair<Name, dns::RRType>> DependencyIndex::askers(
    const std::string& check_id) const {
  auto at = askers_.find(check_id);
  if (at == askers_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::vector<Name> DependencyIndex::users_of(const std::string& external) const {
  auto at = external_users_.find(external);
  if (at == external_users_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::vector<Name> DependencyIndex::overridden_by(std::uint64_t number) const {
  auto at = overridden_.find(number);
  if (at == overridden_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::vector<std::string> DependencyIndex::externals() const {
  std::vector<std::string> keys;
  for (const auto& [external, users] : external_users_) keys.push_back(external);
  return keys;
}

}  // namespace signpost::policy
