#include "datapath/image.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/status.h"
#include "bpf/checksum.h"
#include "bpf/reasons.h"

namespace signpost::datapath {
namespace {

constexpr std::size_t kTypesMax = NODE_PAGES_MAX * NODE_TYPES;

// TYPE, CLASS, TTL, RDLENGTH; MNAME, RNAME and five numbers (RFC 1035 sections 3.2.1 and 3.3.13).
constexpr std::size_t kSoaBesidesOwner = 10 + 2 * NAME_OCTETS_MAX + 20;

std::uint32_t cells_for(std::size_t total, std::size_t in_first, std::size_t in_others) {
  if (total <= in_first) return 1;
  return static_cast<std::uint32_t>(1 + (total - in_first + in_others - 1) / in_others);
}

std::uint32_t variant_cells(std::size_t octets) {
  return cells_for(octets, VARIANT_FIRST_OCTETS, CELL_OCTETS);
}

std::uint32_t ring_cells(std::size_t slots) {
  return cells_for(slots, RING_FIRST_SLOTS, RING_SLOTS_A_CELL);
}

std::uint32_t local_cells(std::size_t classes) {
  return cells_for(classes, LOCAL_FIRST_ANSWERS, LOCAL_ANSWERS_A_CELL);
}

std::uint16_t reason_of(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::kNodata:
      return REASON_NODATA;
    case model::Outcome::kNxdomain:
      return REASON_NXDOMAIN;
    default:
      return REASON_ANSWERED;
  }
}

std::uint8_t mode_of(model::RingMode mode) {
  switch (mode) {
    case model::RingMode::kRandom:
      return RING_RANDOM;
    case model::RingMode::kSticky:
      return RING_STICKY;
    case model::RingMode::kExact:
      break;
  }
  return RING_EXACT;
}

// Appends the cells of a structure that fills a whole first cell, and of what goes on after it.
void append_cells(const void* first, std::string_view rest, std::vector<cell>& cells) {
  const std::size_t at = cells.size();
  cells.resize(at + 1 + (rest.size() + CELL_OCTETS - 1) / CELL_OCTETS);
  std::memcpy(cells[at].octets, first, CELL_OCTETS);
  if (!rest.empty()) std::memcpy(cells[at + 1].octets, rest.data(), rest.size());
}

std::uint32_t sum_of(std::string_view octets) {
  return checksum_partial(reinterpret_cast<const __u8*>(octets.data()),
                          static_cast<__u32>(octets.size()));
}

// The first cell of a variant with these octets, of which those that it has no room for are left.
variant first_cell_of(variant head, std::string_view octets) {
  head.length = static_cast<__u16>(octets.size());
  head.sum = sum_of(octets);
  const std::size_t in_first = std::min<std::size_t>(octets.size(), VARIANT_FIRST_OCTETS);
  std::memcpy(head.octets, octets.data(), in_first);
  return head;
}

variant first_cell_of(const model::Variant& from, std::uint32_t tail) {
  variant head{};
  head.flags = htons(static_cast<__u16>((from.rcode & VARIANT_RCODE_MASK) |
                                        (from.authoritative ? VARIANT_AA : 0)));
  head.ancount = htons(from.ancount);
  head.nscount = htons(from.nscount);
  head.arcount = htons(from.arcount);
  head.outcome = reason_of(from.outcome);
  head.counter = from.counter;
  head.tail = tail;
  return first_cell_of(head, from.octets);
}

void append_variant(const variant& first, std::string_view octets, std::vector<cell>& cells) {
  const std::size_t in_first = std::min<std::size_t>(octets.size(), VARIANT_FIRST_OCTETS);
  append_cells(&first, octets.substr(in_first), cells);
}

void append_variant(const model::Variant& from, std::uint32_t tail, std::vector<cell>& cells) {
  append_variant(first_cell_of(from, tail), from.octets, cells);
}

// The first cell of an answer by locality, and those that follow, with all answers passed.
void append_local(std::uint32_t partition, std::size_t classes, std::vector<cell>& cells) {
  local head{};
  head.partition = partition;
  head.classes = static_cast<__u32>(classes);
  append_cells(&head, {}, cells);
  cells.resize(cells.size() + local_cells(classes) - 1);
}

// Sets the answer of a class in the cells of an answer by locality, which begin at index `at`.
void set_class(std::vector<cell>& cells, std::size_t at, std::size_t of_class, answer_ref answer) {
  const std::size_t place = of_class + CELL_OCTETS / sizeof(answer_ref) - LOCAL_FIRST_ANSWERS;
  std::memcpy(cells[at].octets + place * sizeof(answer_ref), &answer, sizeof(answer));
}

void append_ring(const model::Answer& answer, const std::vector<std::uint32_t>& variants,
                 std::vector<cell>& cells) {
  const std::size_t slots = answer.slots().size();
  std::vector<std::uint32_t> indices(slots);
  for (std::size_t i = 0; i < slots; ++i) indices[i] = variants[answer.slots()[i]];
  ring head{};
  head.slots = static_cast<__u16>(slots);
  head.mode = mode_of(answer.ring->mode);
  head.id = answer.ring->id;
  const std::size_t in_first = std::min<std::size_t>(slots, RING_FIRST_SLOTS);
  std::copy_n(indices.begin(), in_first, head.variants);
  const std::string_view rest(reinterpret_cast<const char*>(indices.data() + in_first),
                              (slots - in_first) * sizeof(std::uint32_t));
  append_cells(&head, rest, cells);
}

// Whether slots choose among the variants; else the first one always answers.
bool is_ring(const model::Answer& answer) { return answer.variants.size() > 1 && answer.ring; }

std::string why_passed(const model::Variant& variant, const ZoneFinder& zones) {
  if (variant.outcome == model::Outcome::kServfail) return "SERVFAIL is left to the slow path";
  if (variant.outcome == model::Outcome::kReferral) return "referrals are left to the slow path";
  if (variant.rcode > VARIANT_RCODE_MASK) return "an extended RCODE is left to the slow path";
  std::size_t octets = variant.octets.size();
  if (variant.tail != 0) {
    const ZoneRun* zone = zones(variant.tail);
    if (zone == nullptr) return "the zone of its SOA is not held";
    // The room, not the SOA of today: what is resident doesn't depend on later changes of the SOA.
    octets += zone->soa_room;
  }
  if (octets > VARIANT_OCTETS_MAX)
    return absl::StrCat("a reply of up to ", octets, " octets after the question exceeds the ",
                        VARIANT_OCTETS_MAX, " that the fast path can send");
  return {};
}

// Why no client can have an answer by locality from the fast path.
std::string why_passed(const model::AnswersByLocality& local, const ZoneFinder& zones) {
  if (!local.partition || local.partition->classes.empty() || local.answers.empty() ||
      local.answers.size() != local.partition->count)
    return "its localities and its answers do not fit together";
  const auto is_missing = [](const model::AnswerPtr& answer) {
    return !answer || answer->by_locality;
  };
  if (std::any_of(local.answers.begin(), local.answers.end(), is_missing))
    return "a class of localities has no answer of its own";
  std::string why;
  for (const model::AnswerPtr& answer : local.answers) {
    why = datapath::why_passed(*answer, zones);
    if (why.empty()) break;
  }
  return why;
}

}  // namespace

