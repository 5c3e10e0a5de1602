// The XDP program, compiled natively, on whole frames.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>

#include "bpf/reply_header.h"
#include "tests/bpf/test_table.h"
#include "tests/bpf/vectors.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

class Program : public ::testing::Test {
 protected:
  std::optional<std::string> run(const std::string& frame) { return program_.run(frame); }

  // The reason counted for a frame; REASON_COUNT if not exactly one was.
  reason verdict(const std::string& frame) {
    std::array<std::uint64_t, REASON_COUNT> before;
    for (__u32 i = 0; i < REASON_COUNT; i++) before[i] = *table_.find_reason_count(i);
    last_ = run(frame);
    auto counted = REASON_COUNT;
    for (__u32 i = 0; i < REASON_COUNT; i++) {
      if (*table_.find_reason_count(i) == before[i]) continue;
      if (counted != REASON_COUNT || *table_.find_reason_count(i) != before[i] + 1)
        return REASON_COUNT;
      counted = static_cast<reason>(i);
    }
    return counted;
  }

  // The DNS message that answers a query; empty, with a failure, if none does or a checksum or
  // length is wrong.
  std::string answer(const Frame& query) {
    const std::string frame = query.wire();
    const auto reply = run(frame);
    if (!reply) return ADD_FAILURE() << "passed", "";
    std::string error;
    const auto parsed = parse_reply_to(frame, *reply, &error);
    if (!parsed) return ADD_FAILURE() << error, "";
    return parsed->message;
  }

  std::string answer(const QueryMessage& query) {
    Frame frame;
    frame.payload = query.wire();
    return answer(frame);
  }

  TestTable table_ = example_table();
  NativeFastpath<TestTable> program_{table_};
  std::optional<std::string> last_;
};

QueryMessage ask(const std::string& name, unsigned type = 1) {
  QueryMessage query;
  query.name = wire_name(name);
  query.type = type;
  return query;
}

// A whole reply to `query`.
std::string message(const QueryMessage& query, unsigned flags, std::array<unsigned, 3> counts,
                    const std::string& body) {
  return octets_16(query.id) + octets_16(flags) + octets_16(1) + octets_16(counts[0]) +
         octets_16(counts[1]) + octets_16(counts[2]) + query.name + octets_16(query.type) +
         octets_16(query.qclass) + body;
}

const std::string kWww = a_record(std::string("\xc0\x00\x02\x01", 4));

std::string soa() {
  const std::string rdata = wire_name("ns1.example.com") + wire_name("hostmaster.example.com") +
                            octets_32(7) + octets_32(7200) + octets_32(900) + octets_32(1209600) +
                            octets_32(300);
  return wire_name("example.com") + octets_16(6) + octets_16(1) + octets_32(300) +
         octets_16(static_cast<unsigned>(rdata.size())) + rdata;
}

TEST_F(Program, GivesEachVectorItsVerdictAndCountsIt) {
  for (const Vector& vector : example_vectors()) {
    EXPECT_EQ(verdict(vector.frame), vector.verdict) << vector.what;
    EXPECT_EQ(last_.has_value(), vector.verdict <= REASON_SENT_LAST) << vector.what;
    if (!last_) continue;
    std::string error;
    EXPECT_TRUE(parse_reply_to(vector.frame, *last_, &error)) << vector.what << ": " << error;
  }
}

TEST_F(Program, HasAVectorForEveryReasonThatThisTableCanGive) {
  std::set<reason> seen = {REASON_NO_TABLE, REASON_NO_ROOM, REASON_TORN, REASON_LIMITED,
                           REASON_STALE};
  for (const Vector& vector : example_vectors()) seen.insert(vector.verdict);
  EXPECT_EQ(seen.size(), REASON_COUNT);
}

TEST_F(Program, PassesEveryTruncationOfAQuery) {
  QueryMessage query = ask("www.example.com");
  query.edns = Edns{.options = client_subnet(1, 24, 0, std::string("\xcb\x00\x71", 3))};
  const std::string whole = query_frame(query);
  ASSERT_TRUE(run(whole));
  for (std::size_t length = 0; length < whole.size(); length++)
    EXPECT_FALSE(run(whole.substr(0, length))) << length;
}

