#include "control/dynamic_update.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status.h"
#include "control/delta.h"
#include "control/soa_serial.h"
#include "control/working_zone.h"
#include "dns/rdata.h"

namespace signpost::control {
namespace {

using dns::MessageRecord;
using dns::Name;
using dns::RRType;
using server::Rcode;

constexpr int kAttempts = 5;

bool is_simple(const model::RecordGroup& group) {
  return !group.instance && group.sets.size() == 1 && !group.sets.front().alias &&
         std::holds_alternative<model::Simple>(group.sets.front().policy);
}

using Key = std::pair<Name, RRType>;

// RFC 2136 section 3.2.
class Prerequisites {
 public:
  explicit Prerequisites(const WorkingZone& zone) : zone_(zone) {}

  Rcode check(const std::vector<MessageRecord>& records) {
    for (const MessageRecord& record : records) {
      const Rcode verdict = check(record, record.owner.folded());
      if (verdict != Rcode::kNoError) return verdict;
    }
    for (auto& [key, wanted] : wanted_) {
      const model::RecordGroup* group = zone_.group(key.first, key.second);
      if (group == nullptr || !is_simple(*group) ||
          all_comparable(key.second, group->sets.front().rdata) !=
              all_comparable(key.second, wanted))
        return Rcode::kNxRrset;
    }
    return Rcode::kNoError;
  }

 private:
  Rcode check(const MessageRecord& record, const Name& owner) {
    if (record.ttl != 0) return Rcode::kFormErr;
    if (!owner.is_at_or_below(zone_.apex())) return Rcode::kNotZone;
    const bool any_type = record.type == RRType::kAny;
    const bool exists =
        any_type ? !zone_.types(owner).empty() : zone_.group(owner, record.type) != nullptr;
    if (record.rclass == dns::kClassIn && !dns::is_meta_type(record.type)) {
      wanted_[{owner, record.type}].push_back(record.rdata);
      return Rcode::kNoError;
    }
    if (!record.rdata.empty()) return Rcode::kFormErr;
    if (record.rclass == dns::kClassAny)
      return exists ? Rcode::kNoError : any_type ? Rcode::kNxDomain : Rcode::kNxRrset;
    if (record.rclass == dns::kClassNone)
      return !exists ? Rcode::kNoError : any_type ? Rcode::kYxDomain : Rcode::kYxRrset;
    return Rcode::kFormErr;
  }

  const WorkingZone& zone_;
  std::map<Key, model::RdataList> wanted_;  // RRsets that have to be exactly so
};

// Whether the form of a change is one that there is (section 3.4.1).
Rcode check_form(const MessageRecord& record, const Name& apex) {
  if (!record.owner.folded().is_at_or_below(apex)) return Rcode::kNotZone;
  const bool any_type = record.type == RRType::kAny;
  const bool is_data = !dns::is_meta_type(record.type) && record.type != RRType{0};
  switch (record.rclass) {
    case dns::kClassIn:
      return is_data ? Rcode::kNoError : Rcode::kFormErr;
    case dns::kClassAny:
      return record.ttl == 0 && record.rdata.empty() && (is_data || any_type) ? Rcode::kNoError
                                                                              : Rcode::kFormErr;
    case dns::kClassNone:
      return record.ttl == 0 && is_data ? Rcode::kNoError : Rcode::kFormErr;
    default:
      return Rcode::kFormErr;
  }
}

// Makes changes (section 3.4.2).
class Changes {
 public:
  explicit Changes(WorkingZone& zone) : zone_(zone) {}

  // FAILED_PRECONDITION where a change meets records that an update may not change.
  absl::Status make(const MessageRecord& record) {
    const Name owner = record.owner.folded();
    if (record.rclass == dns::kClassIn) return add(owner, record);
    if (record.rclass == dns::kClassNone) return remove_record(owner, record);
    if (record.type != RRType::kAny) return remove_rrset(owner, record.type);
    for (const RRType type : zone_.types(owner)) RETURN_IF_ERROR(remove_rrset(owner, type));
    return absl::OkStatus();
  }

 private:
  bool is_apex(const Name& owner) const { return owner == zone_.apex(); }

  // The only set of a group that updates may change.
  absl::StatusOr<model::RecordSet> set_of(const Name& owner, RRType type) const {
    const model::RecordGroup* group = zone_.group(owner, type);
    if (group == nullptr) return model::RecordSet();
    if (is_simple(*group)) return group->sets.front();
    return failed_precondition(owner.text(), " ", dns::to_text(type),
                               " is answered by a routing policy or an alias");
  }

