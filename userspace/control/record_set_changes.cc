#include "control/record_set_changes.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "base/status.h"
#include "control/delta.h"
#include "control/targets.h"
#include "control/translate.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {
namespace {

// Order of the records does not matter when a record set is named to be deleted.
bool same_values(const model::RecordSet& a, const model::RecordSet& b) {
  model::RecordSet left = a;
  model::RecordSet right = b;
  std::sort(left.rdata.begin(), left.rdata.end());
  std::sort(right.rdata.begin(), right.rdata.end());
  return left == right;
}

// "[name='x.', type='A', set-identifier='s1']", as Route 53 writes it.
std::string subject(const OwnedRecordSet& change) {
  std::string text =
      absl::StrCat("[name='", change.owner.text(), "', type='", dns::to_text(change.type), "'");
  if (!change.set.set_identifier.empty()) {
    absl::StrAppend(&text, ", set-identifier='", change.set.set_identifier.str(), "'");
  }
  return text + "]";
}

class WorkingCopy {
 public:
  explicit WorkingCopy(model::ZonePtr zone) : zone_(std::move(zone)) {}

  absl::Status make(v1::RecordSetChange::Action action, OwnedRecordSet change,
                    const std::string& path) {
    RETURN_IF_ERROR(check_once(action, change, path));
    model::RecordGroup& group = group_of(change);
    if (change.instance || group.instance) return make_instance(action, group, change, path);
    const auto found =
        std::find_if(group.sets.begin(), group.sets.end(), [&](const model::RecordSet& set) {
          return set.set_identifier == change.set.set_identifier;
        });
    const bool exists = found != group.sets.end();
    switch (action) {
      case v1::RecordSetChange::CREATE:
        if (exists) {
          return invalid_argument(path, ": Tried to create resource record set ", subject(change),
                                  " but it already exists");
        }
        break;
      case v1::RecordSetChange::DELETE:
        return remove(group, found, change, path);
      case v1::RecordSetChange::UPSERT:
        if (exists) group.sets.erase(found);
        break;
      default:
        return invalid_argument(path, ".action: is missing; use CREATE, DELETE or UPSERT");
    }
    group.ring_mode = change.ring_mode;
    group.fail_mode = change.fail_mode;
    insert_set(group, std::move(change.set));
    return absl::OkStatus();
  }

  absl::StatusOr<model::ChangeBatch> batch(PolicyExpander expander) const {
    model::ChangeBatch batch;
    for (const auto& [key, group] : groups_) {
      const model::RecordGroupPtr before = find_group(zone_.get(), key.first, key.second);
      if (visible_sets(*group) == 0) {
        if (key == std::pair(zone_->apex, dns::RRType::kSoa))
          return invalid_argument("A HostedZone must contain exactly one SOA record.");
        if (before) batch.changes.push_back(model::DeleteGroup{zone_->apex, key.first, key.second});
        continue;
      }
      absl::StatusOr<model::RecordGroupPtr> after = expander.expand(group);
      if (!after.ok()) {
        return annotate(after.status(), absl::StrCat("RRSet with DNS name ", key.first.text(),
                                                     ", type ", dns::to_text(key.second)));
      }
      if (!before || !(*before == **after)) {
        batch.changes.push_back(model::PutGroup{zone_->apex, key.first, *std::move(after)});
      }
    }
    return batch;
  }

 private:
  // A batch has one change for a record set, or its deletion and then its creation: how a set was
  // replaced before there was UPSERT (route53-semantics 3.4).
  absl::Status check_once(v1::RecordSetChange::Action action, const OwnedRecordSet& change,
                          const std::string& path) {
    const auto [last, first] =
        actions_.try_emplace({change.owner, change.type, change.set.set_identifier}, action);
    const bool replaces =
        last->second == v1::RecordSetChange::DELETE && action == v1::RecordSetChange::CREATE;
    last->second = action;
    if (first || replaces) return absl::OkStatus();
    return invalid_argument(path,
                            ": The request contains an invalid set of changes for a resource "
                            "record set '",
                            dns::to_text(change.type), " ", change.owner.text(), "'");
  }

  model::RecordGroup& group_of(const OwnedRecordSet& change) {
    std::shared_ptr<model::RecordGroup>& group = groups_[{change.owner, change.type}];
    if (group == nullptr) {
      const model::RecordGroupPtr running = find_group(zone_.get(), change.owner, change.type);
      group = running ? std::make_shared<model::RecordGroup>(*running)
                      : std::make_shared<model::RecordGroup>();
      group->type = change.type;
      if (group->instance) group->sets.clear();  // they come back with the traffic policy
    }
    return *group;
  }

