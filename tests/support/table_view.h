// What a set of maps says about a name, put together as the fast path does it, and what it should
// say.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "bpf/abi.h"
#include "datapath/digest.h"
#include "dns/name.h"
#include "model/answer_table.h"
#include "tests/support/memory_maps.h"

namespace signpost::testing {

// One set of maps, and how to look up in it.
struct TableView {
  std::function<std::optional<node>(const node_key&)> find_node;
  std::function<std::optional<cell>(std::uint32_t)> find_cell;
  datapath::DigestKey key{};
  std::size_t localities = 1;  // of the table that the set should hold
};

TableView view_of(MemoryMaps& maps, std::uint32_t set, const model::AnswerTable& table);

struct Reply {
  std::string octets;  // with the tail's
  std::uint16_t flags = 0;
  std::uint16_t ancount = 0;
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;
  std::uint16_t outcome = 0;
  std::uint32_t counter = 0;
  friend bool operator==(const Reply&, const Reply&) = default;
};

// What a type of a name gives; passed if there are neither replies nor classes.
struct Given {
  std::optional<int> ring_mode;  // nothing: no ring
  std::uint32_t ring_id = 0;
  std::vector<Reply> replies;  // by slot
  // Of an answer by locality: the class of each locality, and what each class gives.
  std::vector<std::uint16_t> classes;
  std::vector<Given> by_class;
  friend bool operator==(const Given&, const Given&) = default;
};

struct NameReading {
  std::uint16_t flags = 0;
  std::uint32_t encloser_labels = 0;
  std::map<std::uint16_t, Given> types;
  Given other;
  Given nxdomain;
  friend bool operator==(const NameReading&, const NameReading&) = default;
};

std::ostream& operator<<(std::ostream& out, const NameReading& reading);

// Nothing if the name has no node. Adds a test failure if pages, sums or indices are inconsistent.
std::optional<NameReading> read_name(const TableView& view, const dns::Name& name);

// What read_name() must give where `table` is published; worked out from the model alone.
std::optional<NameReading> expected_reading(const model::AnswerTable& table, const dns::Name& name);

}  // namespace signpost::testing
