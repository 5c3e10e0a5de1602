// From answers to the octets that the XDP program reads: pure functions, and nothing about where
// maps live.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/abi.h"
#include "model/answer_table.h"

namespace signpost::datapath {

// Where the replies that all names of a zone share lie: one run of cells for as long as the zone is
// held, with room for any SOA that the zone may ever get, so that names can refer to it for good.
struct ZoneRun {
  std::uint32_t first = 0;
  std::uint32_t cells = 0;
  std::uint32_t soa_room = 0;  // octets that the SOA record may have

  answer_ref nodata() const { return first; }
  answer_ref nxdomain() const { return first + 1; }
  std::uint32_t soa() const { return first + 2; }
};

// The run of a zone, or null if the zone is not held.
using ZoneFinder = std::function<const ZoneRun*(model::ZoneId)>;

// Where the classes of a partition lie, once for all answers that share it.
struct PartitionRun {
  std::uint32_t first = 0;
  std::uint32_t cells = 0;
  friend bool operator==(const PartitionRun&, const PartitionRun&) = default;
};

// The run of a partition that an answer in the maps refers to: never null.
using PartitionFinder = std::function<const PartitionRun*(const model::PartitionPtr&)>;

// Where what the answers of several names share lies.
struct Places {
  ZoneFinder zones;
  PartitionFinder partitions;
};

// The run that a zone of this apex needs; `first` is left 0.
ZoneRun zone_run_for(const dns::Name& apex);

// The cells of `run`. INTERNAL if the compiler gave the zone replies that no zone can have.
absl::StatusOr<std::vector<cell>> encode_zone(const model::ZoneAnswers& zone, const ZoneRun& run);

// The cells that a partition needs, and those that hold it.
std::uint32_t partition_cells(const model::Partition& partition);
std::vector<cell> encode_partition(const model::Partition& partition);

// Why the fast path can't give this answer; empty if it can. Of an answer by locality, whether it
// can to any client: others are passed.
std::string why_passed(const model::Answer& answer, const ZoneFinder& zones);

struct NodeSize {
  std::uint32_t pages = 0;
  std::uint32_t cells = 0;
  friend bool operator==(const NodeSize&, const NodeSize&) = default;
};

// A node as it is in one set: the pages of its name, without their keys, and the one run of cells
// that holds its variants and rings.
struct NodeImage {
  std::vector<node> pages;
  std::vector<cell> cells;
};

// Encodes the nodes of one table. What it refers to must outlive it.
class NodeEncoder {
 public:
  NodeEncoder(const model::AnswerTable& table, Places places);

  // What encode() will give; asks for no partition.
  NodeSize size_of(const dns::Name& name, const model::Node& node) const;

  // Writes the image of `node` to `image`, its cells beginning at index `first`.
  void encode(const dns::Name& name, const model::Node& node, std::uint32_t first,
              NodeImage& image) const;

  // The partitions that encode() asks for, each once.
  std::vector<model::PartitionPtr> partitions_of(const dns::Name& name,
                                                 const model::Node& node) const;

 private:
  struct Entry {
    std::uint16_t type;
    const model::Answer* answer;             // null: passed
    std::optional<node_record> record = {};  // the same answer, as all that the name has
  };

  std::vector<Entry> entries_of(const dns::Name& name, const model::Node& node) const;
  bool is_apex(const dns::Name& name, const model::Node& node) const;
  bool has_answers(model::ZoneId id) const;
  std::uint32_t cells_of(const model::Answer* answer) const;
  void add_entry(const Entry& entry, node& page, std::uint32_t first, NodeImage& image) const;
  answer_ref encode_answer(const model::Answer* answer, std::uint32_t first,
                           NodeImage& image) const;
  answer_ref encode_ring(const model::Answer& answer, std::uint32_t first, NodeImage& image) const;
  // Distinct answers of the classes, those that are passed left out.
  std::vector<const model::Answer*> resident_answers(const model::AnswersByLocality& answers) const;
  answer_ref encode_local(const model::AnswersByLocality& answers, std::uint32_t first,
                          NodeImage& image) const;
  std::uint32_t soa_of(model::ZoneId tail) const;
  const model::Answer* other_of(const model::Node& node, std::size_t entries) const;
  node header_of(const model::Node& node, std::size_t entries) const;

  const model::AnswerTable& table_;
  Places places_;
};

}  // namespace signpost::datapath
