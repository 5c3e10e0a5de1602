#include "policy/static_view.h"

#include <algorithm>

#include "base/status.h"
#include "dns/rr_type.h"
#include "policy/decide.h"
#include "policy/inputs.h"

namespace signpost::policy {
namespace {

using model::RecordGroup;
using model::RecordSet;

bool is_plain(const RecordGroup& group) {
  return group.sets.size() == 1 && !group.sets.front().alias &&
         std::holds_alternative<model::Simple>(group.sets.front().policy);
}

// Indices of the sets that answer first.
std::vector<std::size_t> first_choice(const RecordGroup& group, const model::Config& config) {
  const model::Observations all_healthy;
  const Decision decision = decide(group, {config, all_healthy, {}});
  const auto greatest =
      std::max_element(decision.shares.begin(), decision.shares.end(),
                       [](const Share& a, const Share& b) { return a.weight < b.weight; });
  if (greatest == decision.shares.end()) return {0};
  return greatest->sets;
}

// Collects the first choice of a group, and of what its aliases lead to inside the zone.
class FirstChoice {
 public:
  FirstChoice(const model::Config& config, const model::Zone& zone)
      : config_(config), zone_(zone) {}

  absl::Status add(const RecordGroup& group, unsigned depth) {
    if (depth > kTreeDepthMax) return failed_precondition("its aliases lead nowhere");
    for (const std::size_t index : first_choice(group, config_)) {
      const RecordSet& set = group.sets[index];
      RETURN_IF_ERROR(set.alias ? follow(*set.alias, group.type, depth) : add(set));
    }
    return absl::OkStatus();
  }

  StaticRRset take() { return std::move(rrset_); }

 private:
  absl::Status follow(const model::AliasTarget& alias, dns::RRType type, unsigned depth) {
    const bool inside = alias.tree != nullptr || (!alias.external && alias.zone_apex == zone_.apex);
    if (!inside) return failed_precondition("its alias to ", alias.name.text(), " leads out of it");
    const RecordGroup* target = target_group(config_, alias, type);
    if (target == nullptr)
      return failed_precondition("its alias to ", alias.name.text(), " leads to no records");
    return add(*target, depth + 1);
  }

  // The least TTL and each value once, as in an answer of several sets (route53-semantics 1.7).
  absl::Status add(const RecordSet& set) {
    rrset_.ttl = rrset_.rdata.empty() ? set.ttl : std::min(rrset_.ttl, set.ttl);
    for (const std::string& rdata : set.rdata) {
      if (std::find(rrset_.rdata.begin(), rrset_.rdata.end(), rdata) == rrset_.rdata.end())
        rrset_.rdata.push_back(rdata);
    }
    return absl::OkStatus();
  }

  const model::Config& config_;
  const model::Zone& zone_;
  StaticRRset rrset_;
};

}  // namespace

absl::StatusOr<StaticRRset> static_rrset(const model::Config& config, const model::Zone& zone,
                                         const dns::Name& owner, const RecordGroup& group,
                                         model::PolicyRecords policy_records) {
  if (is_plain(group)) return StaticRRset{group.sets.front().ttl, group.sets.front().rdata};
  const std::string words = absl::StrCat(owner.text(), " ", dns::to_text(group.type));
  if (policy_records == model::PolicyRecords::kRefuse)
    return failed_precondition(words,
                               " is answered by a policy or an alias, which other servers "
                               "can't; set policy_records: first_choice");
  FirstChoice choice(config, zone);
  if (const absl::Status added = choice.add(group, 0); !added.ok()) return annotate(added, words);
  return choice.take();
}

bool follows_others(const RecordGroup& group) {
  return group.instance || std::any_of(group.sets.begin(), group.sets.end(),
                                       [](const RecordSet& set) { return bool{set.alias}; });
}

}  // namespace signpost::policy