namespace {

using Classes = std::span<const std::uint16_t>;

std::size_t block_count(const model::Partition& partition) {
  return (partition.classes.size() + CLASSES_A_BLOCK - 1) / CLASSES_A_BLOCK;
}

// The cells of the blocks' entries, with which a partition begins.
std::size_t entry_cells(const model::Partition& partition) {
  return (block_count(partition) + BLOCKS_A_CELL - 1) / BLOCKS_A_CELL;
}

Classes block_of(const model::Partition& partition, std::size_t block) {
  const Classes from = Classes(partition.classes).subspan(block * CLASSES_A_BLOCK);
  return from.first(std::min<std::size_t>(from.size(), CLASSES_A_BLOCK));
}

bool is_uniform(Classes classes) {
  return std::all_of(classes.begin(), classes.end(),
                     [&](std::uint16_t other) { return other == classes.front(); });
}

}  // namespace

std::uint32_t partition_cells(const model::Partition& partition) {
  std::size_t cells = entry_cells(partition);
  for (std::size_t block = 0; block < block_count(partition); ++block)
    cells += is_uniform(block_of(partition, block)) ? 0 : 1;
  return static_cast<std::uint32_t>(cells);
}

std::vector<cell> encode_partition(const model::Partition& partition) {
  std::vector<cell> cells(entry_cells(partition));
  for (std::size_t block = 0; block < block_count(partition); ++block) {
    const Classes classes = block_of(partition, block);
    auto entry = static_cast<std::uint32_t>(cells.size());
    if (is_uniform(classes)) {
      entry = BLOCK_UNIFORM | classes.front();
    } else {
      std::memcpy(cells.emplace_back().octets, classes.data(), classes.size_bytes());
    }
    std::memcpy(cells[block / BLOCKS_A_CELL].octets + block % BLOCKS_A_CELL * sizeof(entry), &entry,
                sizeof(entry));
  }
  return cells;
}

