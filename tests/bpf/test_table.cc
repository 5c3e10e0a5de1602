#include "tests/bpf/test_table.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "bpf/checksum.h"
#include "bpf/dns_name.h"
#include "bpf/name_digest.h"
#include "tests/support/digest_keys.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

constexpr std::uint32_t kNodes = 1024;

// A variant's cells: the octets that do not fit in the first one follow.
std::vector<cell> cells_of(const VariantSpec& spec) {
  variant first{};
  first.length = static_cast<__u16>(spec.octets.size());
  first.flags = htons(static_cast<__u16>(spec.flags));
  first.ancount = htons(static_cast<__u16>(spec.ancount));
  first.nscount = htons(static_cast<__u16>(spec.nscount));
  first.arcount = htons(static_cast<__u16>(spec.arcount));
  first.outcome = static_cast<__u16>(spec.outcome);
  first.counter = spec.counter;
  first.tail = spec.tail;
  first.sum = checksum_partial(reinterpret_cast<const __u8*>(spec.octets.data()),
                               static_cast<__u32>(spec.octets.size()));
  const std::size_t head = std::min<std::size_t>(spec.octets.size(), VARIANT_FIRST_OCTETS);
  std::memcpy(first.octets, spec.octets.data(), head);
  std::vector<cell> cells(1);
  std::memcpy(&cells[0], &first, sizeof(first));
  for (std::size_t at = head; at < spec.octets.size(); at += CELL_OCTETS) {
    cell next{};
    std::memcpy(next.octets, spec.octets.data() + at,
                std::min<std::size_t>(CELL_OCTETS, spec.octets.size() - at));
    cells.push_back(next);
  }
  return cells;
}

answer_ref add(TestTable& table, const std::string& octets, unsigned ancount = 1,
               std::uint32_t counter = 0) {
  VariantSpec spec;
  spec.octets = octets;
  spec.ancount = ancount;
  spec.counter = counter;
  return table.add_variant(spec);
}

// The zone's negative answers: no octets of their own, and the SOA as their tail.
struct Negatives {
  answer_ref nodata;
  answer_ref nxdomain;
};

void put_record(node& page, const RecordSpec& spec) {
  const std::string octets = record(spec.type, spec.data, spec.ttl);
  page.flags |= NODE_RECORD;
  page.type_count = 1;
  page.record = {};
  page.record.type = static_cast<__u16>(spec.type);
  page.record.length = static_cast<__u16>(spec.data.size());
  page.record.ttl = __builtin_bswap32(spec.ttl);
  page.record.sum = static_cast<__u16>(checksum_partial(
      reinterpret_cast<const __u8*>(octets.data()), static_cast<__u32>(octets.size())));
  page.record.counter = spec.counter;
  std::memcpy(page.record.data, spec.data.data(), spec.data.size());
}

Negatives add_negatives(TestTable& table) {
  VariantSpec soa;
  soa.octets = wire_name("example.com") + octets_16(6) + octets_16(1) + octets_32(300);
  const std::string rdata = wire_name("ns1.example.com") + wire_name("hostmaster.example.com") +
                            octets_32(7) + octets_32(7200) + octets_32(900) + octets_32(1209600) +
                            octets_32(300);
  soa.octets += octets_16(static_cast<unsigned>(rdata.size())) + rdata;
  VariantSpec negative;
  negative.tail = table.add_variant(soa);
  negative.ancount = 0;
  negative.nscount = 1;
  negative.outcome = REASON_NODATA;
  const answer_ref nodata = table.add_variant(negative);
  negative.outcome = REASON_NXDOMAIN;
  negative.flags = VARIANT_AA | 3;
  return {nodata, table.add_variant(negative)};
}

std::string txt_octets(std::size_t strings) {
  std::string rdata;
  for (std::size_t i = 0; i < strings; i++)
    rdata += '\x3f' + std::string(63, static_cast<char>('a' + i % 26));
  return record(16, rdata);
}

