#include "control/transfer_change.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "control/soa_serial.h"
#include "control/working_zone.h"
#include "dns/rdata.h"
#include "policy/validate.h"

namespace signpost::control {
namespace {

using dns::MessageRecord;
using dns::Name;
using dns::RRType;

constexpr int kAttempts = 5;

absl::StatusOr<model::ZonePtr> copied_zone(const model::Config& running, const Name& apex) {
  const model::ZonePtr* zone = running.zones.find(apex);
  if (zone == nullptr || (*zone)->manager != model::ZoneManager::kPrimaries)
    return not_found("zone ", apex.text(), " is not copied from primaries any more");
  return *zone;
}

// Whether the group that is held has just these records, in whatever order.
bool is_as_sent(const model::RecordGroup* held, RRType type, const model::RecordSet& sent) {
  if (held == nullptr) return false;
  const model::RecordSet& set = held->sets.front();
  return set.ttl == sent.ttl && (set.rdata == sent.rdata || all_comparable(type, set.rdata) ==
                                                                all_comparable(type, sent.rdata));
}

// The RRsets of a whole zone in place of those held.
class Replacement {
 public:
  explicit Replacement(const model::Zone& zone) : zone_(zone) {}

  std::vector<model::Change> changes(const secondary::Transfer& transfer) {
    add(transfer.soa);
    for (const MessageRecord& record : transfer.records) add(record);
    std::sort(lines_.begin(), lines_.end());
    for (Lines::const_iterator at = lines_.begin(); at != lines_.end();) at = put_rrset(at);
    drop_others();
    return std::move(changes_);
  }

 private:
  // In the order of the maps of names, which speeds up all that is done with them later.
  struct Line {
    std::uint64_t order = 0;
    Name owner;  // folded
    const MessageRecord* record = nullptr;

    bool same_rrset(const Line& other) const {
      return order == other.order && record->type == other.record->type && owner == other.owner;
    }
    friend bool operator<(const Line& a, const Line& b) {
      if (a.order != b.order) return a.order < b.order;
      if (!(a.owner == b.owner)) return a.owner < b.owner;
      return a.record->type < b.record->type;
    }
  };
  using Lines = std::vector<Line>;

  void add(const MessageRecord& record) {
    Name owner = record.owner.folded();
    const std::uint64_t order = decltype(model::Zone::owners)::order_of(owner);
    lines_.push_back({order, std::move(owner), &record});
  }

  // Returns the first line behind the RRset that begins at `at`.
  Lines::const_iterator put_rrset(Lines::const_iterator at) {
    const Line& first = *at;
    const RRType type = first.record->type;
    model::RecordSet set;
    set.ttl = first.record->ttl;
    absl::flat_hash_set<std::string> known;
    for (; at != lines_.end() && at->same_rrset(first); ++at) {
      set.ttl = std::min(set.ttl, at->record->ttl);  // RFC 2181 section 5.2
      if (known.insert(comparable(type, at->record->rdata)).second)
        set.rdata.push_back(at->record->rdata);
    }
    sent_.emplace(first.owner, type);
    if (is_as_sent(zone_.group(first.owner, type), type, set)) return at;
    auto group = std::make_shared<model::RecordGroup>();
    group->type = type;
    group->sets.push_back(std::move(set));
    changes_.emplace_back(model::PutGroup{zone_.apex, first.owner, std::move(group)});
    return at;
  }

  void drop_others() {
    zone_.owners.for_each([&](const Name& owner, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) {
        if (!sent_.contains({owner, group->type}))
          changes_.emplace_back(model::DeleteGroup{zone_.apex, owner, group->type});
      }
    });
  }

