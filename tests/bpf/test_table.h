// Answer tables written by hand, as maps in memory: what the tests of the program look up in.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bpf/abi.h"
#include "bpf/counted_type.h"
#include "bpf/reasons.h"
#include "datapath/node_table.h"
#include "tests/support/guard_cells.h"
#include "tests/support/locality_cells.h"

namespace signpost::testing {

// What a variant says besides its octets.
struct VariantSpec {
  std::string octets;
  unsigned flags = VARIANT_AA;
  unsigned ancount = 1;
  unsigned nscount = 0;
  unsigned arcount = 0;
  reason outcome = REASON_ANSWERED;
  std::uint32_t counter = 0;
  std::uint32_t tail = 0;
};

// A node's own record.
struct RecordSpec {
  unsigned type = 1;
  std::uint32_t ttl = 60;
  std::string data;
  std::uint32_t counter = 0;
};

// A node; types beyond one page go to further pages. One with a record has no types.
struct NodeSpec {
  unsigned flags = 0;
  std::vector<std::pair<unsigned, answer_ref>> types = {};
  answer_ref other = ANSWER_PASS;
  answer_ref nxdomain = ANSWER_PASS;
  std::uint32_t encloser_labels = 0;
  std::optional<RecordSpec> record = {};
};

class TestTable {
 public:
  // A table for 192.0.2.53 and 2001:db8::53, port 53, with set 0 active and empty.
  TestTable();

  // The first cell of a new variant.
  std::uint32_t add_variant(const VariantSpec& spec);
  // A new ring over variants.
  answer_ref add_ring(unsigned mode, std::uint32_t id, const std::vector<std::uint32_t>& variants);
  // An answer by locality: the class of each locality, and the answer of each class.
  answer_ref add_local(const std::vector<std::uint16_t>& classes,
                       const std::vector<answer_ref>& answers);
  // A node for a name in wire form, of any case; of `view`.
  void add_node(std::string_view name, const NodeSpec& spec, std::uint16_t view = VIEW_PUBLIC);
  // The views of clients: the first address of each range, ascending from the first of all.
  using ViewRange = std::pair<view_range, std::uint16_t>;
  void set_views(const std::vector<ViewRange>& ranges);
  void remove_node(std::string_view name);

  // The look-ups of NativeFastpath.
  struct control& control() {
    return control_;
  }
  const node* find_slot(std::uint32_t set, std::uint32_t slot) const;
  const cell* find_cell(std::uint32_t set, std::uint32_t index) const;
  const locality_cell* find_locality_cell(std::uint32_t slot, std::uint32_t index) const;
  const locality_cell* find_locality_root(std::uint32_t set, std::uint32_t index) const;
  std::uint64_t* find_demand(std::uint32_t locality);
  std::uint32_t* find_cursor(std::uint32_t ring);
  std::uint64_t* find_reason_count(std::uint32_t reason);
  std::uint64_t* find_type_count(std::uint32_t index);
  std::uint64_t* find_answer_count(std::uint32_t counter);
  bucket_line* find_bucket_line(std::uint32_t line) { return guard_.find_bucket_line(line); }
  std::uint64_t* find_guard_count(std::uint32_t event) { return guard_.find_guard_count(event); }

  // Contents of set 0, to fill the kernel's maps with.
  const std::vector<node>& slots() const { return slots_; }
  const std::vector<cell>& cells() const { return cells_; }
  // The map of localities in slot 0.
  LocalityCells& localities() { return localities_; }
  // The roots of set 0: those of the map, but for entries that were set.
  std::vector<locality_cell> roots() const;
  void set_root(std::uint32_t index, std::uint32_t entry) { own_roots_[index] = entry; }

  static constexpr std::uint32_t kCursors = 64;
  static constexpr std::uint32_t kCounters = 64;
  static constexpr std::uint32_t kLocalities = 64;

 private:
  node_key key_of(std::string_view name, unsigned page, std::uint16_t view) const;
  std::uint32_t add_cells(const std::vector<cell>& cells);
  // The first cell of the classes of whole blocks of localities.
  std::uint32_t add_partition(const std::vector<std::uint16_t>& classes);

  GuardCells guard_;
  struct control control_ {};
  std::vector<node> slots_;
  datapath::NodeTable nodes_;
  std::vector<cell> cells_;
  LocalityCells localities_;
  std::map<std::uint32_t, std::uint32_t> own_roots_;
  mutable locality_cell root_cell_{};  // the one found last
  std::array<std::uint64_t, kLocalities> demand_{};
  std::array<std::uint32_t, kCursors> cursors_{};
  std::array<std::uint64_t, REASON_COUNT> reasons_{};
  std::array<std::uint64_t, TYPE_COUNTS> types_{};
  std::array<std::uint64_t, kCounters> answers_{};
};

// Views of the example table: private zone example.com in view 1 of 203.0.113.0/24 and
// 2001:db8:1::/48, with www and *.wild; view 2 of 203.0.113.7 has none.
void add_example_views(TestTable& table);

// The octets of records with the owner at offset 12.
std::string a_record(std::string_view address_octets, std::uint32_t ttl = 60);
std::string record(unsigned type, std::string_view rdata, std::uint32_t ttl = 60);

// Zone example.com, with one of everything that the program treats differently: www (A of two
// records, AAAA), api (A: a ring of 10 slots, 5/3/2), random.api and sticky.api, long (TXT of
// several cells), big (TXT beyond 512 octets), many (types on three pages), *.wild, the delegation
// sub, the DNAME dname, unheld (an answer not precomputed), void nodes above the apex and above the
// zone deep.void.example.com, and local (A by locality, see kLocalClasses).
TestTable example_table();

// Localities of the example: 198.51.100.0/24 is 1, 203.0.113.0/25 2, 203.0.113.128/25 3,
// 192.88.99.0/24 4, 192.88.100.0/30 20, 2001:db8:1::/48 5, 2001:db8:2::/128 6, 2001:db8:2::1/128
// 33; all others 0. Locality 3 is passed, 4 has a ring of 10 slots, 20 an answer of 600 octets; the
// others have one address, 10.0.0.LOCALITY. Localities up to 31 are a class each, and 33 is that
// of 17.
inline constexpr unsigned kLocalClasses = 32;

}  // namespace signpost::testing
