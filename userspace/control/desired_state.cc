#include "control/desired_state.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/memory_budget.h"
#include "control/translate.h"
#include "dns/rdata.h"
#include "policy/traffic_policy.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kErrorsMax = 10;
constexpr std::size_t kCommentMax = 256;
constexpr std::uint32_t kNsTtl = 172800;
constexpr std::uint32_t kSoaTtl = 900;

model::RecordGroup simple_group(dns::RRType type, std::uint32_t ttl, model::RdataList rdata) {
  model::RecordSet set;
  set.ttl = ttl;
  set.rdata = std::move(rdata);
  model::RecordGroup group;
  group.type = type;
  group.sets.push_back(std::move(set));
  return group;
}

// The RNAME of a mail address: its local part is one label (RFC 1035 section 8).
absl::StatusOr<dns::Name> mailbox_name(const std::string& text, const dns::Name& apex) {
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return dns::Name::parse(text, apex);
  ASSIGN_OR_RETURN(const dns::Name host, dns::Name::parse(absl::StrCat(text.substr(at + 1), ".")));
  return host.with_prefix(std::string_view(text).substr(0, at));
}

// Names have several spellings.
std::string one_spelling(const std::string& text) {
  const absl::StatusOr<dns::Name> name = dns::Name::parse(text);
  return name.ok() && !text.empty() ? name->folded().text() : text;
}

}  // namespace

std::shared_ptr<model::RecordGroup>& DesiredGroups::operator[](
    std::pair<dns::Name, dns::RRType> key) {
  const std::uint64_t order = decltype(model::Zone::owners)::order_of(key.first);
  if (auto known = by_key_.find(Key{key.first, key.second, order}); known != by_key_.end()) {
    return (*known)->group;
  }
  Entry& entry = entries_.emplace_back(Entry{std::move(key.first), key.second, order, nullptr});
  by_key_.insert(&entry);
  return entry.group;
}

const model::RecordGroup* DesiredGroups::find(const dns::Name& owner, dns::RRType type) const {
  const auto known = by_key_.find(Key{owner, type, decltype(model::Zone::owners)::order_of(owner)});
  return known == by_key_.end() ? nullptr : (*known)->group.get();
}

// Asks ahead for the parts of the groups behind `index`, which lie anywhere, each behind a pointer
// in the one before: a walk would wait for memory four times for each group.
void DesiredGroups::fetch_ahead(const InOrder& groups, std::size_t index) {
  constexpr std::size_t kStep = 8;
  const auto ahead = [&](std::size_t steps) -> const Entry* {
    const std::size_t at = index + steps * kStep;
    return at < groups.size() ? groups[at].second : nullptr;
  };
  if (const Entry* entry = ahead(4)) __builtin_prefetch(entry);
  if (const Entry* entry = ahead(3)) {
    __builtin_prefetch(entry->owner.wire().data());
    __builtin_prefetch(entry->group.get());
  }
  if (const Entry* entry = ahead(2)) {
    __builtin_prefetch(entry->group->sets.data());
    if (!entry->group->sets.empty()) __builtin_prefetch(&entry->group->sets.front().rdata);
  }
  const Entry* entry = ahead(1);
  if (entry && !entry->group->sets.empty())
    __builtin_prefetch(entry->group->sets.front().rdata.data());
}

void DesiredGroups::arrange() {
  InOrder in_order;
  in_order.reserve(entries_.size());
  for (const Entry& entry : entries_) in_order.emplace_back(entry.order, &entry);
  std::sort(in_order.begin(), in_order.end());
  std::deque<Entry> arranged;
  by_key_.clear();
  by_key_.reserve(in_order.size());
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    fetch_ahead(in_order, i);
    const Entry& entry = *in_order[i].second;
    // The old one stays until all are copied, so that copies don't fill the holes of others.
    by_key_.insert(&arranged.emplace_back(Entry{
        entry.owner, entry.type, entry.order, std::make_shared<model::RecordGroup>(*entry.group)}));
  }
  entries_ = std::move(arranged);
}

