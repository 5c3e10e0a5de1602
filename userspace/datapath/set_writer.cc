#include "datapath/set_writer.h"

#include "base/status.h"
#include "datapath/view_cells.h"

namespace signpost::datapath {
namespace {

constexpr std::size_t kBatch = 4096;

}  // namespace

SetWriter::SetWriter(TableMaps& maps, std::uint32_t set, const DigestKey& key)
    : maps_(maps), set_(set), key_(key) {}

absl::Status SetWriter::write_table(const model::AnswerTable& table, const Holdings& held) {
  RETURN_IF_ERROR(annotate(maps_.clear(set_), "emptying the nodes"));
  absl::Status status;
  table.zone_answers.for_each([&](model::ZoneId id, const model::ZoneAnswersPtr& zone) {
    if (status.ok()) status = write_zone(*zone, *held.of_zone(id));
  });
  held.for_each_partition([&](const model::Partition& partition, const PartitionRun& run) {
    if (status.ok()) status = write_partition(partition, run);
  });
  if (status.ok()) status = write_views(*table.views, held.of_views());
  const NodeEncoder encoder(table, held.places());
  table.nodes.for_each([&](const dns::Name& name, const model::NodePtr& node) {
    if (!status.ok()) return;
    const node_key key = key_of(name, key_);
    status = write_name(encoder, name, key, *node, held.of_name(key));
  });
  RETURN_IF_ERROR(status);
  return flush();
}

// Removals go first, so that no more nodes are needed at any time than there are on one of the
// sides.
absl::Status SetWriter::write_change(const model::AnswerTable& table, const Holdings& held,
                                     const HoldingsChange& change, Side side) {
  RETURN_IF_ERROR(remove_names(change, side));
  for (const ZoneChange& zone : change.zones) {
    if (!zone.on(side)) continue;
    RETURN_IF_ERROR(write_zone(**table.zone_answers.find(zone.id), *zone.on(side)));
  }
  // The cells of a partition that stays or goes are nobody else's yet.
  for (const auto& [partition, changed] : change.partitions) {
    if (side == Side::kAfter && changed.comes())
      RETURN_IF_ERROR(write_partition(*partition, changed.run));
  }
  if (change.views) RETURN_IF_ERROR(write_views(*table.views, change.views->on(side)));
  const NodeEncoder encoder(table, held.places(change, side));
  for (const NameChange& name : change.names) {
    if (name.on(side).pages == 0) continue;
    RETURN_IF_ERROR(
        write_name(encoder, name.name, name.key, **table.nodes.find(name.name), name.on(side)));
  }
  return flush();
}

absl::Status SetWriter::remove_names(const HoldingsChange& change, Side side) {
  const Side other = side == Side::kBefore ? Side::kAfter : Side::kBefore;
  std::vector<node_key> keys;
  for (const NameChange& name : change.names) {
    for (std::uint32_t page = name.on(side).pages; page < name.on(other).pages; ++page)
      keys.push_back(page_key(name.key, page));
  }
  if (keys.empty()) return absl::OkStatus();
  return annotate(maps_.delete_nodes(set_, keys), "deleting nodes");
}

absl::Status SetWriter::write_zone(const model::ZoneAnswers& zone, const ZoneRun& run) {
  ASSIGN_OR_RETURN(const std::vector<cell> cells, encode_zone(zone, run));
  return annotate(maps_.put_cells(set_, run.first, cells), "writing the cells of a zone");
}

absl::Status SetWriter::write_partition(const model::Partition& partition,
                                        const PartitionRun& run) {
  return annotate(maps_.put_cells(set_, run.first, encode_partition(partition)),
                  "writing the cells of a partition");
}

absl::Status SetWriter::write_views(const model::ViewMap& views, const ViewRun& run) {
  if (run.cells != 0)
    RETURN_IF_ERROR(annotate(maps_.put_cells(set_, run.first, encode_views(views)),
                             "writing the networks of views"));
  struct control& control = maps_.control();
  control.view_cells[set_] = run.first;
  control.view_ranges[set_] = run.ranges;
  return absl::OkStatus();
}

absl::Status SetWriter::write_name(const NodeEncoder& encoder, const dns::Name& name,
                                   const node_key& key, const model::Node& node,
                                   const Holding& held) {
  encoder.encode(name, node, held.first, image_);
  if (image_.pages.size() != held.pages || image_.cells.size() != held.cells)
    return internal_error(name.text(), " was planned with ", held.pages, " nodes and ", held.cells,
                          " cells and has ", image_.pages.size(), " and ", image_.cells.size());
  if (!image_.cells.empty())
    RETURN_IF_ERROR(annotate(maps_.put_cells(set_, held.first, image_.cells), "writing cells"));
  for (std::size_t page = 0; page < image_.pages.size(); ++page) {
    nodes_.push_back(image_.pages[page]);
    nodes_.back().key = page_key(key, static_cast<unsigned>(page));
  }
  return nodes_.size() < kBatch ? absl::OkStatus() : flush();
}

absl::Status SetWriter::flush() {
  if (nodes_.empty()) return absl::OkStatus();
  absl::Status status = annotate(maps_.put_nodes(set_, nodes_), "writing nodes");
  nodes_.clear();
  return status;
}

}  // namespace signpost::datapath
