#include "server/outgoing_transfer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "dns/serial.h"
#include "policy/static_view.h"
#include "server/choice.h"

namespace signpost::server {
namespace {

using dns::RRType;
using policy::StaticRRset;

constexpr std::size_t kPartOctets = 64 * 1024;

std::string_view message_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

absl::Status add_all(const dns::Name& owner, RRType type, std::uint32_t ttl,
                     const model::RdataList& rdata, TransferWriter& writer, std::uint64_t now) {
  for (const std::string& each : rdata) RETURN_IF_ERROR(writer.add(owner, type, ttl, each, now));
  return absl::OkStatus();
}

using Owners = std::vector<std::pair<const dns::Name*, const model::OwnerRecords*>>;

// Every record of the zone but its SOA.
class WholeZone final : public TransferRecords {
 public:
  WholeZone(const TransferRequest& request, const Owners& owners)
      : request_(request), owners_(owners) {}

  absl::StatusOr<bool> add_some(TransferWriter& writer, std::uint64_t now) override {
    if (next_ == owners_.size()) return false;
    const auto& [owner, records] = owners_[next_++];
    for (const model::RecordGroupPtr& group : records->groups) {
      if (group->type == RRType::kSoa) continue;
      ASSIGN_OR_RETURN(const StaticRRset rrset,
                       policy::static_rrset(request_.zones->config, *request_.zone, *owner, *group,
                                            request_.settings->policy_records));
      RETURN_IF_ERROR(add_all(*owner, group->type, rrset.ttl, rrset.rdata, writer, now));
    }
    return true;
  }

 private:
  const TransferRequest& request_;
  const Owners& owners_;
  std::size_t next_ = 0;
};

// The RRsets of one owner name and type that differ; empty: none.
struct RRsetChange {
  dns::Name owner;
  RRType type{};
  StaticRRset before;
  StaticRRset after;
};

// What differs, as one step: the old SOA, what goes, the new SOA, what comes (RFC 1995 section 4).
// The SOA changes too, so that there is always a first step.
class Difference final : public TransferRecords {
 public:
  Difference(RRsetChange soa, std::vector<RRsetChange> changes)
      : soa_(std::move(soa)), changes_(std::move(changes)) {}

  absl::StatusOr<bool> add_some(TransferWriter& writer, std::uint64_t now) override {
    if (next_ == changes_.size()) return begin_additions(writer, now);
    if (next_ == 0 && removing_) {
      RETURN_IF_ERROR(
          add_all(soa_.owner, soa_.type, soa_.before.ttl, soa_.before.rdata, writer, now));
    }
    const RRsetChange& change = changes_[next_++];
    const StaticRRset& from = removing_ ? change.before : change.after;
    const StaticRRset& other = removing_ ? change.after : change.before;
    for (const std::string& rdata : from.rdata) {
      if (from.ttl == other.ttl && std::count(other.rdata.begin(), other.rdata.end(), rdata) != 0)
        continue;
      RETURN_IF_ERROR(writer.add(change.owner, change.type, from.ttl, rdata, now));
    }
    return true;
  }

 private:
  // After what goes comes the new SOA, and what comes.
  absl::StatusOr<bool> begin_additions(TransferWriter& writer, std::uint64_t now) {
    if (!std::exchange(removing_, false)) return false;
    next_ = 0;
    RETURN_IF_ERROR(add_all(soa_.owner, soa_.type, soa_.after.ttl, soa_.after.rdata, writer, now));
    return true;
  }