class DesiredStateReader::Impl {
 public:
  absl::Status add(const v1::Config& part) {
    std::size_t record_sets = 0;
    for (const v1::Zone& zone : part.zones())
      record_sets += static_cast<std::size_t>(zone.record_sets_size());
    RETURN_IF_ERROR(memory_.take_message(part.ByteSizeLong(), record_sets));
    for (const v1::Zone& zone : part.zones()) add_zone(zone);
    for (const v1::HealthCheck& check : part.health_checks()) {
      add_keyed("health_checks", check, check.id(), "id", state_.health_checks);
    }
    for (const v1::CidrCollection& collection : part.cidr_collections()) {
      add_keyed("cidr_collections", collection, collection.id(), "id", state_.cidr_collections);
    }
    for (const v1::PlaceOverride& place : part.place_overrides()) add_place_override(place);
    for (const v1::Region& region : part.regions()) add_region(region);
    for (const v1::TrafficPolicy& policy : part.traffic_policies()) add_traffic_policy(policy);
    for (const v1::NoticeReceiver& receiver : part.notice_receivers()) {
      add_keyed("notice_receivers", receiver, receiver.id(), "id", state_.notice_receivers);
    }
    for (const v1::Guard& guard : part.guards()) {
      add_keyed("guards", guard, guard.interface(), "interface", state_.guards);
    }
    for (const v1::TsigKey& key : part.tsig_keys()) {
      add_keyed("tsig_keys", key, one_spelling(key.name()), "name", state_.tsig_keys);
    }
    for (const v1::ZoneAccess& access : part.zone_access()) {
      add_keyed("zone_access", access, one_spelling(access.zone()), "zone", state_.zone_access);
    }
    for (const v1::View& view : part.views())
      add_keyed("views", view, view.name(), "name", state_.views);
    for (const v1::ForwardRule& rule : part.forward_rules())
      add_keyed("forward_rules", rule, rule.name(), "name", state_.forward_rules);
    for (const v1::SecondaryZone& secondary : part.secondary_zones()) {
      add_keyed("secondary_zones", secondary, one_spelling(secondary.name()), "name",
                state_.secondary_zones);
    }
    return errors_.size() < kErrorsMax ? absl::OkStatus() : errors();
  }

  absl::StatusOr<DesiredState> finish() {
    if (!errors_.empty()) return errors();
    for (std::size_t i = 0; i < state_.zones.size(); ++i) complete_apex(i);
    if (!errors_.empty()) return errors();
    for (DesiredZone& zone : state_.zones) zone.groups.arrange();
    return std::move(state_);
  }

 private:
  struct ZoneProgress {
    std::size_t record_sets = 0;
    std::vector<std::string> name_servers;
    std::string hostmaster;
  };

  absl::Status errors() const {
    std::vector<std::string> shown = errors_;
    if (shown.size() > kErrorsMax) shown.resize(kErrorsMax);
    if (errors_.size() >= kErrorsMax) shown.push_back("further errors are not shown");
    return invalid_argument(absl::StrJoin(shown, "; "));
  }

  void note(const absl::Status& status) {
    if (!status.ok()) errors_.emplace_back(status.message().data(), status.message().size());
  }

  void add_zone(const v1::Zone& in) {
    const std::string next_path = absl::StrCat("zones[", state_.zones.size(), "]");
    if (in.name().empty()) {
      return note(invalid_argument(next_path, ".name: is missing; use for example example.com"));
    }
    absl::StatusOr<dns::Name> apex = dns::Name::parse_with_view(in.name());
    if (!apex.ok()) return note(annotate(apex.status(), absl::StrCat(next_path, ".name")));
    const auto [at, is_new] = by_apex_.try_emplace(apex->folded(), state_.zones.size());
    if (is_new) {
      state_.zones.emplace_back().apex = at->first;
      progress_.emplace_back();
    }
    const std::size_t index = at->second;
    if (in.comment().size() > kCommentMax) {
      note(invalid_argument("zones[", index, "].comment: has ", in.comment().size(),
                            " characters; use at most ", kCommentMax));
    } else if (!in.comment().empty()) {
      state_.zones[index].comment = in.comment();
    }
    for (int i = 0; i < in.tags_size(); ++i)
      note(annotate(model::add_tag(in.tags(i), state_.zones[index].tags),
                    absl::StrCat("zones[", index, "].tags[", i, "]")));
    ZoneProgress& progress = progress_[index];
    progress.name_servers.insert(progress.name_servers.end(), in.name_servers().begin(),
                                 in.name_servers().end());
    if (!in.hostmaster().empty()) progress.hostmaster = in.hostmaster();
    for (const v1::RecordSet& set : in.record_sets()) add_record_set(index, set);
  }

