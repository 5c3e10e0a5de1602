#include "control/soa_serial.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "dns/rdata.h"
#include "dns/serial.h"

namespace signpost::control {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

// Where the batch puts the SOA of each zone whose records it touches.
absl::flat_hash_map<dns::Name, std::size_t> touched_zones(const model::ChangeBatch& batch) {
  absl::flat_hash_map<dns::Name, std::size_t> touched;
  for (std::size_t i = 0; i < batch.changes.size(); ++i) {
    if (const auto* put = std::get_if<model::PutGroup>(&batch.changes[i])) {
      std::size_t& soa = touched.try_emplace(put->zone_apex, kNowhere).first->second;
      if (put->owner == put->zone_apex && put->group->type == dns::RRType::kSoa) soa = i;
    } else if (const auto* gone = std::get_if<model::DeleteGroup>(&batch.changes[i])) {
      touched.try_emplace(gone->zone_apex, kNowhere);
    } else if (const auto* zone = std::get_if<model::DeleteZone>(&batch.changes[i])) {
      touched.erase(zone->apex);
    }
  }
  return touched;
}

using Managers = absl::flat_hash_map<dns::Name, model::ZoneManager>;

// Of the zones whose settings the batch puts.
Managers managers_put(const model::ChangeBatch& batch) {
  Managers managers;
  for (const model::Change& change : batch.changes) {
    if (const auto* put = std::get_if<model::PutZone>(&change))
      managers[put->zone.apex] = put->zone.manager;
  }
  return managers;
}

// Whether the batch leaves the zone to its primaries, whose serial it keeps. `before`: null if the
// zone is new.
bool is_copied(const model::Zone* before, const dns::Name& apex, const Managers& put) {
  const auto found = put.find(apex);
  if (found != put.end()) return found->second == model::ZoneManager::kPrimaries;
  return before != nullptr && before->manager == model::ZoneManager::kPrimaries;
}

// 0 stands for "none given".
std::uint32_t next_serial(std::uint32_t present) { return present + 1 == 0 ? 1 : present + 1; }

// The first serial of a new zone.
void begin_serial(model::PutGroup& put) {
  if (serial_of(*put.group) == 0u) put.group = with_serial(*put.group, 1);
}

}  // namespace

bool moves_to(std::uint32_t present, std::uint32_t wanted) {
  return wanted != 0 && dns::serial_is_ahead(wanted, present);
}

std::optional<std::uint32_t> serial_of(const model::RecordGroup& soa) {
  if (soa.type != dns::RRType::kSoa || soa.sets.empty() || soa.sets[0].rdata.empty()) {
    return std::nullopt;
  }
  const absl::StatusOr<dns::Soa> parsed = dns::parse_soa(soa.sets[0].rdata[0]);
  if (!parsed.ok()) return std::nullopt;
  return parsed->serial;
}

model::RecordGroupPtr with_serial(const model::RecordGroup& soa, std::uint32_t serial) {
  auto copy = std::make_shared<model::RecordGroup>(soa);
  absl::StatusOr<dns::Soa> parsed = dns::parse_soa(copy->sets.at(0).rdata.at(0));
  if (!parsed.ok()) return copy;
  parsed->serial = serial;
  copy->sets[0].rdata[0] = parsed->to_rdata();
  return copy;
}

bool same_but_serial(const model::RecordGroup& a, const model::RecordGroup& b) {
  const std::optional<std::uint32_t> serial = serial_of(a);
  if (!serial || !serial_of(b)) return a == b;
  return a == *with_serial(b, *serial);
}

void move_serials(const model::Config& before, model::ChangeBatch& batch) {
  const Managers managers = managers_put(batch);
  for (const auto& [apex, index] : touched_zones(batch)) {
    const model::ZonePtr* zone = before.zones.find(apex);
    if (is_copied(zone == nullptr ? nullptr : zone->get(), apex, managers)) continue;
    if (zone == nullptr) {
      if (index != kNowhere) begin_serial(std::get<model::PutGroup>(batch.changes[index]));
      continue;
    }
    const model::RecordGroup* soa = (*zone)->group(apex, dns::RRType::kSoa);
    const std::optional<std::uint32_t> present = soa ? serial_of(*soa) : std::nullopt;
    if (!present) continue;
    if (index == kNowhere) {
      batch.changes.push_back(
          model::PutGroup{apex, apex, with_serial(*soa, next_serial(*present))});
      continue;
    }
    auto& put = std::get<model::PutGroup>(batch.changes[index]);
    const std::optional<std::uint32_t> wanted = serial_of(*put.group);
    if (wanted && !moves_to(*present, *wanted)) {
      put.group = with_serial(*put.group, next_serial(*present));
    }
  }
}

}  // namespace signpost::control