ZoneRun zone_run_for(const dns::Name& apex) {
  ZoneRun run;
  run.soa_room = static_cast<std::uint32_t>(apex.wire().size() + kSoaBesidesOwner);
  run.cells = 2 + variant_cells(run.soa_room);
  return run;
}

absl::StatusOr<std::vector<cell>> encode_zone(const model::ZoneAnswers& zone, const ZoneRun& run) {
  if (zone.soa.size() > run.soa_room)
    return internal_error("zone ", zone.apex.text(), ": an SOA record of ", zone.soa.size(),
                          " octets, where ", run.soa_room, " are possible");
  std::vector<cell> cells;
  for (const model::Variant* negative : {&zone.nodata, &zone.nxdomain}) {
    if (negative->octets.size() > VARIANT_FIRST_OCTETS)
      return internal_error("zone ", zone.apex.text(), ": a negative reply with octets of its own");
    append_variant(*negative, negative->tail == 0 ? 0 : run.soa(), cells);
  }
  append_variant(first_cell_of(variant{}, zone.soa), zone.soa, cells);
  cells.resize(run.cells);
  return cells;
}

std::string why_passed(const model::Answer& answer, const ZoneFinder& zones) {
  if (answer.by_locality) return why_passed(*answer.by_locality, zones);
  if (answer.variants.empty()) return "it has no variant";
  if (!is_ring(answer)) return why_passed(answer.variants.front(), zones);
  if (answer.slots().size() > RING_SLOTS_MAX)
    return absl::StrCat("a ring of ", answer.slots().size(), " slots exceeds ", RING_SLOTS_MAX);
  const auto names_none = [&](std::uint16_t slot) { return slot >= answer.variants.size(); };
  if (std::ranges::any_of(answer.slots(), names_none)) return "a slot of its ring names no variant";
  for (const model::Variant& variant : answer.variants) {
    if (std::string why = why_passed(variant, zones); !why.empty()) return why;
  }
  return {};
}

namespace {

constexpr std::size_t kTtlOffset = 6;  // in a record whose owner is a pointer

// The start of a record of class IN at QNAME: a pointer to it, the type and the class.
std::string record_start(std::uint16_t type) {
  return {'\xc0', '\x0c', static_cast<char>(type >> 8), static_cast<char>(type), '\0', '\1'};
}

// The answer as the one record of a node, if it is such a record.
std::optional<node_record> record_of(std::uint16_t type, const model::Answer& answer) {
  if (answer.by_locality || is_ring(answer)) return std::nullopt;
  const model::Variant& only = answer.variants.front();
  const bool plain = only.outcome == model::Outcome::kAnswer && only.rcode == 0 &&
                     only.authoritative && only.tail == 0;
  const bool one_record = only.ancount == 1 && only.nscount == 0 && only.arcount == 0;
  const std::string_view octets = only.octets;
  if (!plain || !one_record || octets.size() < NODE_RECORD_HEAD_OCTETS ||
      octets.size() > NODE_RECORD_HEAD_OCTETS + NODE_RECORD_OCTETS ||
      !octets.starts_with(record_start(type)))
    return std::nullopt;
  node_record record{};
  record.type = type;
  record.length = static_cast<__u16>(octets.size() - NODE_RECORD_HEAD_OCTETS);
  std::memcpy(&record.ttl, octets.data() + kTtlOffset, sizeof(record.ttl));
  std::memcpy(record.data, octets.data() + NODE_RECORD_HEAD_OCTETS, record.length);
  record.sum = static_cast<__u16>(sum_of(octets));
  record.counter = only.counter;
  return record;
}

}  // namespace

NodeEncoder::NodeEncoder(const model::AnswerTable& table, Places places)
    : table_(table), places_(std::move(places)) {}

bool NodeEncoder::is_apex(const dns::Name& name, const model::Node& node) const {
  const model::ZoneAnswersPtr* zone = table_.zone_answers.find(node.zone);
  return zone != nullptr && (*zone)->apex == name;
}

