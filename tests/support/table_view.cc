#include "tests/support/table_view.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "bpf/reasons.h"

namespace signpost::testing {
namespace {

// Octets that lie behind `in_first` octets of a first cell in the cells that follow it.
std::string octets_after(const TableView& view, std::uint32_t first, const char* head,
                         std::size_t in_first, std::size_t length) {
  std::string octets(head, std::min(length, in_first));
  for (std::uint32_t index = first + 1; octets.size() < length; ++index) {
    const std::optional<cell> next = view.find_cell(index);
    if (!next) {
      ADD_FAILURE() << "cell " << index << " is outside the map";
      break;
    }
    const std::size_t part = std::min<std::size_t>(length - octets.size(), CELL_OCTETS);
    octets.append(reinterpret_cast<const char*>(next->octets), part);
  }
  return octets;
}

// RFC 1071 by the book: big-endian words, odd octets padded, as a remainder.
std::uint32_t plain_sum(const std::string& octets) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i)
    sum += static_cast<std::uint64_t>(static_cast<unsigned char>(octets[i])) << (i % 2 ? 0 : 8);
  return static_cast<std::uint32_t>(sum % 0xffff);
}

std::uint32_t swapped_remainder(std::uint32_t sum) {
  return ((sum >> 8 & 0xff) | (sum & 0xff) << 8) % 0xffff;
}

Reply read_variant(const TableView& view, std::uint32_t first, bool is_tail) {
  const std::optional<cell> head = first == 0 ? std::nullopt : view.find_cell(first);
  if (!head) {
    ADD_FAILURE() << "a variant at cell " << first;
    return {};
  }
  variant at;
  std::memcpy(&at, head->octets, sizeof(at));
  Reply reply{.octets = octets_after(view, first, reinterpret_cast<const char*>(at.octets),
                                     VARIANT_FIRST_OCTETS, at.length),
              .flags = ntohs(at.flags),
              .ancount = ntohs(at.ancount),
              .nscount = ntohs(at.nscount),
              .arcount = ntohs(at.arcount),
              .outcome = at.outcome,
              .counter = at.counter};
  EXPECT_LE(at.sum, 0xffffu);
  EXPECT_EQ(swapped_remainder(at.sum), plain_sum(reply.octets));
  if (is_tail) {
    EXPECT_EQ(at.tail, 0u);
  } else if (at.tail != 0) {
    reply.octets += read_variant(view, at.tail, true).octets;
  }
  return reply;
}

Given read_ring(const TableView& view, std::uint32_t first) {
  const std::optional<cell> head = view.find_cell(first);
  if (!head) {
    ADD_FAILURE() << "a ring at cell " << first;
    return {};
  }
  ring at;
  std::memcpy(&at, head->octets, sizeof(at));
  const std::string octets = octets_after(view, first, reinterpret_cast<const char*>(at.variants),
                                          sizeof(at.variants), at.slots * sizeof(std::uint32_t));
  std::vector<std::uint32_t> slots(at.slots);
  std::memcpy(slots.data(), octets.data(), octets.size());
  Given given;
  given.ring_mode = at.mode;
  given.ring_id = at.id;
  for (const std::uint32_t slot : slots) given.replies.push_back(read_variant(view, slot, false));
  return given;
}

Given read_answer(const TableView& view, answer_ref ref);

// The number `index` of those that a cell is full of.
template <typename Number>
Number number_at(const TableView& view, std::uint32_t index_of_cell, std::size_t index) {
  Number number = 0;
  const std::optional<cell> found = view.find_cell(index_of_cell);
  EXPECT_TRUE(found) << "a partition's cell " << index_of_cell;
  if (found) std::memcpy(&number, found->octets + index * sizeof(number), sizeof(number));
  return number;
}

std::uint16_t read_class(const TableView& view, std::uint32_t partition, std::size_t locality) {
  const auto block = static_cast<std::uint32_t>(locality / CLASSES_A_BLOCK);
  const auto entry =
      number_at<std::uint32_t>(view, partition + block / BLOCKS_A_CELL, block % BLOCKS_A_CELL);
  if ((entry & BLOCK_UNIFORM) != 0) return static_cast<std::uint16_t>(entry & CLASS_MASK);
  return number_at<std::uint16_t>(view, partition + entry, locality % CLASSES_A_BLOCK);
}

Given read_local(const TableView& view, std::uint32_t first) {
  const std::optional<cell> head = view.find_cell(first);
  if (!head) {
    ADD_FAILURE() << "an answer by locality at cell " << first;
    return {};
  }
  local at;
  std::memcpy(&at, head->octets, sizeof(at));
  const std::string answers = octets_after(view, first, reinterpret_cast<const char*>(at.answers),
                                           sizeof(at.answers), at.classes * sizeof(answer_ref));
  Given given;
  for (std::size_t locality = 0; locality < view.localities; ++locality)
    given.classes.push_back(read_class(view, at.partition, locality));
  for (std::size_t i = 0; i < at.classes; ++i) {
    answer_ref ref;
    std::memcpy(&ref, answers.data() + i * sizeof(ref), sizeof(ref));
    EXPECT_NE(ref >> ANSWER_KIND_SHIFT, ANSWER_LOCAL);
    given.by_class.push_back(read_answer(view, ref));
  }
  return given;
}

