#include "control/describe.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/reply_message.h"
#include "control/soa_serial.h"
#include "control/zone_manager.h"
#include "dns/rdata.h"
#include "server/record_reader.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {
namespace {

constexpr std::size_t kListOctetsMax = 3u << 20;  // of messages limited to 4 MiB
constexpr std::size_t kBlocksShown = 5;

std::string describe_settings(const model::Zone& zone) {
  std::string text = absl::StrCat("managed by ", words_of(zone.manager));
  if (!zone.comment.empty()) absl::StrAppend(&text, "; ", zone.comment);
  if (!zone.tags.empty())
    absl::StrAppend(&text, "; tags ", absl::StrJoin(model::tag_texts(zone.tags), ","));
  return text;
}

// Adds lines until the message is full.
class ChangeList {
 public:
  explicit ChangeList(v1::PlanResponse& out) : out_(out) {}

  void add(std::string subject, std::string before, std::string after) {
    octets_ += subject.size() + before.size() + after.size() + 16;
    if (octets_ > kListOctetsMax) {
      ++left_off_;
      return;
    }
    v1::PlannedChange& change = *out_.add_changes();
    change.set_action(before.empty()  ? v1::PlannedChange::ADD
                      : after.empty() ? v1::PlannedChange::REMOVE
                                      : v1::PlannedChange::CHANGE);
    change.set_subject(std::move(subject));
    change.set_before(std::move(before));
    change.set_after(std::move(after));
  }

  bool is_full() const { return octets_ > kListOctetsMax; }
  void leave_off() { ++left_off_; }
  std::size_t left_off() const { return left_off_; }

 private:
  v1::PlanResponse& out_;
  std::size_t octets_ = 0;
  std::size_t left_off_ = 0;
};

void list_group(const GroupDelta& delta, ChangeList& list) {
  for_each_set_change(delta.before.get(), delta.after.get(), [&](std::size_t b, std::size_t a) {
    if (list.is_full()) return list.leave_off();
    const model::RecordGroup& group = b != kNoSet ? *delta.before : *delta.after;
    const std::string identifier =
        group.instance ? "" : group.sets[b != kNoSet ? b : a].set_identifier;
    list.add(absl::StrCat(delta.owner.text(), " ", dns::to_text(delta.type),
                          identifier.empty() ? "" : " ", identifier),
             b != kNoSet ? describe(*delta.before, b) : "",
             a != kNoSet ? describe(*delta.after, a) : "");
  });
}

template <typename Value>
void list_values(const char* subject, const std::vector<KeyedDelta<Value>>& deltas,
                 ChangeList& list) {
  for (const KeyedDelta<Value>& delta : deltas) {
    list.add(absl::StrCat(subject, delta.key), delta.before ? describe(*delta.before) : "",
             delta.after ? describe(*delta.after) : "");
  }
}

// "60 A 192.0.2.1, 192.0.2.2", "A alias to www.example.com."
std::string describe_values(dns::RRType type, const model::RecordSet& set) {
  if (set.alias) {
    return absl::StrCat(dns::to_text(type), " alias to ", set.alias->external ? "external " : "",
                        set.alias->name.text(),
                        set.alias->evaluate_target_health ? "; with the target's health" : "");
  }
  std::string text = absl::StrCat(set.ttl, " ", dns::to_text(type));
  for (std::size_t i = 0; i < set.rdata.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? " " : ", ", dns::format_rdata(type, set.rdata[i]));
  }
  return text;
}

void append(const model::Simple&, std::string&) {}
void append(const model::Weighted& policy, std::string& text) {
  absl::StrAppend(&text, "; weight ", policy.weight);
}
void append(const model::Failover& policy, std::string& text) {
  absl::StrAppend(&text, "; ",
                  policy.role == model::FailoverRole::kPrimary ? "primary" : "secondary");
}
void append(const model::Latency& policy, std::string& text) {
  absl::StrAppend(&text, "; latency from ", policy->region);
}
void append(const model::Geolocation& policy, std::string& text) {
  absl::StrAppend(&text, "; clients in ", policy->continent, policy->country,
                  policy->subdivision.empty() ? "" : "-", policy->subdivision);
}
void append(const model::Geoproximity& policy, std::string& text) {
  absl::StrAppend(&text, "; near ",
                  policy->region.empty() ? describe(policy->coordinates) : policy->region);
  if (policy->bias != 0) absl::StrAppend(&text, ", bias ", policy->bias);
}
void append(const model::IpBased& policy, std::string& text) {
  absl::StrAppend(&text, "; clients of ", policy->collection, " ", policy->location);
}
void append(const model::Multivalue&, std::string& text) { absl::StrAppend(&text, "; multivalue"); }

std::vector<const GroupDelta*> listed_groups(const Deltas& deltas) {
  std::vector<const GroupDelta*> groups;
  for (const GroupDelta& delta : deltas.groups) {
    const bool hidden = delta.before && delta.after && same_but_serial(*delta.before, *delta.after);
    if (!hidden) groups.push_back(&delta);
  }
  std::sort(groups.begin(), groups.end(), [](const GroupDelta* a, const GroupDelta* b) {
    return std::tie(a->zone_apex, a->owner, a->type) < std::tie(b->zone_apex, b->owner, b->type);
  });
  return groups;
}

}  // namespace