  void add_record_set(std::size_t zone_index, const v1::RecordSet& in) {
    if (errors_.size() >= kErrorsMax) return;
    const std::string path = absl::StrCat("zones[", zone_index, "].record_sets[",
                                          progress_[zone_index].record_sets++, "]");
    DesiredZone& zone = state_.zones[zone_index];
    absl::StatusOr<OwnedRecordSet> read = from_proto(in, zone.apex, path);
    if (!read.ok()) return note(read.status());
    std::shared_ptr<model::RecordGroup>& group = zone.groups[{read->owner, read->type}];
    const bool is_first = group == nullptr;
    if (is_first) {
      group = std::make_shared<model::RecordGroup>();
      group->type = read->type;
      group->ring_mode = read->ring_mode;
      group->fail_mode = read->fail_mode;
      group->instance = read->instance;
    }
    if (!is_first && (group->instance || read->instance)) {
      return note(invalid_argument(path, ": ", read->owner.text(), " ", dns::to_text(read->type),
                                   " has other record sets; an instance of a traffic policy must "
                                   "be the only one"));
    }
    if (read->instance) return;
    if (group->ring_mode != read->ring_mode) {
      return note(invalid_argument(path, ".distribution: differs from another record set of ",
                                   read->owner.text(), " ", dns::to_text(read->type),
                                   "; use the same in all of them"));
    }
    if (group->fail_mode != read->fail_mode) {
      return note(invalid_argument(path, ".fail_mode: differs from another record set of ",
                                   read->owner.text(), " ", dns::to_text(read->type),
                                   "; use the same in all of them"));
    }
    const std::string identifier = read->set.set_identifier;
    if (insert_set(*group, std::move(read->set))) return;
    note(invalid_argument(
        path, identifier.empty() ? ".name: " : ".set_identifier: ", read->owner.text(), " ",
        dns::to_text(read->type),
        identifier.empty()
            ? " has another record set without a routing policy; write all values into one"
            : absl::StrCat(" has another record set \"", identifier, "\"; make them unique")));
  }

  // The path of the next element of `list`, which nothing else of the stream may have the `key` of.
  template <typename Key>
  absl::StatusOr<std::string> next_path(const std::string& list, const Key& key,
                                        const char* field) {
    auto& [seen, keys] = keyed_seen_[list];
    const std::string path = absl::StrCat(list, "[", seen++, "]");
    if (keys.insert(key).second) return path;
    return invalid_argument(path, ".", field, ": \"", key, "\" is given twice; make them unique");
  }

  template <typename Message, typename Value>
  void add_keyed(const std::string& list, const Message& in, const std::string& key,
                 const char* field, std::vector<std::shared_ptr<const Value>>& out) {
    if (errors_.size() >= kErrorsMax) return;
    const absl::StatusOr<std::string> path = next_path(list, key, field);
    if (!path.ok()) return note(path.status());
    absl::StatusOr<std::shared_ptr<const Value>> value = from_proto(in, *path);
    if (!value.ok()) return note(value.status());
    out.push_back(*std::move(value));
  }

  void add_place_override(const v1::PlaceOverride& in) {
    // Prefixes have several spellings.
    const absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(in.prefix());
    add_keyed("place_overrides", in, prefix.ok() ? prefix->text() : in.prefix(), "prefix",
              state_.place_overrides);
  }

  void add_region(const v1::Region& in) {
    if (errors_.size() >= kErrorsMax) return;
    const absl::StatusOr<std::string> path = next_path("regions", in.name(), "name");
    if (!path.ok()) return note(path.status());
    absl::StatusOr<NamedRegion> region = from_proto(in, *path);
    if (!region.ok()) return note(region.status());
    state_.regions.emplace_back(std::move(region->name), region->coordinates);
  }

  void add_traffic_policy(const v1::TrafficPolicy& in) {
    if (errors_.size() >= kErrorsMax) return;
    model::TrafficPolicyPtr policy = from_proto(in);
    const std::string key = model::traffic_policy_key(policy->id, policy->version);
    const absl::StatusOr<std::string> path = next_path("traffic_policies", key, "version");
    if (!path.ok()) return note(path.status());
    if (absl::Status valid = policy::check_traffic_policy(*policy); !valid.ok()) {
      return note(annotate(valid, *path));
    }
    state_.traffic_policies.push_back(std::move(policy));
  }

