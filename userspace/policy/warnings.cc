#include <algorithm>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "dns/rdata.h"
#include "policy/record_rules_references.h"
#include "policy/traffic_policy.h"
#include "policy/validate.h"
#include "policy/warnings_groups.h"

namespace signpost::policy {

using model::Config;
using model::GroupKey;
using model::GroupKeys;
using model::RecordGroup;
using model::RecordSet;

namespace {

// Groups above a changed one that are looked at: enough to act on.
constexpr std::size_t kReferrersMax = 1000;
constexpr std::size_t kGroupsMax = 100;  // that one change is told to affect

std::string group_words(const GroupKey& key) {
  return absl::StrCat(key.owner.text(), " ", dns::to_text(key.type));
}

// Has nothing to choose from, and leads nowhere.
bool is_plain(const RecordGroup& group) {
  return !group.sets.front().alias &&
         std::holds_alternative<model::Simple>(group.sets.front().policy);
}

class Warner {
 public:
  Warner(const Config& after, std::vector<std::string>& found)
      : after_(after), references_(references_of(after)), found_(found) {}

  // The warnings of an instance are those of its traffic policy.
  void operator()(const model::PutGroup& put) {
    const bool may_be_target = !references_->aliases.empty();
    if (!may_be_target && is_plain(*put.group)) return;
    const GroupKey key{put.zone_apex, put.owner, put.group->type};
    const RecordGroup* group = find_group(after_, key);
    if (group == nullptr || (may_be_target && !put_.insert(key).second)) return;
    if (!group->instance) warn_about_group(after_, group_words(key), *group, found_);
    if (group->fail_mode == model::FailMode::kClosed) warn_about_negative_ttl(key, *group);
  }

  void operator()(const model::PutTrafficPolicy& put) {
    const std::string key = model::traffic_policy_key(put.policy->id, put.policy->version);
    const std::string words = absl::StrCat("traffic policy ", key);
    for (const std::string& warning : traffic_policy_warnings(*put.policy))
      found_.push_back(absl::StrCat(words, ": ", warning));
    const auto group = expand_traffic_policy(*put.policy, 0);
    if (!group.ok()) return;
    trees_.clear();
    warn_about_tree(words, **group);
  }

  // Removing a check that is in use is allowed, as in Route 53; its sets then count as healthy
  // (route53-semantics 2.4).
  void operator()(const model::DeleteHealthCheck& removal) {
    const GroupKeys* const by = references_->health_checks.find(removal.id);
    if (by == nullptr || after_.health_checks.find(removal.id) != nullptr) return;
    std::vector<const GroupKey*> keys;
    by->for_each([&](const GroupKey& key, model::Present) { keys.push_back(&key); });
    const std::size_t shown = std::min(keys.size(), kGroupsMax);
    std::partial_sort(keys.begin(), keys.begin() + shown, keys.end(),
                      [](const GroupKey* a, const GroupKey* b) {
                        return std::tie(a->owner, a->type) < std::tie(b->owner, b->type);
                      });
    for (std::size_t i = 0; i < shown; ++i) warn_about_removed_check(*keys[i], removal.id);
    note_left_off(keys.size() - shown);
  }

  template <typename Change>
  void operator()(const Change&) {}

  // A change may take away what let the branches above it fail over; call it last.
  void warn_about_referrers() {
    std::vector<std::string> sentences;
    for (const GroupKey& key : put_) warn_about_referrers(key, sentences);
    std::sort(sentences.begin(), sentences.end());
    const std::size_t shown = std::min(sentences.size(), kGroupsMax);
    found_.insert(found_.end(), sentences.begin(), sentences.begin() + shown);
    note_left_off(sentences.size() - shown);
  }