  absl::Status add(const Name& owner, const MessageRecord& record) {
    if (record.type == RRType::kSoa) return replace_soa(owner, record);
    const std::vector<RRType> types = zone_.types(owner);
    const auto other_than_cname = [](RRType type) { return type != RRType::kCname; };
    // A CNAME is alone, and who comes later gives way (section 3.4.2.2).
    const bool gives_way = record.type == RRType::kCname
                               ? std::any_of(types.begin(), types.end(), other_than_cname)
                               : zone_.group(owner, RRType::kCname) != nullptr;
    if (gives_way) return absl::OkStatus();
    ASSIGN_OR_RETURN(model::RecordSet set, set_of(owner, record.type));
    if (record.type == RRType::kCname) set.rdata.clear();
    const std::string wanted = comparable(record.type, record.rdata);
    model::erase_if(set.rdata, [&](const std::string& rdata) {
      return comparable(record.type, rdata) == wanted;
    });
    set.rdata.push_back(record.rdata);
    set.ttl = record.ttl;  // of the whole RRset (RFC 2181 section 5.2)
    zone_.put(owner, record.type, std::move(set));
    return absl::OkStatus();
  }

  // An SOA that is not ahead is passed over.
  absl::Status replace_soa(const Name& owner, const MessageRecord& record) {
    if (!is_apex(owner)) return absl::OkStatus();
    const model::RecordGroup* present = zone_.group(owner, RRType::kSoa);
    const absl::StatusOr<dns::Soa> wanted = dns::parse_soa(record.rdata);
    if (!wanted.ok() || !moves_to(serial_of(*present).value_or(0), wanted->serial))
      return absl::OkStatus();
    model::RecordSet set = present->sets.front();
    set.rdata = {record.rdata};
    set.ttl = record.ttl;
    zone_.put(owner, RRType::kSoa, std::move(set));
    return absl::OkStatus();
  }

  // The apex keeps its SOA, and NS records of some kind.
  absl::Status remove_rrset(const Name& owner, RRType type) {
    if (is_apex(owner) && (type == RRType::kSoa || type == RRType::kNs)) return absl::OkStatus();
    RETURN_IF_ERROR(set_of(owner, type).status());
    zone_.put(owner, type, {});
    return absl::OkStatus();
  }

  absl::Status remove_record(const Name& owner, const MessageRecord& record) {
    if (record.type == RRType::kSoa) return absl::OkStatus();
    ASSIGN_OR_RETURN(model::RecordSet set, set_of(owner, record.type));
    const std::string wanted = comparable(record.type, record.rdata);
    model::erase_if(set.rdata, [&](const std::string& rdata) {
      return comparable(record.type, rdata) == wanted;
    });
    const bool last_server = is_apex(owner) && record.type == RRType::kNs && set.rdata.empty();
    if (!last_server) zone_.put(owner, record.type, std::move(set));
    return absl::OkStatus();
  }

  WorkingZone& zone_;
};

void tell_refusal(const server::ZoneUpdate& update, std::string_view why) {
  static log::RateLimit limit;
  log::warning(limit, "an update was refused",
               {{"zone", update.apex.text()}, {"key", update.key.text()}, {"why", why}});
}

Rcode rcode_of(const absl::Status& failed) {
  return absl::IsInvalidArgument(failed) || absl::IsNotFound(failed) ? Rcode::kRefused
                                                                     : Rcode::kServFail;
}

}  // namespace

UpdateOutcome work_out(const model::Config& running, const server::ZoneUpdate& update) {
  const model::ZonePtr* held = running.zones.find(update.apex);
  if (held == nullptr) return {.rcode = Rcode::kNotAuth};
  const model::ZonePtr zone = *held;
  WorkingZone working(*zone);
  if (const Rcode met = Prerequisites(working).check(update.prerequisites); met != Rcode::kNoError)
    return {.rcode = met};
  for (const MessageRecord& record : update.updates) {
    if (const Rcode form = check_form(record, zone->apex); form != Rcode::kNoError)
      return {.rcode = form};
  }
  if (zone->manager == model::ZoneManager::kPrimaries)
    return {.rcode = Rcode::kRefused,
            .why = "the zone is copied from its primaries; send updates there"};
  if (zone->manager != model::ZoneManager::kApi)
    return {.rcode = Rcode::kRefused,
            .why = "the zone is managed by files; take it over by `signpost zone import --adopt`"};
  Changes changes(working);
  for (const MessageRecord& record : update.updates) {
    if (const absl::Status made = changes.make(record); !made.ok())
      return {.rcode = Rcode::kRefused, .why = std::string(made.message())};
  }
  return {.batch = {.changes = working.changes(),
                    .author = absl::StrCat("key ", update.key.text()),
                    .comment = "dynamic update"}};
}

server::Rcode make_update(Controller& controller, const server::ZoneUpdate& update) {
  for (int left = kAttempts;; --left) {
    const RunningPtr running = controller.running();
    UpdateOutcome outcome = work_out(running->config, update);
    if (!outcome.why.empty()) tell_refusal(update, outcome.why);
    if (outcome.rcode != Rcode::kNoError || outcome.batch.changes.empty()) return outcome.rcode;
    const absl::StatusOr<ApplyResult> applied =
        controller.apply(std::move(outcome.batch), running->config.generation);
    if (applied.ok()) return Rcode::kNoError;
    if (absl::IsAborted(applied.status()) && left > 1) continue;
    tell_refusal(update, std::string(applied.status().message()));
    return rcode_of(applied.status());
  }
}

}  // namespace signpost::control