Given read_answer(const TableView& view, answer_ref ref) {
  if (ref == ANSWER_PASS) return {};
  const std::uint32_t first = ref & ANSWER_INDEX_MASK;
  if (ref >> ANSWER_KIND_SHIFT == ANSWER_LOCAL) return read_local(view, first);
  if (ref >> ANSWER_KIND_SHIFT == ANSWER_RING) return read_ring(view, first);
  EXPECT_EQ(ref >> ANSWER_KIND_SHIFT, ANSWER_VARIANT);
  Given given;
  given.replies = {read_variant(view, first, false)};
  return given;
}

Given read_record(const node_record& record) {
  EXPECT_LE(record.length, NODE_RECORD_OCTETS);
  std::string octets("\xc0\x0c\0\0\0\1\0\0\0\0\0\0", 12);
  octets[2] = static_cast<char>(record.type >> 8);
  octets[3] = static_cast<char>(record.type);
  std::memcpy(&octets[6], &record.ttl, sizeof(record.ttl));
  octets[11] = static_cast<char>(record.length);
  octets.append(reinterpret_cast<const char*>(record.data), record.length);
  EXPECT_EQ(swapped_remainder(record.sum), plain_sum(octets));
  Given given;
  given.replies = {{.octets = octets,
                    .flags = VARIANT_AA,
                    .ancount = 1,
                    .nscount = 0,
                    .arcount = 0,
                    .outcome = REASON_ANSWERED,
                    .counter = record.counter}};
  return given;
}

// The answer to the type `index` of a page.
Given read_entry(const TableView& view, const node& page, unsigned index) {
  if (page.flags & NODE_RECORD) return read_record(page.record);
  return read_answer(view, page.answers[index]);
}

Reply expected_reply(const model::AnswerTable& table, const model::Variant& variant) {
  Reply reply{
      .octets = std::string(variant.octets.view()),
      .flags = static_cast<std::uint16_t>(variant.rcode | (variant.authoritative ? VARIANT_AA : 0)),
      .ancount = variant.ancount,
      .nscount = variant.nscount,
      .arcount = variant.arcount,
      .outcome = REASON_ANSWERED,
      .counter = variant.counter};
  if (variant.tail != 0) reply.octets += (*table.zone_answers.find(variant.tail))->soa;
  if (variant.outcome == model::Outcome::kNodata) reply.outcome = REASON_NODATA;
  if (variant.outcome == model::Outcome::kNxdomain) reply.outcome = REASON_NXDOMAIN;
  return reply;
}

bool is_passed(const model::AnswerTable& table, const model::Variant& variant) {
  if (variant.outcome == model::Outcome::kServfail) return true;
  if (variant.outcome == model::Outcome::kReferral) return true;
  std::size_t octets = variant.octets.size();
  if (variant.tail != 0)  // two names of 255 octets, five numbers and the fixed part of a record
    octets += (*table.zone_answers.find(variant.tail))->apex.wire().size() + 10 + 510 + 20;
  return octets > REPLY_OCTETS_MAX - 12 - 5;
}

Given expected_given(const model::AnswerTable& table, const model::Answer& answer);

Given expected_local(const model::AnswerTable& table, const model::AnswersByLocality& local) {
  Given given;
  given.classes = local.partition->classes;
  bool all_passed = true;
  for (const model::AnswerPtr& answer : local.answers) {
    given.by_class.push_back(expected_given(table, *answer));
    all_passed = all_passed && given.by_class.back().replies.empty();
  }
  return all_passed ? Given{} : given;
}

Given expected_given(const model::AnswerTable& table, const model::Answer& answer) {
  if (answer.by_locality) return expected_local(table, *answer.by_locality);
  const bool has_ring = answer.variants.size() > 1 && answer.ring;
  const std::size_t variants = has_ring ? answer.variants.size() : 1;
  for (std::size_t i = 0; i < variants; ++i) {
    if (is_passed(table, answer.variants[i])) return {};
  }
  Given given;
  if (!has_ring) {
    given.replies = {expected_reply(table, answer.variants.front())};
    return given;
  }
  if (answer.ring->slots.size() > RING_SLOTS_MAX) return {};
  given.ring_mode = static_cast<int>(answer.ring->mode);
  given.ring_id = answer.ring->id;
  for (const std::uint16_t slot : answer.ring->slots)
    given.replies.push_back(expected_reply(table, answer.variants[slot]));
  return given;
}