 private:
  // Resolvers keep what a closed name answers as long as the zone's SOA record says (RFC 2308
  // section 5), which then is how long its clients wait for it to come back.
  void warn_about_negative_ttl(const GroupKey& key, const RecordGroup& group) {
    const RecordGroup* soa = find_group(after_, {key.zone_apex, key.zone_apex, dns::RRType::kSoa});
    if (soa == nullptr) return;
    const RecordSet& set = soa->sets.front();
    const std::uint32_t minimum = dns::parse_soa(set.rdata.front()).value_or(dns::Soa()).minimum;
    const std::uint32_t kept = std::min(set.ttl, minimum);
    std::uint32_t ttl = 0;
    for (const RecordSet& each : group.sets) ttl = std::max(ttl, each.ttl);
    if (ttl == 0 || kept <= ttl) return;
    found_.push_back(absl::StrCat(group_words(key),
                                  ": after it failed closed, resolvers keep the "
                                  "empty answer for ",
                                  kept, " s, longer than its TTL of ", ttl,
                                  " s; lower the minimum of the SOA record of ",
                                  key.zone_apex.text()));
  }

  void warn_about_removed_check(const GroupKey& key, const std::string& id) {
    for (const std::string& set : sets_with_check(*find_group(after_, key), id)) {
      found_.push_back(absl::StrCat(group_words(key), ": ", set, " names the removed health check ",
                                    id, " and counts as healthy"));
    }
  }

  void note_left_off(std::size_t count) {
    if (count > 0) found_.push_back(absl::StrCat("and ", count, " more of this kind"));
  }

  // "set a"; of sets within a tree "its traffic policy".
  static std::set<std::string> sets_with_check(const RecordGroup& group, const std::string& id) {
    std::set<std::string> words;
    for (const RecordSet& set : group.sets)
      if (set.health_check_id == id) words.insert(absl::StrCat("set ", set.set_identifier.str()));
    if (words.empty()) words.insert("its traffic policy");
    return words;
  }

  void warn_about_tree(const std::string& words, const RecordGroup& group) {
    if (!trees_.insert(&group).second) return;
    warn_about_group(after_, words, group, found_);
    for (const RecordSet& set : group.sets) {
      if (set.alias && set.alias->tree != nullptr)
        warn_about_tree(absl::StrCat(words, ", ", set.set_identifier.str()), *set.alias->tree);
    }
  }

  void warn_about_referrers(const GroupKey& key, std::vector<std::string>& sentences) {
    const GroupKeys* const by = references_->aliases.find(key);
    if (by == nullptr) return;
    by->for_each([&](const GroupKey& referrer, model::Present) {
      if (referrers_.size() >= kReferrersMax || put_.contains(referrer) ||
          !referrers_.insert(referrer).second) {
        return;
      }
      warn_about_branches(after_, group_words(referrer), *find_group(after_, referrer), sentences);
      warn_about_referrers(referrer, sentences);
    });
  }

  const Config& after_;
  const std::shared_ptr<const model::References> references_;
  std::vector<std::string>& found_;
  absl::flat_hash_set<GroupKey> put_;        // by the batch, where aliases may lead to it
  absl::flat_hash_set<GroupKey> referrers_;  // looked at
  std::set<const RecordGroup*> trees_;
};

// Groups come in an order that differs between processes: those that are not plain by name, behind
// all else. Of plain ones, which nearly never warn, there may be millions.
std::vector<const model::Change*> in_order(const model::ChangeBatch& batch) {
  std::vector<const model::Change*> ordered;
  ordered.reserve(batch.changes.size());
  for (const model::Change& change : batch.changes) ordered.push_back(&change);
  const auto begin =
      std::stable_partition(ordered.begin(), ordered.end(), [](const model::Change* change) {
        const auto* put = std::get_if<model::PutGroup>(change);
        return put == nullptr || is_plain(*put->group);
      });
  std::sort(begin, ordered.end(), [](const model::Change* a, const model::Change* b) {
    const auto& left = std::get<model::PutGroup>(*a);
    const auto& right = std::get<model::PutGroup>(*b);
    return std::tie(left.owner, left.group->type) < std::tie(right.owner, right.group->type);
  });
  return ordered;
}

}  // namespace

std::vector<std::string> warnings(const Config& after, const model::ChangeBatch& batch) {
  std::vector<std::string> found;
  Warner warner(after, found);
  for (const model::Change* change : in_order(batch)) std::visit(warner, *change);
  warner.warn_about_referrers();
  return found;
}

}  // namespace signpost::policy