void add_localities(LocalityCells& localities) {
  localities.add(std::string("\xc6\x33\x64\x00", 4), 24, 1);
  localities.add(std::string("\xcb\x00\x71\x00", 4), 25, 2);
  localities.add(std::string("\xcb\x00\x71\x80", 4), 25, 3);
  localities.add(std::string("\xc0\x58\x63\x00", 4), 24, 4);
  localities.add(std::string("\xc0\x58\x64\x00", 4), 30, 20);
  const std::string documentation("\x20\x01\x0d\xb8\x00", 5);
  localities.add(documentation + '\1' + std::string(10, '\0'), 48, 5);
  localities.add(documentation + '\2' + std::string(10, '\0'), 128, 6);
  localities.add(documentation + '\2' + std::string(9, '\0') + '\1', 128, 33);
}

// The answer by locality of the example; `ring` is that of locality 4.
answer_ref add_local(TestTable& table, answer_ref ring) {
  std::vector<answer_ref> answers;
  for (unsigned i = 0; i < kLocalClasses; ++i) {
    const std::string address = std::string("\x0a\0\0", 3) + static_cast<char>(i);
    answers.push_back(add(table, a_record(address)));
  }
  answers[3] = ANSWER_PASS;
  answers[4] = ring;
  answers[20] = add(table, txt_octets(9));
  std::vector<std::uint16_t> classes(TestTable::kLocalities);
  for (unsigned i = 0; i < kLocalClasses; ++i) classes[i] = static_cast<std::uint16_t>(i);
  classes[33] = 17;
  return table.add_local(classes, answers);
}

}  // namespace

TestTable::TestTable() : slots_(datapath::node_slots_for(kNodes)), nodes_(slots_), cells_(1) {
  control_.node_homes = datapath::node_homes_for(kNodes);
  control_.layout_version = SIGNPOST_LAYOUT_VERSION;
  for (guard& each : control_.guards) each.bucket_mask = GuardCells::kLines - 1;
  control_.table_generation[0] = 1;
  control_.key = digest_key_of(1);
  control_.port = 53;
  control_.listen_count = 2;
  std::memcpy(control_.listen[0].octets, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x35", 16);
  std::memcpy(control_.listen[1].octets, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x53", 16);
}

std::uint32_t TestTable::add_cells(const std::vector<cell>& cells) {
  const auto first = static_cast<std::uint32_t>(cells_.size());
  cells_.insert(cells_.end(), cells.begin(), cells.end());
  return first;
}

std::uint32_t TestTable::add_variant(const VariantSpec& spec) { return add_cells(cells_of(spec)); }

answer_ref TestTable::add_ring(unsigned mode, std::uint32_t id,
                               const std::vector<std::uint32_t>& variants) {
  ring first{};
  first.slots = static_cast<__u16>(variants.size());
  first.mode = static_cast<__u8>(mode);
  first.id = id;
  const std::size_t head = std::min<std::size_t>(variants.size(), RING_FIRST_SLOTS);
  std::copy_n(variants.begin(), head, first.variants);
  std::vector<cell> cells(1);
  std::memcpy(&cells[0], &first, sizeof(first));
  for (std::size_t at = head; at < variants.size(); at += RING_SLOTS_A_CELL) {
    cell next{};
    std::memcpy(next.octets, &variants[at],
                4 * std::min<std::size_t>(RING_SLOTS_A_CELL, variants.size() - at));
    cells.push_back(next);
  }
  return ANSWER_RING << ANSWER_KIND_SHIFT | add_cells(cells);
}

std::uint32_t TestTable::add_partition(const std::vector<std::uint16_t>& classes) {
  const std::size_t blocks = classes.size() / CLASSES_A_BLOCK;
  std::vector<cell> cells((blocks + BLOCKS_A_CELL - 1) / BLOCKS_A_CELL);
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::uint16_t* of_block = &classes[block * CLASSES_A_BLOCK];
    __u32 entry = BLOCK_UNIFORM | *of_block;
    if (std::adjacent_find(of_block, of_block + CLASSES_A_BLOCK, std::not_equal_to<>()) !=
        of_block + CLASSES_A_BLOCK) {
      entry = static_cast<__u32>(cells.size());
      std::memcpy(cells.emplace_back().octets, of_block, CELL_OCTETS);
    }
    std::memcpy(cells[block / BLOCKS_A_CELL].octets + block % BLOCKS_A_CELL * 4, &entry, 4);
  }
  return add_cells(cells);
}

answer_ref TestTable::add_local(const std::vector<std::uint16_t>& classes,
                                const std::vector<answer_ref>& answers) {
  local first{};
  first.partition = add_partition(classes);
  first.classes = static_cast<__u32>(answers.size());
  const std::size_t head = std::min<std::size_t>(answers.size(), LOCAL_FIRST_ANSWERS);
  std::copy_n(answers.begin(), head, first.answers);
  std::vector<cell> cells(1);
  std::memcpy(&cells[0], &first, sizeof(first));
  for (std::size_t at = head; at < answers.size(); at += LOCAL_ANSWERS_A_CELL) {
    cell next{};
    std::memcpy(next.octets, &answers[at],
                4 * std::min<std::size_t>(LOCAL_ANSWERS_A_CELL, answers.size() - at));
    cells.push_back(next);
  }
  return ANSWER_LOCAL << ANSWER_KIND_SHIFT | add_cells(cells);
}

void TestTable::set_views(const std::vector<ViewRange>& ranges) {
  const auto count = static_cast<std::uint32_t>(ranges.size());
  const std::uint32_t range_cells = view_range_cells(count);
  std::vector<cell> cells(range_cells + (count + VIEWS_A_CELL - 1) / VIEWS_A_CELL);
  auto* const octets = reinterpret_cast<unsigned char*>(cells.data());
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    std::memcpy(octets + i * sizeof(view_range), &ranges[i].first, sizeof(view_range));
    std::memcpy(octets + range_cells * CELL_OCTETS + i * 2, &ranges[i].second, 2);
  }
  control_.view_cells[0] = add_cells(cells);
  control_.view_ranges[0] = count;
}

