// Writing one set of maps: a whole table, or one side of a change.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "datapath/digest.h"
#include "datapath/holdings.h"
#include "datapath/image.h"
#include "datapath/table_maps.h"
#include "model/answer_table.h"

namespace signpost::datapath {

// Writes to a set that no packet reads. After a failure the set holds a part of what it should.
class SetWriter {
 public:
  SetWriter(TableMaps& maps, std::uint32_t set, const DigestKey& key);

  // Empties the set and writes everything that `table` has to the places that `held` gives it.
  absl::Status write_table(const model::AnswerTable& table, const Holdings& held);

  // Makes the set hold what `side` of a change to `held` has, with content from `table`, the table
  // of that side.
  absl::Status write_change(const model::AnswerTable& table, const Holdings& held,
                            const HoldingsChange& change, Side side);

 private:
  absl::Status write_zone(const model::ZoneAnswers& zone, const ZoneRun& run);
  absl::Status write_partition(const model::Partition& partition, const PartitionRun& run);
  absl::Status write_name(const NodeEncoder& encoder, const dns::Name& name, const node_key& key,
                          const model::Node& node, const Holding& held);
  // Also says in the control element where they are.
  absl::Status write_views(const model::ViewMap& views, const ViewRun& run);
  absl::Status remove_names(const HoldingsChange& change, Side side);
  absl::Status flush();

  TableMaps& maps_;
  std::uint32_t set_;
  DigestKey key_;
  NodeImage image_;
  std::vector<node> nodes_;  // not yet written
};

}  // namespace signpost::datapath