std::string describe(const model::RecordGroup& group, std::size_t index) {
  std::string text;
  if (group.instance) {
    text = absl::StrCat(group.instance->ttl, " ", dns::to_text(group.type), " traffic policy ",
                        model::traffic_policy_key(group.instance->policy, group.instance->version));
  } else {
    const model::RecordSet& set = group.sets[index];
    text = describe_values(group.type, set);
    std::visit([&](const auto& policy) { append(policy, text); }, set.policy);
    if (!set.health_check_id.empty()) {
      absl::StrAppend(&text, "; health check ", set.health_check_id.str());
    }
    if (set.last_resort) absl::StrAppend(&text, "; last resort");
  }
  if (group.ring_mode == model::RingMode::kRandom) absl::StrAppend(&text, "; random");
  if (group.ring_mode == model::RingMode::kSticky) absl::StrAppend(&text, "; sticky");
  if (group.fail_mode == model::FailMode::kClosed) absl::StrAppend(&text, "; fails closed");
  return text;
}

std::string describe(const model::CidrCollection& collection) {
  std::string text = collection.name == collection.id ? "" : collection.name;
  for (const model::CidrLocation& location : collection.locations) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", location.name, ":");
    for (std::size_t i = 0; i < location.blocks.size(); ++i) {
      if (i == kBlocksShown) {
        absl::StrAppend(&text, " and ", location.blocks.size() - i, " more");
        break;
      }
      absl::StrAppend(&text, " ", location.blocks[i].text());
    }
  }
  return text.empty() ? "no locations" : text;
}

std::string describe(const model::Coordinates& coordinates) {
  return absl::StrCat(coordinates.latitude, ", ", coordinates.longitude);
}

std::string describe(const model::Place& place) {
  std::string text;
  const auto add = [&](std::string_view part) {
    if (!part.empty()) absl::StrAppend(&text, text.empty() ? "" : ", ", std::string(part));
  };
  add(place.city);
  add(place.subdivision);
  add(place.country);
  add(place.continent);
  if (place.coordinates) add(describe(*place.coordinates));
  return text.empty() ? "unknown" : text;
}

std::string describe(const model::PlaceOverride& place) { return describe(place.place); }

std::string describe(const model::TrafficPolicy& policy) {
  std::string text = absl::StrCat(policy.document.size(), " octets");
  if (!policy.name.empty()) text = absl::StrCat(policy.name, "; ", text);
  if (!policy.comment.empty()) absl::StrAppend(&text, "; ", policy.comment);
  return text;
}

void describe(const Deltas& deltas, v1::PlanResponse& out) {
  const ChangeCounts counts = count(deltas);
  out.mutable_summary()->set_added(counts.added);
  out.mutable_summary()->set_changed(counts.changed);
  out.mutable_summary()->set_removed(counts.removed);
  ChangeList list(out);
  std::vector<const ZoneDelta*> zones;
  for (const ZoneDelta& delta : deltas.zones) zones.push_back(&delta);
  std::sort(zones.begin(), zones.end(),
            [](const ZoneDelta* a, const ZoneDelta* b) { return a->apex < b->apex; });
  for (const ZoneDelta* delta : zones) {
    list.add(absl::StrCat("zone ", delta->apex.text()),
             delta->before ? describe_settings(*delta->before) : "",
             delta->after ? describe_settings(*delta->after) : "");
  }
  list_values("health check ", deltas.health_checks, list);
  list_values("CIDR collection ", deltas.cidr_collections, list);
  list_values("place of ", deltas.place_overrides, list);
  list_values("region ", deltas.regions, list);
  list_values("traffic policy ", deltas.traffic_policies, list);
  list_values("notice receiver ", deltas.notice_receivers, list);
  list_values("guard of ", deltas.guards, list);
  list_values("TSIG key ", deltas.tsig_keys, list);
  list_values("access to ", deltas.zone_access, list);
  list_values("view ", deltas.views, list);
  list_values("forward rule ", deltas.forward_rules, list);
  list_values("secondary zone ", deltas.secondary_zones, list);
  for (const GroupDelta* delta : listed_groups(deltas)) list_group(*delta, list);
  if (list.left_off() > 0) {
    out.add_warnings(absl::StrCat(list.left_off(), " further changes are not listed"));
  }
}

ReplyText reply_text(const model::AnswerTable& table, const model::Variant& variant,
                     const dns::Name& qname, dns::RRType qtype) {
  ReplyMessage message = reply_message(variant, qname, qtype);
  std::size_t at = message.records_at;
  if (const model::ZoneAnswersPtr* zone = table.zone_answers.find(variant.tail)) {
    message.octets += (*zone)->soa;
  }
  const server::Octets octets = server::as_octets(message.octets);
  ReplyText text;
  const auto read_section = [&](std::uint16_t records, std::vector<std::string>& lines) {
    for (std::uint16_t i = 0; i < records; ++i) {
      const std::optional<server::Record> record = server::read_record(octets, at);
      if (!record) return;
      const std::optional<dns::Name> owner = server::read_name(octets, record->owner_at);
      const std::optional<std::string> rdata = server::expanded_rdata(octets, *record);
      if (!owner || !rdata) return;
      lines.push_back(absl::StrCat(owner->text(), " ", record->ttl, " IN ",
                                   dns::to_text(record->type), " ",
                                   dns::format_rdata(record->type, *rdata)));
      at = record->end();
    }
  };
  read_section(variant.ancount, text.answer);
  read_section(variant.nscount, text.authority);
  read_section(variant.arcount, text.additional);
  return text;
}

}  // namespace signpost::control