std::uint16_t expected_flags(const model::Node& node) {
  return static_cast<std::uint16_t>(
      (node.has_wildcard ? NODE_WILDCARD : 0) | (node.is_zone_cut ? NODE_CUT : 0) |
      (node.dname_target ? NODE_DNAME : 0) | (node.is_void ? NODE_VOID : 0));
}

}  // namespace

TableView view_of(MemoryMaps& maps, std::uint32_t set, const model::AnswerTable& table) {
  return {.find_node = [&maps, set](const node_key& key) -> std::optional<node> {
            const node* found = maps.find_node(set, key);
            return found ? std::optional(*found) : std::nullopt;
          },
          .find_cell = [&maps, set](std::uint32_t index) -> std::optional<cell> {
            const cell* found = maps.find_cell(set, index);
            return found ? std::optional(*found) : std::nullopt;
          },
          .key = maps.control().key,
          .localities = table.localities->localities().size()};
}

std::ostream& operator<<(std::ostream& out, const NameReading& reading) {
  const auto print_plain = [&out](const Given& given) {
    if (given.replies.empty()) out << " pass";
    if (given.ring_mode) out << " ring " << given.ring_id << " mode " << *given.ring_mode;
    for (const Reply& reply : given.replies)
      out << " [" << reply.octets.size() << " octets, flags " << reply.flags << ", counts "
          << reply.ancount << '/' << reply.nscount << '/' << reply.arcount << ", outcome "
          << reply.outcome << ", counter " << reply.counter << ']';
  };
  const auto print = [&](const Given& given) {
    if (given.by_class.empty()) return print_plain(given);
    out << " by locality";
    for (const std::uint16_t of_class : given.classes) out << ' ' << of_class;
    for (const Given& of_class : given.by_class) {
      out << " {";
      print_plain(of_class);
      out << " }";
    }
  };
  out << "flags " << reading.flags << ", encloser " << reading.encloser_labels;
  for (const auto& [type, given] : reading.types) {
    out << "; TYPE" << type;
    print(given);
  }
  out << "; other";
  print(reading.other);
  out << "; nxdomain";
  print(reading.nxdomain);
  return out;
}

std::optional<NameReading> read_name(const TableView& view, const dns::Name& name) {
  const node_key key = datapath::key_of(name, view.key);
  const std::optional<node> first = view.find_node(key);
  if (!first) return std::nullopt;
  const bool is_void = (first->flags & NODE_VOID) != 0;
  // How the answers lie in the page is not what they are.
  NameReading reading{.flags = static_cast<std::uint16_t>(first->flags & ~NODE_RECORD),
                      .encloser_labels = is_void ? first->encloser_labels : 0,
                      .types = {},
                      .other = read_answer(view, first->other),
                      .nxdomain = read_answer(view, is_void ? ANSWER_PASS : first->nxdomain)};
  EXPECT_GE(first->pages, 1);
  for (unsigned page = 0; page < first->pages; ++page) {
    const std::optional<node> at = view.find_node(datapath::page_key(key, page));
    if (!at) {
      ADD_FAILURE() << name.text() << " has no page " << page;
      continue;
    }
    EXPECT_LE(at->type_count, NODE_TYPES);
    for (unsigned i = 0; i < at->type_count; ++i) {
      const bool added = reading.types.emplace(at->types[i], read_entry(view, *at, i)).second;
      EXPECT_TRUE(added) << name.text() << " lists TYPE" << at->types[i] << " twice";
    }
  }
  EXPECT_FALSE(view.find_node(datapath::page_key(key, first->pages)))
      << name.text() << " has a page too many";
  return reading;
}

std::optional<NameReading> expected_reading(const model::AnswerTable& table,
                                            const dns::Name& name) {
  const model::NodePtr* found = table.nodes.find(name);
  if (!found) return std::nullopt;
  const model::Node& node = **found;
  NameReading reading;
  reading.flags = expected_flags(node);
  const model::ZoneAnswersPtr* zone = table.zone_answers.find(node.zone);
  if (node.is_void) {
    reading.encloser_labels = zone ? node.encloser_labels : ENCLOSER_NONE;
    return reading;
  }
  if (node.is_zone_cut) return reading;
  for (const auto& [type, answer] : node.types)
    reading.types[static_cast<std::uint16_t>(type)] = expected_given(table, *answer);
  if (node.other) reading.other = expected_given(table, *node.other);
  if (!zone) return reading;
  if ((*zone)->apex == name) reading.types[43] = {};
  if (!node.other) reading.other.replies = {expected_reply(table, (*zone)->nodata)};
  reading.nxdomain.replies = {expected_reply(table, (*zone)->nxdomain)};
  return reading;
}

}  // namespace signpost::testing
