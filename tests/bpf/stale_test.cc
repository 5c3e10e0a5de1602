// Answers without a daemon: for ever, or for as long as it has allowed.
#include <gtest/gtest.h>

#include "tests/bpf/test_table.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

class Stale : public ::testing::Test {
 protected:
  // Whether a query is answered so many nanoseconds after the daemon's last sign of life.
  bool answers_after(std::uint64_t silence) {
    table_.control().heartbeat = 1000 * kSecond;
    program_.now = 1000 * kSecond + silence;
    QueryMessage query;
    query.name = wire_name("www.example.com");
    return program_.run(query_frame(query), REPLY_OCTETS_MAX).has_value();
  }

  TestTable table_ = example_table();
  NativeFastpath<TestTable> program_{table_};
};

TEST_F(Stale, TheLastTableIsAnsweredFromForEverByDefault) {
  EXPECT_TRUE(answers_after(0));
  EXPECT_TRUE(answers_after(365 * 86400 * kSecond));
}

TEST_F(Stale, QueriesArePassedOnceTheDaemonHasBeenSilentForTooLong) {
  table_.control().pass_after = 30 * kSecond;
  EXPECT_TRUE(answers_after(30 * kSecond));
  EXPECT_FALSE(answers_after(30 * kSecond + 1));
  EXPECT_EQ(*table_.find_reason_count(REASON_STALE), 1u);
}

TEST_F(Stale, ASignOfLifeThatIsYoungerThanThePacketIsOne) {
  table_.control().pass_after = 30 * kSecond;
  EXPECT_TRUE(answers_after(-10'000'000));
}

}  // namespace
}  // namespace signpost::testing