  const model::Zone& zone_;
  Lines lines_;
  absl::flat_hash_set<std::pair<Name, RRType>> sent_;
  std::vector<model::Change> changes_;
};

model::RecordSet set_of(const WorkingZone& zone, const Name& owner, RRType type) {
  const model::RecordGroup* group = zone.group(owner, type);
  return group == nullptr ? model::RecordSet() : group->sets.front();
}

absl::Status remove(const MessageRecord& record, WorkingZone& zone) {
  const Name owner = record.owner.folded();
  model::RecordSet set = set_of(zone, owner, record.type);
  const std::string wanted = comparable(record.type, record.rdata);
  const std::size_t removed = model::erase_if(set.rdata, [&](const std::string& rdata) {
    return comparable(record.type, rdata) == wanted;
  });
  if (removed == 0)
    return failed_precondition("a difference removes a record ", owner.text(), " ",
                               dns::to_text(record.type), " that is not held");
  zone.put(owner, record.type, std::move(set));
  return absl::OkStatus();
}

absl::Status add(const MessageRecord& record, WorkingZone& zone) {
  const Name owner = record.owner.folded();
  model::RecordSet set = set_of(zone, owner, record.type);
  // The rules refuse more; what is added one by one may not take the square of its number.
  if (set.rdata.size() > policy::kValuesMax)
    return invalid_argument(owner.text(), " ", dns::to_text(record.type), " has more than ",
                            policy::kValuesMax, " records");
  const std::string wanted = comparable(record.type, record.rdata);
  const bool is_there =
      std::any_of(set.rdata.begin(), set.rdata.end(),
                  [&](const std::string& held) { return comparable(record.type, held) == wanted; });
  if (!is_there) set.rdata.push_back(record.rdata);
  set.ttl = record.ttl;  // of the whole RRset (RFC 2181 section 5.2)
  zone.put(owner, record.type, std::move(set));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<model::Change>> differences(const model::Zone& zone,
                                                       const secondary::Transfer& transfer) {
  const model::RecordGroup* held = zone.group(zone.apex, RRType::kSoa);
  if (held == nullptr || serial_of(*held) != transfer.from_serial)
    return failed_precondition("the differences do not begin with what is held");
  WorkingZone working(zone);
  for (const secondary::Difference& difference : transfer.differences) {
    for (const MessageRecord& record : difference.removed) RETURN_IF_ERROR(remove(record, working));
    for (const MessageRecord& record : difference.added) RETURN_IF_ERROR(add(record, working));
  }
  model::RecordSet soa;
  soa.ttl = transfer.soa.ttl;
  soa.rdata = {transfer.soa.rdata};
  working.put(zone.apex, RRType::kSoa, std::move(soa));
  return working.changes();
}

std::string comment_of(const secondary::Transfer& transfer) {
  const auto soa = dns::parse_soa(transfer.soa.rdata);
  return absl::StrCat("serial ", soa.ok() ? soa->serial : 0,
                      transfer.kind == secondary::TransferKind::kWhole ? ", whole zone" : "");
}

// Applies what `change` makes of the running configuration.
template <typename MakeChange>
absl::Status apply(Controller& controller, MakeChange&& change) {
  for (int left = kAttempts;; --left) {
    const RunningPtr running = controller.running();
    ASSIGN_OR_RETURN(model::ChangeBatch batch, change(running->config));
    const absl::StatusOr<ApplyResult> applied =
        controller.apply(std::move(batch), running->config.generation);
    if (absl::IsAborted(applied.status()) && left > 1) continue;
    return applied.status();
  }
}

}  // namespace

absl::StatusOr<model::ChangeBatch> change_for(const model::Config& running,
                                              const secondary::Transfer& transfer) {
  ASSIGN_OR_RETURN(const model::ZonePtr zone, copied_zone(running, transfer.apex));
  model::ChangeBatch batch;
  if (transfer.kind == secondary::TransferKind::kWhole) {
    batch.changes = Replacement(*zone).changes(transfer);
  } else {
    ASSIGN_OR_RETURN(batch.changes, differences(*zone, transfer));
  }
  batch.author = absl::StrCat("transfer from ", transfer.primary);
  batch.comment = comment_of(transfer);
  return batch;
}

absl::Status apply_transfer(Controller& controller, const secondary::Transfer& transfer) {
  return apply(controller,
               [&](const model::Config& running) { return change_for(running, transfer); });
}

absl::Status drop_records(Controller& controller, const Name& apex) {
  return apply(controller, [&](const model::Config& running) -> absl::StatusOr<model::ChangeBatch> {
    ASSIGN_OR_RETURN(const model::ZonePtr zone, copied_zone(running, apex));
    model::ChangeBatch batch;
    batch.author = "signpostd";
    batch.comment = "the zone has expired";
    zone->owners.for_each([&](const Name& owner, const model::OwnerRecordsPtr& held) {
      for (const model::RecordGroupPtr& group : held->groups)
        batch.changes.emplace_back(model::DeleteGroup{apex, owner, group->type});
    });
    return batch;
  });
}

}  // namespace signpost::control