node_key TestTable::key_of(std::string_view name, unsigned page, std::uint16_t view) const {
  alignas(8) std::array<__u8, NAME_OCTETS_MAX + 1> wire{}, folded{};
  std::copy(name.begin(), name.end(), wire.begin());
  const auto length = static_cast<__u32>(name.size());
  name_fold(wire.data(), length, folded.data());
  node_key key{};
  name_digest(folded.data(), length, &control_.key, key.digest);
  key.view = view;
  key.page = static_cast<__u16>(page);
  return key;
}

void TestTable::add_node(std::string_view name, const NodeSpec& spec, std::uint16_t view) {
  node page{};
  page.flags = static_cast<__u16>(spec.flags);
  page.pages = static_cast<__u8>(
      std::max<std::size_t>(1, (spec.types.size() + NODE_TYPES - 1) / NODE_TYPES));
  page.other = spec.other;
  if (spec.flags & NODE_VOID)
    page.encloser_labels = spec.encloser_labels;
  else
    page.nxdomain = spec.nxdomain;
  for (unsigned number = 0; number < page.pages; number++) {
    const std::size_t first = number * NODE_TYPES;
    page.type_count =
        static_cast<__u8>(std::min<std::size_t>(NODE_TYPES, spec.types.size() - first));
    for (unsigned i = 0; i < NODE_TYPES; i++) {
      const bool used = i < page.type_count;
      page.types[i] = used ? static_cast<__u16>(spec.types[first + i].first) : __u16{0};
      page.answers[i] = used ? spec.types[first + i].second : ANSWER_PASS;
    }
    if (spec.record) put_record(page, *spec.record);
    page.key = key_of(name, number, view);
    if (!nodes_.put(page).ok()) std::abort();
  }
}

void TestTable::remove_node(std::string_view name) { nodes_.erase(key_of(name, 0, VIEW_PUBLIC)); }

const node* TestTable::find_slot(std::uint32_t set, std::uint32_t slot) const {
  return set != 0 || slot >= slots_.size() ? nullptr : &slots_[slot];
}

