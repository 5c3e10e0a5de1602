#include "datapath/table_need.h"

#include <set>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "datapath/image.h"
#include "datapath/view_cells.h"

namespace signpost::datapath {
namespace {

// The answers that `answer` consists of: itself, or those of the classes of localities.
template <typename Visit>
void for_each_class(const model::Answer& answer, Visit&& visit) {
  if (!answer.by_locality) return visit(answer);
  for (const model::AnswerPtr& of_class : answer.by_locality->answers) visit(*of_class);
}

// As policy::Composer takes ids: a cursor for each ring, a counter for each choice.
void add_ids(const model::Answer& answer, TableNeed& need) {
  std::set<std::string_view> choices;
  for_each_class(answer, [&](const model::Answer& of_class) {
    if (of_class.ring && of_class.ring->mode == model::RingMode::kExact) ++need.rings;
    for (const model::Variant& variant : of_class.variants)
      if (!variant.choice.empty()) choices.insert(variant.choice.str());
  });
  need.counters += choices.size();
}

}  // namespace

TableNeed need_of(const model::AnswerTable& table) {
  TableNeed need;
  absl::flat_hash_map<model::ZoneId, ZoneRun> zones;
  table.zone_answers.for_each([&](model::ZoneId id, const model::ZoneAnswersPtr& zone) {
    need.cells += (zones[id] = zone_run_for(zone->apex)).cells;
  });
  const ZoneFinder find = [&](model::ZoneId id) -> const ZoneRun* {
    const auto at = zones.find(id);
    return at == zones.end() ? nullptr : &at->second;
  };
  const NodeEncoder encoder(table, {.zones = find, .partitions = {}});
  absl::flat_hash_set<model::PartitionPtr> partitions;
  const auto add = [&](const model::AnswerPtr& answer) {
    if (answer == nullptr) return;
    ++need.answers;
    if (!why_passed(*answer, find).empty()) ++need.passed;
    add_ids(*answer, need);
  };
  table.nodes.for_each([&](const dns::Name& name, const model::NodePtr& node) {
    const NodeSize size = encoder.size_of(name, *node);
    need.nodes += size.pages;
    need.cells += size.cells;
    for (model::PartitionPtr& partition : encoder.partitions_of(name, *node))
      partitions.insert(std::move(partition));
    for (const auto& [type, answer] : node->types) add(answer);
    add(node->other);
  });
  need.partitions = partitions.size();
  for (const model::PartitionPtr& partition : partitions)
    need.partition_cells += partition_cells(*partition);
  need.cells += need.partition_cells + view_cells(*table.views);
  return need;
}

}  // namespace signpost::datapath