  const RRsetChange soa_;
  const std::vector<RRsetChange> changes_;
  std::size_t next_ = 0;
  bool removing_ = true;
};

// The records that a group stands for in the copy, before or after; none for none.
absl::StatusOr<StaticRRset> rrset_of(const TransferRequest& request, const GroupChange& change,
                                     const model::RecordGroupPtr& group) {
  if (group == nullptr) return StaticRRset{};
  if (policy::follows_others(*group)) return failed_precondition("it follows others");
  return policy::static_rrset(request.zones->config, *request.zone, change.owner, *group,
                              request.settings->policy_records);
}

// Null if the history does not tell.
std::unique_ptr<TransferRecords> difference_of(const TransferRequest& request,
                                               const ZoneChangesSource& source) {
  const auto changes =
      source(request.zone->apex, *request.serial, request.zones->config.generation);
  if (!changes.ok()) return nullptr;
  std::optional<RRsetChange> soa;
  std::vector<RRsetChange> others;
  for (const GroupChange& change : *changes) {
    absl::StatusOr<StaticRRset> before = rrset_of(request, change, change.before);
    absl::StatusOr<StaticRRset> after = rrset_of(request, change, change.after);
    if (!before.ok() || !after.ok()) return nullptr;
    const RRType type = (change.before ? change.before : change.after)->type;
    RRsetChange both{change.owner, type, *std::move(before), *std::move(after)};
    if (type == RRType::kSoa) {
      soa = std::move(both);
    } else {
      others.push_back(std::move(both));
    }
  }
  if (!soa || soa->before.rdata.empty() || others.empty()) return nullptr;
  return std::make_unique<Difference>(*std::move(soa), std::move(others));
}

}  // namespace

OutgoingTransfer::OutgoingTransfer(std::unique_ptr<TransferRequest> request,
                                   const ZoneChangesSource& changes, bool admitted,
                                   OnEnded on_ended)
    : request_(std::move(request)),
      changes_(changes),
      admitted_(admitted),
      on_ended_(std::move(on_ended)),
      writer_(*request_) {}

OutgoingTransfer::~OutgoingTransfer() = default;

// Finds whether the zone can be copied at all, before the first record is sent.
absl::Status OutgoingTransfer::survey() {
  absl::Status first_problem;
  owners_.reserve(request_->zone->owners.size());
  request_->zone->owners.for_each(
      [&](const dns::Name& owner, const model::OwnerRecordsPtr& records) {
        owners_.emplace_back(&owner, records.get());
        for (const model::RecordGroupPtr& group : records->groups) {
          follows_others_ = follows_others_ || policy::follows_others(*group);
          const bool plain = group->sets.size() == 1 && !group->sets.front().alias;
          if (plain && std::holds_alternative<model::Simple>(group->sets.front().policy)) continue;
          first_problem.Update(policy::static_rrset(request_->zones->config, *request_->zone, owner,
                                                    *group, request_->settings->policy_records)
                                   .status());
        }
      });
  return first_problem;
}

// IXFR is one way to answer; the whole zone is always another (RFC 1995 section 4).
std::unique_ptr<TransferRecords> OutgoingTransfer::choose_records() {
  std::unique_ptr<TransferRecords> records;
  if (request_->serial && changes_ && !follows_others_)
    records = difference_of(*request_, changes_);
  kind_ = records ? TransferKind::kIncremental : TransferKind::kWhole;
  if (!records) records = std::make_unique<WholeZone>(*request_, owners_);
  return records;
}

absl::Status OutgoingTransfer::add_soa(std::uint64_t now) {
  return writer_.add(request_->zone->apex, RRType::kSoa, soa_ttl_, soa_->to_rdata(), now);
}

void OutgoingTransfer::begin(std::uint64_t now) {
  if (!admitted_) return refuse("too many transfers are under way", now);
  const model::RecordGroup* group = request_->zone->group(request_->zone->apex, RRType::kSoa);
  const absl::StatusOr<dns::Soa> soa = dns::parse_soa(group->sets.front().rdata.front());
  if (!soa.ok()) return refuse("its SOA is malformed", now);
  soa_ = *soa;
  soa_ttl_ = group->sets.front().ttl;
  if (request_->serial && !dns::serial_is_ahead(soa_->serial, *request_->serial)) {
    kind_ = TransferKind::kUpToDate;
    return;
  }
  if (const absl::Status possible = survey(); !possible.ok())
    return refuse(std::string(message_of(possible)), now);
  records_ = choose_records();
}

void OutgoingTransfer::refuse(const std::string& why, std::uint64_t now) {
  kind_ = TransferKind::kRefused;
  static log::RateLimit limit;
  log::warning(limit, "a zone can't be transferred",
               {{"zone", request_->zone->apex.text()},
                {"client", prefix_of(request_->client).text()},
                {"why", why}});
  writer_.refuse(Rcode::kRefused, now);
}

DeferredReply::Part OutgoingTransfer::produce(std::uint64_t now) {
  if (!std::exchange(begun_, true)) {
    begin(now);
    if (kind_ == TransferKind::kRefused) return end(now);
    if (const absl::Status added = add_soa(now); !added.ok()) return give_up(added);
    if (kind_ == TransferKind::kUpToDate) return end(now);
  }
  while (writer_.size() < kPartOctets) {
    const absl::StatusOr<bool> more = records_->add_some(writer_, now);
    if (!more.ok()) return give_up(more.status());
    if (*more) continue;
    if (const absl::Status added = add_soa(now); !added.ok()) return give_up(added);
    return end(now);
  }
  octets_sent_ += writer_.size();
  return {.octets = writer_.take()};
}

DeferredReply::Part OutgoingTransfer::end(std::uint64_t now) {
  writer_.finish(now);
  octets_sent_ += writer_.size();
  if (kind_ == TransferKind::kWhole || kind_ == TransferKind::kIncremental) tell();
  on_ended_(kind_);
  return {.octets = writer_.take(), .ends = true};
}

void OutgoingTransfer::tell() const {
  log::info("a zone was transferred",
            {{"zone", request_->zone->apex.text()},
             {"client", prefix_of(request_->client).text()},
             {"key", request_->signer ? request_->signer->key().name.text() : "-"},
             {"serial", soa_->serial},
             {"incremental", kind_ == TransferKind::kIncremental},
             {"octets", octets_sent_}});
}

// Records have been sent already: nothing but the end of the connection tells that there are no
// more of them.
DeferredReply::Part OutgoingTransfer::give_up(const absl::Status& why) {
  kind_ = TransferKind::kBroken;
  log::warning("the transfer of a zone was broken off",
               {{"zone", request_->zone->apex.text()}, {"why", message_of(why)}});
  on_ended_(kind_);
  return {.ends = true, .broken = true};
}

}  // namespace signpost::server