const cell* TestTable::find_cell(std::uint32_t set, std::uint32_t index) const {
  return set != 0 || index >= cells_.size() ? nullptr : &cells_[index];
}

std::vector<locality_cell> TestTable::roots() const {
  const std::vector<locality_cell>& cells = localities_.cells();
  std::vector<locality_cell> roots(cells.begin(), cells.begin() + LOCALITY_SET_CELLS);
  for (const auto& [index, entry] : own_roots_)
    roots[index / LOCALITY_CELL_ENTRIES].entries[index % LOCALITY_CELL_ENTRIES] = entry;
  return roots;
}

const locality_cell* TestTable::find_locality_root(std::uint32_t set, std::uint32_t index) const {
  if (set != 0 || index >= LOCALITY_SET_CELLS) return nullptr;
  root_cell_ = localities_.cells()[index];
  for (auto own = own_roots_.lower_bound(index * LOCALITY_CELL_ENTRIES);
       own != own_roots_.end() && own->first / LOCALITY_CELL_ENTRIES == index; ++own)
    root_cell_.entries[own->first % LOCALITY_CELL_ENTRIES] = own->second;
  return &root_cell_;
}

const locality_cell* TestTable::find_locality_cell(std::uint32_t slot, std::uint32_t index) const {
  return slot != 0 || index >= localities_.cells().size() ? nullptr : &localities_.cells()[index];
}

std::uint64_t* TestTable::find_demand(std::uint32_t locality) {
  return locality < demand_.size() ? &demand_[locality] : nullptr;
}

std::uint32_t* TestTable::find_cursor(std::uint32_t ring) {
  return ring < cursors_.size() ? &cursors_[ring] : nullptr;
}

std::uint64_t* TestTable::find_reason_count(std::uint32_t reason) {
  return reason < reasons_.size() ? &reasons_[reason] : nullptr;
}

std::uint64_t* TestTable::find_type_count(std::uint32_t index) {
  return index < types_.size() ? &types_[index] : nullptr;
}

std::uint64_t* TestTable::find_answer_count(std::uint32_t counter) {
  return counter < answers_.size() ? &answers_[counter] : nullptr;
}

std::string record(unsigned type, std::string_view rdata, std::uint32_t ttl) {
  return "\xc0\x0c" + octets_16(type) + octets_16(1) + octets_32(ttl) +
         octets_16(static_cast<unsigned>(rdata.size())) + std::string(rdata);
}

std::string a_record(std::string_view address_octets, std::uint32_t ttl) {
  return record(1, address_octets, ttl);
}

