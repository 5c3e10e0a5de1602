#include "control/running.h"

#include "absl/container/flat_hash_map.h"

namespace signpost::control {

void count_record_sets(Running& running) {
  running.config.zones.for_each([&](const dns::Name& apex, const model::ZonePtr& zone) {
    std::uint64_t sets = 0;
    zone->owners.for_each([&](const dns::Name&, const model::OwnerRecordsPtr& records) {
      for (const model::RecordGroupPtr& group : records->groups) sets += visible_sets(*group);
    });
    running.record_sets.set(apex, sets);
    running.record_sets_total += sets;
  });
}

void count_record_sets(const Deltas& deltas, Running& running) {
  absl::flat_hash_map<dns::Name, std::uint64_t> more;  // modulo 2^64: may be fewer
  for (const GroupDelta& delta : deltas.groups) {
    const std::uint64_t before = delta.before ? visible_sets(*delta.before) : 0;
    const std::uint64_t after = delta.after ? visible_sets(*delta.after) : 0;
    if (before != after) more[delta.zone_apex] += after - before;
  }
  for (const auto& [apex, difference] : more) {
    const std::uint64_t* held = running.record_sets.find(apex);
    running.record_sets.set(apex, (held ? *held : 0) + difference);
    running.record_sets_total += difference;
  }
  for (const ZoneDelta& delta : deltas.zones) {
    if (!delta.after) running.record_sets.erase(delta.apex);
  }
}

}  // namespace signpost::control
