// A slot of a ring is taken by a reply, not by a query that is passed.
#include <gtest/gtest.h>

#include "tests/bpf/test_table.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

constexpr std::uint32_t kRing = 9;

// example.com with "turns", a ring of 1, 2 and 3 TXT strings' worth of 250 octets, of which the
// last does not fit into 512 octets; by locality under the type after that.
class SlotReturn : public ::testing::TestWithParam<unsigned> {
 protected:
  SlotReturn() {
    std::vector<std::uint32_t> variants;
    for (std::size_t strings = 1; strings <= 3; ++strings) {
      std::string rdata;
      for (std::size_t i = 0; i < strings; ++i) rdata += '\xfa' + std::string(250, 'x');
      variants.push_back(table_.add_variant({.octets = record(16, rdata)}));
    }
    const answer_ref ring = table_.add_ring(RING_EXACT, kRing, variants);
    const std::vector<std::uint16_t> classes(TestTable::kLocalities);
    table_.add_node(wire_name("turns.example.com"),
                    {.types = {{16, ring}, {17, table_.add_local(classes, {ring})}}});
  }

  // Strings in the reply, whose frame may grow by so many octets; 0 if the query was passed.
  std::size_t ask(std::size_t growth = REPLY_OCTETS_MAX) {
    QueryMessage query;
    query.name = wire_name("turns.example.com");
    query.type = GetParam();
    query.edns = Edns{};
    const auto reply = program_.run(query_frame(query), growth);
    return reply ? reply->size() / 250 : 0;
  }

  TestTable table_ = example_table();
  NativeFastpath<TestTable> program_{table_};
};

TEST_P(SlotReturn, AQueryThatIsPassedTakesNoSlot) {
  for (int turn = 0; turn < 5; ++turn) {
    EXPECT_EQ(ask(), 1u);
    EXPECT_EQ(ask(), 2u);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(10), 0u);
    EXPECT_EQ(*table_.find_cursor(kRing), 2u);
    EXPECT_EQ(ask(), 3u);
  }
  EXPECT_EQ(*table_.find_reason_count(REASON_NO_ROOM), 20u);
}

INSTANTIATE_TEST_SUITE_P(Of, SlotReturn, ::testing::Values(16u, 17u), [](const auto& type) {
  return type.param == 16 ? "ARing" : "ARingByLocality";
});

}  // namespace
}  // namespace signpost::testing