  // Makes the NS and SOA record sets of the apex where they are missing.
  void complete_apex(std::size_t index) {
    DesiredZone& zone = state_.zones[index];
    const std::string path = absl::StrCat("zones[", index, "]");
    absl::StatusOr<model::RdataList> servers = name_servers(index, path);
    if (!servers.ok()) return note(servers.status());
    if (zone.groups.find(zone.apex, dns::RRType::kSoa)) return;
    absl::StatusOr<model::RecordGroup> soa = make_soa(index, servers->front(), path);
    if (!soa.ok()) return note(soa.status());
    zone.groups[{zone.apex, dns::RRType::kSoa}] =
        std::make_shared<model::RecordGroup>(*std::move(soa));
  }

  // RDATA of the zone's NS records, which are added to the zone if it has none.
  absl::StatusOr<model::RdataList> name_servers(std::size_t index, const std::string& path) {
    DesiredZone& zone = state_.zones[index];
    if (const model::RecordGroup* group = zone.groups.find(zone.apex, dns::RRType::kNs)) {
      if (group->sets.empty() || group->sets.front().rdata.empty()) {
        return invalid_argument(path,
                                ".record_sets: the NS record set of the zone apex must have "
                                "records");
      }
      return group->sets.front().rdata;
    }
    const std::vector<std::string>& names = progress_[index].name_servers;
    if (names.empty()) {
      return invalid_argument(path, ".name_servers: zone ", zone.apex.text(),
                              " has no name servers; add name_servers, or an NS record set at "
                              "\"@\"");
    }
    model::RdataList rdata;
    for (std::size_t i = 0; i < names.size(); ++i) {
      // Host names are written in full here, with or without the trailing dot.
      absl::StatusOr<dns::Name> host = dns::Name::parse(names[i]);
      if (!host.ok() || host->is_root()) {
        return invalid_argument(path, ".name_servers[", i, "]: \"", names[i],
                                "\" is not a host name; use for example ns1.example.com");
      }
      rdata.emplace_back(host->wire());
    }
    zone.groups[{zone.apex, dns::RRType::kNs}] =
        std::make_shared<model::RecordGroup>(simple_group(dns::RRType::kNs, kNsTtl, rdata));
    return rdata;
  }

  absl::StatusOr<model::RecordGroup> make_soa(std::size_t index, const std::string& first_server,
                                              const std::string& path) {
    const DesiredZone& zone = state_.zones[index];
    const std::string& hostmaster = progress_[index].hostmaster;
    dns::Soa soa;
    ASSIGN_OR_RETURN(soa.mname, dns::Name::from_wire(first_server));
    absl::StatusOr<dns::Name> rname = hostmaster.empty() ? zone.apex.with_prefix("hostmaster")
                                                         : mailbox_name(hostmaster, zone.apex);
    if (!rname.ok()) return annotate(rname.status(), absl::StrCat(path, ".hostmaster"));
    soa.rname = *std::move(rname);
    soa.serial = 0;  // the server gives it
    soa.refresh = 7200;
    soa.retry = 900;
    soa.expire = 1209600;
    soa.minimum = 300;
    return simple_group(dns::RRType::kSoa, kSoaTtl, {soa.to_rdata()});
  }

  MemoryBudget memory_;
  DesiredState state_;
  std::vector<ZoneProgress> progress_;  // of state_.zones
  absl::flat_hash_map<dns::Name, std::size_t> by_apex_;
  struct Seen {
    std::size_t count = 0;
    absl::flat_hash_set<std::string> keys;
  };
  absl::flat_hash_map<std::string, Seen> keyed_seen_;  // by list
  std::vector<std::string> errors_;
};

DesiredStateReader::DesiredStateReader() : impl_(std::make_unique<Impl>()) {}
DesiredStateReader::~DesiredStateReader() = default;

absl::Status DesiredStateReader::add(const v1::Config& part) { return impl_->add(part); }

absl::StatusOr<DesiredState> DesiredStateReader::finish() { return impl_->finish(); }

}  // namespace signpost::control