// Whether the zone has records; without, its SERVFAIL is left to the slow path.
bool NodeEncoder::has_answers(model::ZoneId id) const {
  const model::ZoneAnswersPtr* zone = table_.zone_answers.find(id);
  return zone != nullptr && (*zone)->nodata.outcome != model::Outcome::kServfail;
}

// The types of the node in ascending order. DS at an apex belongs to the zone above (RFC 4035
// section 3.1.4.1), which only the slow path looks for.
std::vector<NodeEncoder::Entry> NodeEncoder::entries_of(const dns::Name& name,
                                                        const model::Node& node) const {
  constexpr auto kDs = static_cast<std::uint16_t>(dns::RRType::kDs);
  std::vector<Entry> entries;
  if (node.is_zone_cut || node.is_void) return entries;
  entries.reserve(node.types.size() + 1);
  const bool pass_ds = is_apex(name, node);
  for (const auto& [type, answer] : node.types) {
    const auto number = static_cast<std::uint16_t>(type);
    if (pass_ds && number == kDs) continue;
    const bool resident = answer && why_passed(*answer, places_.zones).empty();
    entries.push_back({number, resident ? answer.get() : nullptr});
  }
  if (pass_ds) {
    auto at = std::find_if(entries.begin(), entries.end(),
                           [](const Entry& entry) { return entry.type > kDs; });
    entries.insert(at, {kDs, nullptr});
  }
  if (entries.size() > kTypesMax) entries.resize(kTypesMax);
  if (entries.size() == 1 && entries.front().answer != nullptr)
    entries.front().record = record_of(entries.front().type, *entries.front().answer);
  return entries;
}

std::uint32_t NodeEncoder::cells_of(const model::Answer* answer) const {
  if (answer == nullptr) return 0;
  if (answer->by_locality) {
    std::uint32_t cells = local_cells(answer->by_locality->answers.size());
    for (const model::Answer* resident : resident_answers(*answer->by_locality))
      cells += cells_of(resident);
    return cells;
  }
  if (!is_ring(*answer)) return variant_cells(answer->variants.front().octets.size());
  std::uint32_t cells = ring_cells(answer->slots().size());
  for (const model::Variant& variant : answer->variants)
    cells += variant_cells(variant.octets.size());
  return cells;
}

NodeSize NodeEncoder::size_of(const dns::Name& name, const model::Node& node) const {
  const std::vector<Entry> entries = entries_of(name, node);
  NodeSize size;
  size.pages = std::max<std::uint32_t>(
      1, static_cast<std::uint32_t>((entries.size() + NODE_TYPES - 1) / NODE_TYPES));
  for (const Entry& entry : entries) size.cells += entry.record ? 0 : cells_of(entry.answer);
  size.cells += cells_of(other_of(node, entries.size()));
  return size;
}

std::vector<const model::Answer*> NodeEncoder::resident_answers(
    const model::AnswersByLocality& answers) const {
  std::vector<const model::Answer*> resident;
  absl::flat_hash_set<const model::Answer*> seen;
  for (const model::AnswerPtr& answer : answers.answers) {
    if (seen.insert(answer.get()).second && why_passed(*answer, places_.zones).empty())
      resident.push_back(answer.get());
  }
  return resident;
}

// Appends what `answer` needs to the image whose first cell is `first`.
answer_ref NodeEncoder::encode_answer(const model::Answer* answer, std::uint32_t first,
                                      NodeImage& image) const {
  if (answer == nullptr) return ANSWER_PASS;
  if (answer->by_locality) return encode_local(*answer->by_locality, first, image);
  if (is_ring(*answer)) return encode_ring(*answer, first, image);
  const std::uint32_t at = first + static_cast<std::uint32_t>(image.cells.size());
  const model::Variant& only = answer->variants.front();
  append_variant(only, soa_of(only.tail), image.cells);
  return ANSWER_VARIANT << ANSWER_KIND_SHIFT | at;
}

// A ring, and behind it its variants.
answer_ref NodeEncoder::encode_ring(const model::Answer& answer, std::uint32_t first,
                                    NodeImage& image) const {
  const std::uint32_t at = first + static_cast<std::uint32_t>(image.cells.size());
  std::vector<std::uint32_t> variants;
  std::uint32_t next = at + ring_cells(answer.slots().size());
  for (const model::Variant& variant : answer.variants) {
    variants.push_back(next);
    next += variant_cells(variant.octets.size());
  }
  append_ring(answer, variants, image.cells);
  for (const model::Variant& variant : answer.variants)
    append_variant(variant, soa_of(variant.tail), image.cells);
  return ANSWER_RING << ANSWER_KIND_SHIFT | at;
}