  // A change to or of an instance of a traffic policy, which is the only record set of its group.
  static absl::Status make_instance(v1::RecordSetChange::Action action, model::RecordGroup& group,
                                    const OwnedRecordSet& change, const std::string& path) {
    const bool same = change.instance && group.instance == change.instance;
    if (!v1::RecordSetChange::Action_IsValid(action) ||
        action == v1::RecordSetChange::ACTION_UNSPECIFIED) {
      return invalid_argument(path, ".action: is missing; use CREATE, DELETE or UPSERT");
    }
    if (action == v1::RecordSetChange::DELETE && !same) {
      return invalid_argument(path, ": Tried to delete resource record set ", subject(change),
                              group.instance
                                  ? " but the values provided do not match the current values"
                                  : " but it was not found");
    }
    if (action == v1::RecordSetChange::CREATE && visible_sets(group) != 0) {
      return invalid_argument(path, ": Tried to create resource record set ", subject(change),
                              " but it already exists");
    }
    if (action == v1::RecordSetChange::UPSERT && (!change.instance || !group.sets.empty())) {
      return invalid_argument(path, ": ", change.owner.text(), " ", dns::to_text(change.type),
                              " has other record sets; an instance of a traffic policy must be the "
                              "only one");
    }
    group.sets.clear();
    group.instance = {};
    if (action == v1::RecordSetChange::DELETE) return absl::OkStatus();
    group.instance = change.instance;
    group.ring_mode = change.ring_mode;
    group.fail_mode = change.fail_mode;
    return absl::OkStatus();
  }

  static absl::Status remove(model::RecordGroup& group, model::RecordSet* found,
                             const OwnedRecordSet& change, const std::string& path) {
    if (found == group.sets.end()) {
      return invalid_argument(path, ": Tried to delete resource record set ", subject(change),
                              " but it was not found");
    }
    if (!same_values(*found, change.set)) {
      return invalid_argument(path, ": Tried to delete resource record set ", subject(change),
                              " but the values provided do not match the current values");
    }
    group.sets.erase(found);
    return absl::OkStatus();
  }

  const model::ZonePtr zone_;
  std::map<std::tuple<dns::Name, dns::RRType, std::string>, v1::RecordSetChange::Action> actions_;
  std::map<std::pair<dns::Name, dns::RRType>, std::shared_ptr<model::RecordGroup>> groups_;
};

}  // namespace

RecordSetChanges::RecordSetChanges() = default;
RecordSetChanges::~RecordSetChanges() = default;

absl::Status RecordSetChanges::add(const v1::ChangeRecordSetsRequest& request) {
  if (!begun_) {
    expected_generation_ = request.expected_generation();
    comment_ = request.comment();
    zone_ = request.zone();
    begun_ = true;
  } else if (!request.zone().empty() && request.zone() != zone_) {
    return invalid_argument("zone: \"", request.zone(),
                            "\" is not that of the first message; one call changes one zone");
  }
  RETURN_IF_ERROR(memory_.take_message(request.ByteSizeLong(),
                                       static_cast<std::size_t>(request.changes_size())));
  changes_.insert(changes_.end(), request.changes().begin(), request.changes().end());
  return absl::OkStatus();
}

absl::StatusOr<model::ChangeBatch> RecordSetChanges::batch(const model::Config& running) const {
  absl::StatusOr<dns::Name> apex = dns::Name::parse_with_view(zone_);
  if (zone_.empty()) return invalid_argument("zone: is missing; use for example example.com");
  if (!apex.ok()) return annotate(apex.status(), "zone");
  const model::ZonePtr* zone = running.zones.find(apex->folded());
  if (zone == nullptr) return not_found("there is no zone ", apex->text());
  if ((*zone)->manager == model::ZoneManager::kPrimaries) {
    return failed_precondition("zone ", apex->text(),
                               " is copied from its primaries; change it there, or take it out of "
                               "secondary_zones");
  }
  if ((*zone)->manager != model::ZoneManager::kApi) {
    return failed_precondition("zone ", apex->text(),
                               " is managed by files; change those, or take it over by `signpost "
                               "zone import --adopt`");
  }
  WorkingCopy copy(*zone);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const std::string path = absl::StrCat("changes[", i, "]");
    ASSIGN_OR_RETURN(OwnedRecordSet change,
                     from_proto(changes_[i].record_set(), (*zone)->apex, path + ".record_set"));
    if (change.set.alias) {
      change.set.alias = find_target(*change.set.alias, [&](const dns::Name& held) {
        return running.zones.find(held) != nullptr;
      });
    }
    RETURN_IF_ERROR(copy.make(changes_[i].action(), std::move(change), path));
  }
  return copy.batch(expander_of(running));
}

}  // namespace signpost::control