TEST_F(Program, PassesEveryTruncatedMessageInAFrameOfItsLength) {
  QueryMessage query = ask("www.example.com");
  query.edns = Edns{.options = edns_option(10, "01234567")};
  const std::string whole = query.wire();
  for (std::size_t length = 0; length < whole.size(); length++) {
    Frame frame;
    frame.payload = whole.substr(0, length);
    EXPECT_FALSE(run(frame.wire())) << length;
  }
}

TEST_F(Program, AnswersFromTheTable) {
  const QueryMessage query = ask("www.example.com");
  EXPECT_EQ(answer(query), message(query, 0x8500, {1, 0, 0}, kWww));
}

TEST_F(Program, SendsTheSoaWithNodataAndNxdomain) {
  const QueryMessage nodata = ask("www.example.com", 15);
  EXPECT_EQ(answer(nodata), message(nodata, 0x8500, {0, 1, 0}, soa()));
  const QueryMessage nxdomain = ask("no.such.example.com");
  EXPECT_EQ(answer(nxdomain), message(nxdomain, 0x8503, {0, 1, 0}, soa()));
}

TEST_F(Program, AnswersOptWithOptAndEchoesDo) {
  QueryMessage query = ask("www.example.com", 15);
  query.edns = Edns{.udp_size = 4096};
  EXPECT_EQ(answer(query), message(query, 0x8500, {0, 1, 1}, soa() + Edns{}.wire()));
  query.edns->dnssec_ok = true;
  EXPECT_EQ(answer(query),
            message(query, 0x8500, {0, 1, 1}, soa() + Edns{.dnssec_ok = true}.wire()));
}

TEST_F(Program, EchoesAClientSubnetOfAnyLengthWithScopeZero) {
  for (const auto& [family, longest] : {std::pair(1u, 32u), std::pair(2u, 128u)}) {
    for (unsigned source = 0; source <= longest; source++) {
      std::string address((source + 7) / 8, '\xff');
      if (source % 8) address.back() = static_cast<char>(0xff << (8 - source % 8));
      const std::string subnet = client_subnet(family, source, 0, address);
      QueryMessage query = ask("www.example.com");
      query.edns = Edns{.options = edns_option(10, "01234567") + subnet};
      EXPECT_EQ(answer(query),
                message(query, 0x8500, {1, 0, 1}, kWww + Edns{.options = subnet}.wire()))
          << family << "/" << source;
    }
  }
}

TEST_F(Program, CopiesNoFlagButRd) {
  QueryMessage query = ask("www.example.com");
  query.flags = 0x05f0;  // AA, RD, RA, Z, AD, CD
  EXPECT_EQ(answer(query), message(query, 0x8500, {1, 0, 0}, kWww));
  query.flags = 0;
  EXPECT_EQ(answer(query), message(query, 0x8400, {1, 0, 0}, kWww));
}

TEST_F(Program, FindsNamesInAnyCaseAndEchoesTheQuestionAsReceived) {
  unsigned random = 1;
  for (int round = 0; round < 200; round++) {
    QueryMessage query = ask("www.example.com");
    for (char& octet : query.name)
      if (octet >= 'a' && octet <= 'z' && ((random = random * 1664525u + 1013904223u) >> 31))
        octet = static_cast<char>(octet - 32);
    EXPECT_EQ(answer(query), message(query, 0x8500, {1, 0, 0}, kWww));
  }
}

