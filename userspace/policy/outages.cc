#include "policy/outages.h"

#include "absl/strings/str_cat.h"
#include "dns/rdata.h"
#include "policy/inputs.h"
#include "policy/resolve.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::RecordGroup;
using model::RecordSet;

namespace {

std::string region_of(const model::Policy& policy) {
  if (const auto* latency = std::get_if<model::Latency>(&policy)) return (*latency)->region;
  if (const auto* near = std::get_if<model::Geoproximity>(&policy)) return (*near)->region;
  return "";
}

bool is_address(RRType type) { return type == RRType::kA || type == RRType::kAaaa; }

// The outages of one set without what is below it.
Outages own_outages(const RecordSet& set, RRType group_type, RRType type) {
  Outages outages;
  std::set<std::string> records;
  if (!set.alias && group_type == type) {
    for (const std::string& rdata : set.rdata) records.insert(dns::format_rdata(type, rdata));
  }
  if (!set.health_check_id.empty()) {
    const std::string what = absl::StrCat("check ", set.health_check_id.str());
    outages[what] = {{set.health_check_id}, records, {what}};
  } else if (is_address(type)) {
    for (const std::string& record : records) {
      const std::string what = absl::StrCat("endpoint ", record);
      outages[what] = {{}, {record}, {what}};
    }
  }
  return outages;
}

void merge(const Outage& from, Outage& into) {
  into.checks.insert(from.checks.begin(), from.checks.end());
  into.records.insert(from.records.begin(), from.records.end());
  into.parts.insert(from.parts.begin(), from.parts.end());
}

// All that is in a region because of this set.
void add_all(const model::Config& config, const RecordSet& set, RRType group_type, RRType type,
             Outage& outage, unsigned depth = 0) {
  for (const auto& [what, own] : own_outages(set, group_type, type)) merge(own, outage);
  if (!set.alias || set.alias->external || depth > kTreeDepthMax) return;
  const RecordGroup* below = target_group(config, *set.alias, group_type);
  if (below == nullptr) return;
  for (const RecordSet& part : below->sets)
    add_all(config, part, group_type, type, outage, depth + 1);
}

}  // namespace

std::vector<const RecordGroup*> groups_behind(const Side& side, const Name& name, RRType type) {
  const Inputs inputs{side.config, side.seen, {}};
  return Resolver(inputs, side.table.nodes).groups_on_any_way(name, type);
}

void add_outages(const Side& side, const std::vector<const RecordGroup*>& groups, RRType type,
                 Outages& outages) {
  for (const RecordGroup* group : groups) {
    for (const RecordSet& set : group->sets) {
      for (const auto& [what, own] : own_outages(set, group->type, type)) merge(own, outages[what]);
      const std::string region = region_of(set.policy);
      if (region.empty()) continue;
      add_all(side.config, set, group->type, type, outages[absl::StrCat("region ", region)]);
    }
  }
}

void merge_outages(const Outages& more, Outages& outages) {
  for (const auto& [what, outage] : more) merge(outage, outages[what]);
}

void remove_small_regions(Outages& outages) {
  std::erase_if(outages, [](const auto& entry) {
    return entry.first.starts_with("region ") && entry.second.parts.size() < 2;
  });
}

double unserved(const Shares& shares, const std::set<std::string>& records_down) {
  double part = 0;
  for (const auto& [endpoint, share] : shares) {
    if (endpoint.outcome == "REFERRAL" || endpoint.outcome == "DNAME") continue;
    if (!endpoint.is_answer() || endpoint.records.empty()) {
      part += share;
      continue;
    }
    std::size_t down = 0;
    for (const std::string& record : endpoint.records) down += records_down.count(record);
    part += share * static_cast<double>(down) / static_cast<double>(endpoint.records.size());
  }
  return part;
}

}  // namespace signpost::policy