TestTable example_table() {
  TestTable table;
  const auto [nodata, nxdomain] = add_negatives(table);
  NodeSpec plain;
  plain.other = nodata;
  plain.nxdomain = nxdomain;
  const auto with = [&plain](std::vector<std::pair<unsigned, answer_ref>> types) {
    NodeSpec spec = plain;
    spec.types = std::move(types);
    return spec;
  };

  NodeSpec nothing;
  nothing.flags = NODE_VOID;
  nothing.encloser_labels = ENCLOSER_NONE;
  table.add_node(wire_name("."), nothing);
  table.add_node(wire_name("com"), nothing);
  table.add_node(wire_name("example.com"), plain);

  table.add_node(wire_name("www.example.com"),
                 with({{1, add(table, a_record(std::string("\xc0\x00\x02\x01", 4)), 1, 1)},
                       {28, add(table, record(28, std::string(16, '\x20')), 1, 2)}}));
  const answer_ref primary = add(table, a_record("\x01\x02\x03\x04"), 1, 3);
  const answer_ref secondary = add(table, a_record("\x05\x06\x07\x08"), 1, 4);
  const answer_ref tertiary = add(table, a_record("\x09\x0a\x0b\x0c"), 1, 5);
  std::vector<std::uint32_t> slots(5, primary);
  slots.insert(slots.end(), 3, secondary);
  slots.insert(slots.end(), 2, tertiary);
  table.add_node(wire_name("api.example.com"), with({{1, table.add_ring(RING_EXACT, 1, slots)}}));
  add_localities(table.localities());
  table.add_node(wire_name("local.example.com"),
                 with({{1, add_local(table, table.add_ring(RING_EXACT, 5, slots))}}));
  std::vector<std::uint32_t> hundred;
  for (int i = 0; i < 100; i++)
    hundred.push_back(slots[static_cast<std::size_t>(i) % slots.size()]);
  table.add_node(wire_name("hundred.example.com"),
                 with({{1, table.add_ring(RING_EXACT, 2, hundred)}}));
  table.add_node(wire_name("random.api.example.com"),
                 with({{1, table.add_ring(RING_RANDOM, 3, hundred)}}));
  table.add_node(wire_name("sticky.api.example.com"),
                 with({{1, table.add_ring(RING_STICKY, 4, hundred)}}));
  table.add_node(wire_name("long.example.com"), with({{16, add(table, txt_octets(5))}}));
  table.add_node(wire_name("big.example.com"), with({{16, add(table, txt_octets(18))}}));

  std::vector<std::pair<unsigned, answer_ref>> many;
  for (unsigned type = 1; type <= 14; type++)
    many.emplace_back(type, add(table, record(type, std::string(type, 'x'))));
  table.add_node(wire_name("many.example.com"), with(many));

  NodeSpec wild = plain;
  wild.flags = NODE_WILDCARD;
  table.add_node(wire_name("wild.example.com"), wild);
  table.add_node(wire_name("*.wild.example.com"),
                 with({{1, add(table, a_record(std::string("\xc0\x00\x02\x2a", 4)))}}));
  table.add_node(wire_name("ent.wild.example.com"), plain);
  table.add_node(wire_name("below.ent.wild.example.com"), plain);

  NodeSpec cut;
  cut.flags = NODE_CUT;
  table.add_node(wire_name("sub.example.com"), cut);
  NodeSpec dname = with({{39, add(table, record(39, wire_name("example.net")))}});
  dname.flags = NODE_DNAME;
  table.add_node(wire_name("dname.example.com"), dname);
  table.add_node(wire_name("unheld.example.com"), with({{1, ANSWER_PASS}}));

  NodeSpec redirected;
  redirected.flags = NODE_VOID;
  redirected.encloser_labels = 2;
  table.add_node(wire_name("void.example.com"), redirected);
  table.add_node(wire_name("deep.void.example.com"), plain);
  return table;
}

void add_example_views(TestTable& table) {
  constexpr std::uint64_t kIpv4 = 0xffff00000000;
  table.set_views({{{0, 0}, VIEW_PUBLIC},
                   {{0, kIpv4 | 0xcb007100}, 1},
                   {{0, kIpv4 | 0xcb007107}, 2},
                   {{0, kIpv4 | 0xcb007108}, 1},
                   {{0, kIpv4 | 0xcb007200}, VIEW_PUBLIC},
                   {{0x20010db800010000, 0}, 1},
                   {{0x20010db800020000, 0}, VIEW_PUBLIC}});
  const auto [nodata, nxdomain] = add_negatives(table);
  NodeSpec plain;
  plain.other = nodata;
  plain.nxdomain = nxdomain;
  NodeSpec nothing;
  nothing.flags = NODE_VOID;
  nothing.encloser_labels = ENCLOSER_NONE;
  table.add_node(wire_name("."), nothing, 1);
  table.add_node(wire_name("com"), nothing, 1);
  table.add_node(wire_name("example.com"), plain, 1);
  NodeSpec www = plain;
  www.types = {{1, add(table, a_record(std::string("\x0a\0\0\x09", 4)))}};
  table.add_node(wire_name("www.example.com"), www, 1);
  NodeSpec wild = plain;
  wild.flags = NODE_WILDCARD;
  table.add_node(wire_name("wild.example.com"), wild, 1);
  table.add_node(wire_name("*.wild.example.com"), www, 1);
}

}  // namespace signpost::testing