// The answers of the classes behind their list; several classes may share one.
answer_ref NodeEncoder::encode_local(const model::AnswersByLocality& answers, std::uint32_t first,
                                     NodeImage& image) const {
  const std::size_t at = image.cells.size();
  append_local(places_.partitions(answers.partition)->first, answers.answers.size(), image.cells);
  absl::flat_hash_map<const model::Answer*, answer_ref> encoded;
  for (const model::Answer* answer : resident_answers(answers))
    encoded[answer] = encode_answer(answer, first, image);
  for (std::size_t i = 0; i < answers.answers.size(); ++i) {
    const auto found = encoded.find(answers.answers[i].get());
    if (found != encoded.end()) set_class(image.cells, at, i, found->second);
  }
  return ANSWER_LOCAL << ANSWER_KIND_SHIFT | (first + static_cast<std::uint32_t>(at));
}

std::uint32_t NodeEncoder::soa_of(model::ZoneId tail) const {
  return tail == 0 ? 0 : places_.zones(tail)->soa();
}

std::vector<model::PartitionPtr> NodeEncoder::partitions_of(const dns::Name& name,
                                                            const model::Node& node) const {
  const auto is_local = [](const model::Answer* answer) { return answer && answer->by_locality; };
  std::vector<model::PartitionPtr> partitions;
  if (!is_local(node.other.get()) &&
      std::none_of(node.types.begin(), node.types.end(),
                   [&](const auto& type) { return is_local(type.second.get()); }))
    return partitions;
  const auto add = [&](const model::Answer* answer) {
    if (!is_local(answer)) return;
    const model::PartitionPtr& partition = answer->by_locality->partition;
    if (std::find(partitions.begin(), partitions.end(), partition) == partitions.end())
      partitions.push_back(partition);
  };
  const std::vector<Entry> entries = entries_of(name, node);
  for (const Entry& entry : entries) add(entry.answer);
  add(other_of(node, entries.size()));
  return partitions;
}

// The answer of its own that a node has for types not listed; null if there is none that the fast
// path can give.
const model::Answer* NodeEncoder::other_of(const model::Node& node, std::size_t entries) const {
  if (node.is_zone_cut || node.is_void || !node.other || entries == kTypesMax) return nullptr;
  return why_passed(*node.other, places_.zones).empty() ? node.other.get() : nullptr;
}

// What all pages of a node share, but for an `other` of its own.
node NodeEncoder::header_of(const model::Node& from, std::size_t entries) const {
  node header{};
  header.flags = static_cast<__u16>(
      (from.has_wildcard ? NODE_WILDCARD : 0) | (from.is_zone_cut ? NODE_CUT : 0) |
      (from.dname_target ? NODE_DNAME : 0) | (from.is_void ? NODE_VOID : 0));
  const ZoneRun* zone = from.zone == 0 ? nullptr : places_.zones(from.zone);
  if (from.is_void) header.encloser_labels = zone ? from.encloser_labels : ENCLOSER_NONE;
  if (from.is_void || from.is_zone_cut || zone == nullptr || !has_answers(from.zone)) return header;
  header.nxdomain = zone->nxdomain();
  if (!from.other && entries < kTypesMax) header.other = zone->nodata();
  return header;
}

void NodeEncoder::encode(const dns::Name& name, const model::Node& from, std::uint32_t first,
                         NodeImage& image) const {
  const std::vector<Entry> entries = entries_of(name, from);
  image.pages.clear();
  image.cells.clear();
  node page = header_of(from, entries.size());
  if (const model::Answer* other = other_of(from, entries.size()))
    page.other = encode_answer(other, first, image);
  const std::size_t pages =
      std::max<std::size_t>(1, (entries.size() + NODE_TYPES - 1) / NODE_TYPES);
  page.pages = static_cast<__u8>(pages);
  image.pages.assign(pages, page);
  for (std::size_t i = 0; i < entries.size(); ++i)
    add_entry(entries[i], image.pages[i / NODE_TYPES], first, image);
}

void NodeEncoder::add_entry(const Entry& entry, node& page, std::uint32_t first,
                            NodeImage& image) const {
  const std::size_t index = page.type_count++;
  if (entry.record) {
    page.record = *entry.record;
    page.flags |= NODE_RECORD;
    return;
  }
  page.types[index] = entry.type;
  page.answers[index] = encode_answer(entry.answer, first, image);
}

}  // namespace signpost::datapath