TEST_F(Program, FoldsLettersAndNothingElse) {
  for (int octet = 0; octet < 256; octet++) {
    const std::string stored =
        wire_name({std::string(1, static_cast<char>(octet)), "example", "com"});
    TestTable table = example_table();
    VariantSpec variant;
    variant.octets = kWww;
    table.add_node(stored, {.types = {{1, table.add_variant(variant)}}});
    NativeFastpath<TestTable> program(table);
    for (int asked = 0; asked < 256; asked++) {
      QueryMessage query = ask(".");
      query.name = wire_name({std::string(1, static_cast<char>(asked)), "example", "com"});
      program.run(query_frame(query));
    }
    const bool letter = (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
    EXPECT_EQ(*table.find_reason_count(REASON_ANSWERED), letter ? 2 : 1) << octet;
  }
}

// A name of `octets` octets in wire form, with labels of `label` octets as far as they go.
std::string name_of_length(std::size_t octets, std::size_t label) {
  std::string name;
  while (name.size() + 1 < octets) {
    std::size_t size = std::min(label, octets - name.size() - 2);
    // No single octet may remain: a label takes two.
    if (octets - name.size() - 2 - size == 1) size = size == label ? size - 1 : size;
    if (size == 0) return "";
    name += static_cast<char>(size) + std::string(size, static_cast<char>('a' + name.size() % 26));
  }
  return name + '\0';
}

TEST_F(Program, AnswersNamesOfEveryLengthAndUpTo127Labels) {
  std::size_t longest = 0, most_labels = 0;
  for (const std::size_t label : {1u, 2u, 3u, 7u, 31u, 63u}) {
    for (std::size_t octets = 1; octets <= NAME_OCTETS_MAX; octets++) {
      QueryMessage query = ask(".");
      query.name = name_of_length(octets, label);
      if (query.name.size() != octets) continue;
      longest = std::max(longest, octets);
      if (label == 1) most_labels = std::max(most_labels, octets / 2);
      VariantSpec variant;
      variant.octets = record(16, std::string(1 + octets % 9, 'x'));
      table_.add_node(query.name, {.types = {{16, table_.add_variant(variant)}}});
      query.type = 16;
      EXPECT_EQ(answer(query), message(query, 0x8500, {1, 0, 0}, variant.octets)) << octets;
      query.edns = Edns{};
      EXPECT_EQ(answer(query), message(query, 0x8500, {1, 0, 1}, variant.octets + Edns{}.wire()));
    }
  }
  EXPECT_EQ(longest, 255u);
  EXPECT_EQ(most_labels, 127u);
}

TEST_F(Program, FindsTheClosestEncloserAtAnyDepth) {
  const auto has_nxdomain = [](const node& slot) {
    return slot.pages != 0 && !(slot.flags & NODE_VOID) && slot.nxdomain != ANSWER_PASS;
  };
  const answer_ref nxdomain =
      std::find_if(table_.slots().begin(), table_.slots().end(), has_nxdomain)->nxdomain;
  for (const std::size_t depth : {1u, 2u, 63u, 64u, 125u, 126u}) {
    TestTable table = example_table();
    // Ancestors of x.x.x… , each with a number of labels; the deepest has a wildcard of its own
    // NXDOMAIN's neighbour.
    std::string name(1, '\0');
    table.add_node(name, {.nxdomain = ANSWER_PASS});
    for (std::size_t labels = 1; labels <= depth; labels++) {
      name = "\x01x" + name;
      table.add_node(name, {.nxdomain = labels == depth ? nxdomain : ANSWER_PASS});
    }
    NativeFastpath<TestTable> program(table);
    std::string asked = name;
    for (std::size_t labels = depth + 1; labels <= NAME_LABELS_MAX; labels++) {
      asked = "\x01y" + asked;
      QueryMessage query = ask(".");
      query.name = asked;
      EXPECT_TRUE(program.run(query_frame(query))) << depth << " of " << labels;
    }
    EXPECT_EQ(*table.find_reason_count(REASON_NXDOMAIN), NAME_LABELS_MAX - depth);
  }
}

TEST_F(Program, GivesARingsExactSharesInEveryWindowOfItsLength) {
  std::map<std::string, int> shares;
  std::vector<std::string> sent;
  for (int i = 0; i < 50; i++) {
    sent.push_back(answer(ask("api.example.com")));
    shares[sent.back()]++;
    if (i >= 10 && --shares[sent[static_cast<std::size_t>(i) - 10]] == 0)
      shares.erase(sent[static_cast<std::size_t>(i) - 10]);
    if (i < 9) continue;
    std::multiset<int> counts;
    for (const auto& [text, count] : shares) counts.insert(count);
    EXPECT_EQ(counts, (std::multiset<int>{2, 3, 5})) << "window that ends at " << i;
  }
  EXPECT_EQ(*table_.find_answer_count(3), 25u);
  EXPECT_EQ(*table_.find_answer_count(4), 15u);
  EXPECT_EQ(*table_.find_answer_count(5), 10u);
}

TEST_F(Program, TakesEverySlotOfARingOfSeveralCells) {
  for (int i = 0; i < 100; i++) answer(ask("hundred.example.com"));
  EXPECT_EQ(*table_.find_answer_count(3), 50u);
  EXPECT_EQ(*table_.find_answer_count(4), 30u);
  EXPECT_EQ(*table_.find_answer_count(5), 20u);
}

TEST_F(Program, DrawsFromARandomRingInProportion) {
  for (int i = 0; i < 10000; i++) answer(ask("random.api.example.com"));
  EXPECT_NEAR(static_cast<double>(*table_.find_answer_count(3)), 5000, 250);
  EXPECT_NEAR(static_cast<double>(*table_.find_answer_count(4)), 3000, 250);
  EXPECT_NEAR(static_cast<double>(*table_.find_answer_count(5)), 2000, 250);
}

TEST_F(Program, SticksToAClientsPrefix) {
  std::set<std::string> answers;
  for (int net = 0; net < 200; net++) {
    std::set<std::string> of_net;
    for (const char* host : {".1", ".77", ".254"}) {
      Frame frame;
      frame.payload = ask("sticky.api.example.com").wire();
      frame.client = "198.51." + std::to_string(net) + host;
      of_net.insert(answer(frame));
    }
    EXPECT_EQ(of_net.size(), 1u);
    answers.insert(of_net.begin(), of_net.end());
  }
  EXPECT_EQ(answers.size(), 3u);
  std::set<std::string> of_site;
  for (const char* client : {"2001:db8:1:2ff::1", "2001:db8:1:200:ffff::2"}) {
    Frame frame;
    frame.payload = ask("sticky.api.example.com").wire();
    frame.client = client;
    frame.server = "2001:db8::53";
    of_site.insert(answer(frame));
  }
  EXPECT_EQ(of_site.size(), 1u);
}

TEST_F(Program, FitsTheReplyToTheClientsSize) {
  // Replies of every length around 512 and 1232, by a TXT record of the wanted length.
  for (const unsigned limit : {512u, 800u, 1232u, 4096u}) {
    const unsigned largest = std::min(limit, 1232u);
    for (unsigned length = largest - 3; length <= largest + 3; length++) {
      QueryMessage query = ask("t.example.com", 16);
      query.edns = Edns{.udp_size = limit};
      VariantSpec variant;
      const std::size_t fixed = 12 + query.name.size() + 4 + 11;
      variant.octets = record(16, std::string(length - fixed - 12, 'x'));
      table_.add_node(query.name, {.types = {{16, table_.add_variant(variant)}}});
      const reason got = verdict(query_frame(query));
      EXPECT_EQ(got, length <= largest ? REASON_ANSWERED : REASON_CUT) << limit << ": " << length;
      ASSERT_TRUE(last_);
      EXPECT_EQ(last_->size(), 14u + 20 + 8 + (length <= largest ? length : fixed));
    }
  }
}

TEST_F(Program, HoldsChecksumsForVariantsAndTailsOfEveryLength) {
  for (std::size_t length = 1; length <= 200; length++) {
    VariantSpec tail;
    tail.octets = record(16, std::string(1 + length * 7 % 97, '\xe7'));
    VariantSpec variant;
    variant.octets = record(16, std::string(length, static_cast<char>(length)));
    variant.tail = table_.add_variant(tail);
    variant.nscount = 1;
    const QueryMessage plain = ask("t.example.com", 16);
    table_.add_node(plain.name, {.types = {{16, table_.add_variant(variant)}}});
    for (const bool edns : {false, true}) {
      QueryMessage query = plain;
      if (edns) query.edns = Edns{};
      EXPECT_EQ(answer(query), message(query, 0x8500, {1, 1, edns},
                                       variant.octets + tail.octets + (edns ? Edns{}.wire() : "")));
    }
  }
}

TEST_F(Program, SendsAComputedChecksumOfZeroAsItsOtherForm) {
  int zeros = 0;
  QueryMessage query = ask("www.example.com");
  for (unsigned id = 0; id < 0x10000; id++) {
    query.id = id;
    const auto reply = run(query_frame(query));
    ASSERT_TRUE(reply);
    EXPECT_NE(reply->substr(40, 2), std::string(2, '\0'));
    zeros += reply->substr(40, 2) == "\xff\xff";
  }
  EXPECT_EQ(zeros, 1);
}

TEST_F(Program, DropsPaddingFromTheReply) {
  Frame frame;
  frame.payload = ask("www.example.com").wire();
  frame.padding = std::string(400, '\xaa');
  EXPECT_EQ(answer(frame), message(ask("www.example.com"), 0x8500, {1, 0, 0}, kWww));
}

TEST_F(Program, AnswersWithHopLimit64) {
  for (const bool ipv6 : {false, true}) {
    Frame frame;
    frame.payload = ask("www.example.com").wire();
    if (ipv6) frame.client = "2001:db8:1::7", frame.server = "2001:db8::53";
    std::string error;
    const auto reply = parse_reply(run(frame.wire()).value_or(""), &error);
    ASSERT_TRUE(reply) << error;
    EXPECT_EQ(reply->hop_limit, 64u);
  }
}

TEST_F(Program, PassesWhenNoTableIsActive) {
  table_.control().table_generation[0] = 0;
  EXPECT_EQ(verdict(query_frame({})), REASON_NO_TABLE);
  table_.control().table_generation[0] = 1;
  table_.control().active = 1;
  EXPECT_EQ(verdict(query_frame({})), REASON_NO_TABLE);
  table_.control().table_generation[1] = 1;
  EXPECT_EQ(verdict(query_frame({})), REASON_OUT_OF_ZONE);
}

TEST_F(Program, ListensOnSixteenAddressesAtMost) {
  struct control& control = table_.control();
  for (unsigned i = 0; i < LISTEN_MAX; i++) {
    control.listen[i] = control.listen[0];
    reinterpret_cast<__u8*>(control.listen[i].octets)[15] = static_cast<__u8>(100 + i);
  }
  for (const unsigned count : {0u, 1u, 16u, 17u}) {
    control.listen_count = static_cast<__u16>(count);
    for (unsigned i = 0; i < LISTEN_MAX; i++) {
      Frame frame;
      frame.payload = QueryMessage{}.wire();
      frame.server = "192.0.2." + std::to_string(100 + i);
      EXPECT_EQ(run(frame.wire()).has_value(), i < count);
    }
  }
}

// The functions of a table's maps, for runs in a buffer of the test's own.
native_maps maps_of(TestTable& table) {
  native_maps maps{};
  maps.context = &table;
  maps.control = &table.control();
  maps.slot = [](void* self, __u32 set, __u32 slot) {
    return static_cast<TestTable*>(self)->find_slot(set, slot);
  };
  maps.cell = [](void* self, __u32 set, __u32 index) {
    return static_cast<TestTable*>(self)->find_cell(set, index);
  };
  maps.reason_count = [](void* self, __u32 reason) {
    return reinterpret_cast<__u64*>(static_cast<TestTable*>(self)->find_reason_count(reason));
  };
  maps.type_count = [](void* self, __u32 index) {
    return reinterpret_cast<__u64*>(static_cast<TestTable*>(self)->find_type_count(index));
  };
  maps.answer_count = [](void* self, __u32 counter) {
    return reinterpret_cast<__u64*>(static_cast<TestTable*>(self)->find_answer_count(counter));
  };
  return maps;
}

TEST_F(Program, CountsRepliesByOutcomeAndType) {
  const auto count = [&](enum reason outcome, unsigned type) {
    return *table_.find_type_count(type_count_index(outcome, type));
  };
  ASSERT_TRUE(run(query_frame(ask("www.example.com"))));
  ASSERT_TRUE(run(query_frame(ask("www.example.com", 65))));
  ASSERT_TRUE(run(query_frame(ask("www.example.com", 257))));
  ASSERT_TRUE(run(query_frame(ask("www.example.com", 65280))));
  ASSERT_TRUE(run(query_frame(ask("no.example.com"))));
  EXPECT_EQ(count(REASON_ANSWERED, 1), 1u);
  EXPECT_EQ(count(REASON_NODATA, 65), 1u);
  EXPECT_EQ(count(REASON_NODATA, 257), 2u);  // all types beyond 65 together
  EXPECT_EQ(count(REASON_NXDOMAIN, 1), 1u);
}

TEST_F(Program, GrowsAtTheFrontWhereThereIsNoRoomBehindTheFrame) {
  const native_maps maps = maps_of(table_);
  const std::string query = query_frame(ask("www.example.com"));
  const std::optional<std::string> usual = run(query);
  ASSERT_TRUE(usual.has_value());
  const std::size_t headroom = usual->size() - query.size();
  std::string buffer = std::string(headroom, '\0') + query;
  __u8* data = reinterpret_cast<__u8*>(buffer.data()) + headroom;
  auto length = static_cast<__u32>(query.size());
  ASSERT_TRUE(native_fastpath_run_after(&maps, &data, &length, length, headroom));
  EXPECT_EQ(data, reinterpret_cast<__u8*>(buffer.data()));
  EXPECT_EQ(std::string(reinterpret_cast<char*>(data), length), *usual);
}

TEST_F(Program, MovesNothingToTheFrontForAReplyThatIsNotLonger) {
  const native_maps maps = maps_of(table_);
  std::string query = query_frame(ask("www.example.com"));
  query += std::string(200, '\0');  // padding of the frame
  std::string frame = query;
  auto* data = reinterpret_cast<__u8*>(frame.data());
  auto length = static_cast<__u32>(frame.size());
  ASSERT_TRUE(native_fastpath_run_after(&maps, &data, &length, length, 0));
  EXPECT_EQ(data, reinterpret_cast<__u8*>(frame.data()));
  EXPECT_EQ(std::string(reinterpret_cast<char*>(data), length), run(query));
}

TEST_F(Program, PassesWithoutACopyWhenTheFrameCannotGrow) {
  const native_maps maps = maps_of(table_);
  const std::string query = query_frame(ask("www.example.com"));
  std::string frame = query;
  auto length = static_cast<__u32>(frame.size());
  EXPECT_FALSE(
      native_fastpath_run(&maps, reinterpret_cast<__u8*>(frame.data()), &length, length + 15));
  EXPECT_EQ(frame, query);
  EXPECT_EQ(length, query.size());
  EXPECT_EQ(*table_.find_reason_count(REASON_NO_ROOM), 1u);
  EXPECT_EQ(*table_.find_answer_count(1), 0u);
}

TEST_F(Program, AnswersFromTheRecordInANodeItself) {
  table_.add_node(wire_name("star.example.com"), {.flags = NODE_WILDCARD});
  for (std::size_t length = 0; length <= NODE_RECORD_OCTETS; ++length) {
    RecordSpec spec{
        .type = 0x0102, .ttl = 0x01020304, .data = std::string(length, 'd'), .counter = 3};
    for (const char* owner : {"own.example.com", "*.star.example.com"})
      table_.add_node(wire_name(owner), {.record = spec});
    const std::string octets = record(spec.type, spec.data, spec.ttl);
    for (const char* name : {"own.example.com", "any.star.example.com"}) {
      const QueryMessage plain = ask(name, spec.type);
      EXPECT_EQ(answer(plain), message(plain, 0x8500, {1, 0, 0}, octets)) << name << length;
      QueryMessage edns = plain;
      edns.edns = Edns{};
      EXPECT_EQ(answer(edns), message(edns, 0x8500, {1, 0, 1}, octets + Edns{}.wire())) << length;
    }
  }
  EXPECT_EQ(*table_.find_answer_count(3), 4u * (NODE_RECORD_OCTETS + 1));
}

TEST_F(Program, GivesOtherTypesOfANodeWithARecordWhatItsOtherSays) {
  const VariantSpec other{.octets = record(5, std::string("\1c\0", 3))};
  table_.add_node(wire_name("own.example.com"),
                  {.other = table_.add_variant(other), .record = RecordSpec{.data = "1234"}});
  EXPECT_EQ(answer(ask("own.example.com", 28)),
            message(ask("own.example.com", 28), 0x8500, {1, 0, 0}, other.octets));
}

TEST_F(Program, PassesWhereTheTableIsTorn) {
  const auto torn = [&](const NodeSpec& spec) {
    table_.add_node(wire_name("torn.example.com"), spec);
    return verdict(query_frame(ask("torn.example.com")));
  };
  constexpr answer_ref kBeyond = 1u << 29;
  EXPECT_EQ(torn({.types = {{1, kBeyond}}}), REASON_TORN);
  EXPECT_EQ(torn({.types = {{1, ANSWER_RING << ANSWER_KIND_SHIFT | kBeyond}}}), REASON_TORN);
  EXPECT_EQ(torn({.types = {{1, table_.add_ring(RING_EXACT, 1, {})}}}), REASON_TORN);
  EXPECT_EQ(torn({.types = {{1, table_.add_ring(RING_EXACT, TestTable::kCursors, {1})}}}),
            REASON_TORN);
  VariantSpec variant;
  variant.octets = kWww;
  variant.tail = kBeyond;
  EXPECT_EQ(torn({.types = {{1, table_.add_variant(variant)}}}), REASON_TORN);
  variant.tail = 0;
  variant.outcome = REASON_TORN;
  EXPECT_EQ(torn({.types = {{1, table_.add_variant(variant)}}}), REASON_TORN);
  EXPECT_EQ(torn({.flags = NODE_VOID, .encloser_labels = 7}), REASON_TORN);
  table_.remove_node(wire_name("*.wild.example.com"));
  EXPECT_EQ(verdict(query_frame(ask("x.wild.example.com"))), REASON_TORN);
  table_.remove_node(wire_name("example.com"));
  EXPECT_EQ(verdict(query_frame(ask("void.example.com"))), REASON_TORN);
}

// 203.0.113.128/25 has locality 3 in the map.
TEST_F(Program, StopsAtALeafInTheRootsOfItsSetAndCountsTheClientsOwnLocality) {
  QueryMessage query = ask("local.example.com");
  const auto option = [](unsigned scope) {
    return client_subnet(1, 32, scope, std::string("\xcb\x00\x71\xc8", 4));
  };
  query.edns = Edns{.options = option(0)};
  const auto expected = [&](char of_class, unsigned scope) {
    const std::string address = std::string("\x0a\0\0", 3) + of_class;
    return message(query, 0x8500, {1, 0, 1},
                   a_record(address) + Edns{.options = option(scope)}.wire());
  };
  table_.set_root(0xcb00, 2u << LOCALITY_LEAF_SHIFT | 16);
  EXPECT_EQ(answer(query), expected(2, 16));
  EXPECT_EQ(*table_.find_demand(3), 1u);
  EXPECT_EQ(*table_.find_demand(2), 0u);

  query.edns = Edns{.options = client_subnet(1, 15, 0, std::string("\xcb\x00", 2))};
  EXPECT_EQ(verdict(query_frame(query)), REASON_LOCALITY_UNSURE);
}

// Every third client is of locality 1, the others are of 2. Samples are drawn by Weyl's sequence
// with the golden ratio: of N terms, or of each third of N, the number below 1/64 is off by O(log
// N), here by fewer than 20, and each stands for 64 answers.
TEST_F(Program, CountsDemandOneByOneAtFirstAndThenBySamples) {
  const auto from = [](const std::string& address) {
    QueryMessage query = ask("local.example.com");
    query.edns = Edns{.options = client_subnet(1, 32, 0, address)};
    return query_frame(query);
  };
  const std::array<std::string, 3> clients = {from("\xc6\x33\x64\x01"),
                                              from(std::string("\xcb\0\x71\x01", 4)),
                                              from(std::string("\xcb\0\x71\x02", 4))};
  double asked = 0;
  const auto expect_after = [&](unsigned times, double error) {
    for (unsigned i = 0; i < times; i++) ASSERT_TRUE(run(clients[i % 3]));
    asked += times;
    EXPECT_NEAR(static_cast<double>(*table_.find_demand(1)), asked / 3, error);
    EXPECT_NEAR(static_cast<double>(*table_.find_demand(2)), asked / 3 * 2, error);
  };
  expect_after(30000, 0);
  expect_after(150000, 20 * DEMAND_SAMPLE);
}

}  // namespace
}  // namespace signpost::testing
