#include "policy/record_rules_named.h"

#include <algorithm>
#include <set>
#include <type_traits>

#include "dns/text.h"
#include "model/regions.h"
#include "policy/record_rules_references.h"
#include "policy/traffic_policy.h"

namespace signpost::policy {

using model::CidrCollection;
using model::CidrCollectionPtr;
using model::CidrLocation;
using model::GroupKey;
using model::GroupKeys;
using model::Prefix;

namespace {

constexpr unsigned kIpv4BitsMax = 24;
constexpr unsigned kIpv6BitsMax = 48;
constexpr std::size_t kCollectionNameMax = 64;
constexpr std::size_t kLocationNameMax = 16;

bool is_word(const std::string& text, std::size_t max) {
  return !text.empty() && text.size() <= max && std::all_of(text.begin(), text.end(), [](char c) {
    return dns::is_letter(c) || dns::is_digit(c) || c == '_' || c == '-';
  });
}

void check_block(const std::string& where, const Prefix& block, Problems& problems) {
  const unsigned max = block.is_ipv6 ? kIpv6BitsMax : kIpv4BitsMax;
  if (block.length == 0) problems.add(where, ": Cidr prefix length must not be 0");
  if (block.length > max) {
    problems.add(where, ": ", block.is_ipv6 ? "IPv6" : "IPv4", " cidr block ", block.text(),
                 " has network prefix length greater than account limit of ", max);
  }
}

void check_collection(const CidrCollection& collection, Problems& problems) {
  const std::string words = absl::StrCat("CIDR collection ", collection.id);
  if (!is_word(collection.name, kCollectionNameMax)) {
    problems.add(words, ": the name \"", collection.name, "\" must have 1 to ", kCollectionNameMax,
                 " letters, digits, \"_\" and \"-\"");
  }
  std::set<std::string> names;
  std::map<Prefix, std::string> holders;
  for (const CidrLocation& location : collection.locations) {
    const std::string where = absl::StrCat(words, ", location ", location.name);
    if (!is_word(location.name, kLocationNameMax)) {
      problems.add(where, ": the name must have 1 to ", kLocationNameMax,
                   " letters, digits, \"_\" and \"-\"");
    }
    if (!names.insert(location.name).second) problems.add(where, " is there twice");
    for (const Prefix& block : location.blocks) {
      check_block(where, block, problems);
      const auto [at, is_new] = holders.emplace(block, location.name);
      if (!is_new) {
        problems.add(where, ": CidrBlockInUse: block ", block.text(), " is in location ",
                     at->second, " already");
      }
    }
  }
}

// Whether a set of `group` is for `location` of the collection.
bool uses_location(const model::RecordGroup& group, const std::string& collection,
                   const std::string& location) {
  return std::any_of(group.sets.begin(), group.sets.end(), [&](const model::RecordSet& set) {
    const auto* blocks = std::get_if<model::IpBased>(&set.policy);
    return blocks != nullptr && (*blocks)->collection == collection &&
           (*blocks)->location == location;
  });
}

}  // namespace

void NamedRules::check(const model::ChangeBatch& batch) {
  bool puts_collection = false;
  for (const model::Change& change : batch.changes) {
    puts_collection |= std::holds_alternative<model::PutCidrCollection>(change);
    std::visit(
        [&](const auto& each) {
          if constexpr (requires { check_change(each); }) check_change(each);
        },
        change);
  }
  if (puts_collection) check_names_differ();
}

void NamedRules::check_change(const model::PutCidrCollection& put) {
  check_collection(*put.collection, problems_);
  check_locations_in_use(*put.collection);
}

void NamedRules::check_locations_in_use(const CidrCollection& collection) {
  const CidrCollectionPtr* const old = before_.cidr_collections.find(collection.id);
  const GroupKeys* const by = after_.references->cidr_collections.find(collection.id);
  if (old == nullptr || by == nullptr) return;
  for (const CidrLocation& gone : (*old)->locations) {
    const auto& left = collection.locations;
    const bool is_left = std::any_of(left.begin(), left.end(), [&](const CidrLocation& location) {
      return location.name == gone.name;
    });
    if (is_left) continue;
    GroupKeys users;
    by->for_each([&](const GroupKey& key, model::Present) {
      const model::RecordGroup* group = find_group(after_, key);
      if (group != nullptr && uses_location(*group, collection.id, gone.name)) users.set(key, {});
    });
    if (users.empty()) continue;
    problems_.add("CIDR collection ", collection.id, ": location ", gone.name, " is in use by ",
                  words_of(users));
  }
}

void NamedRules::check_names_differ() {
  std::map<std::string, std::string> ids;  // by name
  after_.cidr_collections.for_each([&](const std::string& id, const CidrCollectionPtr& each) {
    const auto [at, is_new] = ids.emplace(each->name, id);
    if (!is_new) {
      problems_.add("CIDR collections ", std::min(id, at->second), " and ",
                    std::max(id, at->second), " have the same name, ", each->name);
    }
  });
}

void NamedRules::check_change(const model::DeleteCidrCollection& removal) {
  const GroupKeys* const by = after_.references->cidr_collections.find(removal.id);
  if (by == nullptr || after_.cidr_collections.find(removal.id) != nullptr) return;
  problems_.add("CIDR collection ", removal.id, " is in use by ", words_of(*by));
}

void NamedRules::check_change(const model::DeleteRegion& removal) {
  const GroupKeys* const by = after_.references->regions.find(removal.name);
  if (by == nullptr || model::region_coordinates(after_, removal.name)) return;
  problems_.add("region ", removal.name, " is in use by ", words_of(*by));
}

void NamedRules::check_change(const model::PutTrafficPolicy& put) {
  if (const absl::Status& status = status_of(*put.policy); !status.ok())
    problems_.add(std::string(status.message()));
}

void NamedRules::check_change(const model::DeleteTrafficPolicy& removal) {
  const std::string key = model::traffic_policy_key(removal.id, removal.version);
  const GroupKeys* const by = after_.references->traffic_policies.find(key);
  if (by == nullptr || after_.traffic_policies.find(key) != nullptr) return;
  problems_.add("TrafficPolicyInUse: traffic policy ", key, " is in use at ", words_of(*by));
}

void NamedRules::check_instance(const GroupKey& key, const model::TrafficPolicyInstance& instance) {
  const std::string policy_key = model::traffic_policy_key(instance.policy, instance.version);
  const model::TrafficPolicyPtr* const policy = after_.traffic_policies.find(policy_key);
  if (policy == nullptr) {
    problems_.add(words_of(key), ": there is no traffic policy ", policy_key,
                  "; define it under traffic_policies");
    return;
  }
  const bool is_known = policies_.contains(policy_key);
  const absl::Status& status = status_of(**policy);
  // Once for all instances of a batch.
  if (!is_known && !status.ok()) problems_.add(words_of(key), ": ", std::string(status.message()));
}

const absl::Status& NamedRules::status_of(const model::TrafficPolicy& policy) {
  const std::string key = model::traffic_policy_key(policy.id, policy.version);
  const auto at = policies_.find(key);
  if (at != policies_.end()) return at->second;
  return policies_.emplace(key, check_traffic_policy(policy, after_)).first->second;
}

}  // namespace signpost::policy
