// The program in the running kernel: what the verifier makes of it, and that it does as the native
// one does.
#include <gtest/gtest.h>
#include <sched.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <random>
#include <set>

#include "bpf/dns_query.h"
#include "tests/bpf/test_table.h"
#include "tests/bpf/vectors.h"
#include "tests/kernel/kernel_fastpath.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

class KernelProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    // The cursors of rings are per CPU, and the native program has one.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    kernel_ = KernelFastpath::load(kernel_table_, &error_);
    ASSERT_TRUE(kernel_) << error_;
  }

  // Runs a frame on both; the reply is the native one's.
  std::optional<std::string> run_both(const std::string& frame, const std::string& what) {
    error_.clear();
    const auto kernel = kernel_->run(frame, &error_);
    EXPECT_EQ(error_, "") << what;
    const auto native = native_.run(frame);
    EXPECT_EQ(kernel.has_value(), native.has_value()) << what;
    EXPECT_TRUE(kernel == native) << what << ": " << ::testing::PrintToString(kernel) << " and "
                                  << ::testing::PrintToString(native);
    return native;
  }

  void expect_equal_counts() {
    for (__u32 i = 0; i < REASON_COUNT; i++)
      EXPECT_EQ(kernel_->reason_count(i), *table_.find_reason_count(i)) << i;
  }

  TestTable kernel_table_ = example_table();
  TestTable table_ = example_table();
  NativeFastpath<TestTable> native_{table_};
  std::unique_ptr<KernelFastpath> kernel_;
  std::string error_;
};

TEST_F(KernelProgram, CostsTheVerifierLittle) {
  const std::uint32_t instructions = kernel_->verified_instructions();
  std::printf("the verifier processed %u instructions\n", instructions);
  RecordProperty("verified_instructions", static_cast<int>(instructions));
  EXPECT_GT(instructions, 0u);
  EXPECT_LE(instructions, 70000u);
}

// But for cookies, which tell the time.
TEST_F(KernelProgram, GoesByAGuardAsTheNativeProgramDoes) {
  guard& settings = table_.control().guards[0];
  settings.options = QUERY_NSID;
  settings.nsid_length = 5;
  std::memcpy(settings.nsid, "pop-7", settings.nsid_length);
  settings.flags = GUARD_LIMIT | GUARD_AMPLIFY;
  settings.amplification = 3;
  settings.limit_interval = 1'000'000'000'000'000'000;  // more than any clock here has run
  settings.limit_slip = 2;
  kernel_table_.control().guards[0] = settings;
  kernel_->put_control(kernel_table_.control());
  QueryMessage query;
  query.edns = Edns{.options = edns_option(3, "")};
  std::string fates;
  for (int i = 0; i < 5; ++i) fates += run_both(query_frame(query), "limited") ? 'R' : '-';
  EXPECT_EQ(fates, "R-R-R");
  query.name = wire_name("long.example.com");
  query.type = 16;
  ASSERT_TRUE(run_both(query_frame(query), "too long for its query"));
  expect_equal_counts();
  EXPECT_EQ(*table_.find_reason_count(REASON_CUT), 3u);
  EXPECT_EQ(*table_.find_reason_count(REASON_LIMITED), 2u);
}

TEST_F(KernelProgram, GivesEachVectorTheNativeVerdictAndOctets) {
  int answered = 0;
  for (const Vector& vector : example_vectors())
    answered += run_both(vector.frame, vector.what).has_value();
  EXPECT_GT(answered, 50);
  expect_equal_counts();
}

TEST_F(KernelProgram, GivesEachTruncationTheNativeVerdict) {
  QueryMessage query;
  query.edns = Edns{};
  query.edns->options = client_subnet(1, 24, 0, std::string("\xcb\x00\x71", 3));
  const std::string whole = query_frame(query);
  // The kernel runs no frame shorter than an Ethernet header.
  for (std::size_t length = 14; length <= whole.size(); length++)
    run_both(whole.substr(0, length), std::to_string(length));
  expect_equal_counts();
}

TEST_F(KernelProgram, GivesDamagedFramesTheNativeVerdictAndOctets) {
  constexpr unsigned kSeed = 20261121;
  std::printf("seed %u\n", kSeed);
  std::mt19937 random(kSeed);
  const std::vector<Vector> vectors = example_vectors();
  int answered = 0, rounds = 0;
  for (; rounds < 30000 && !HasFailure(); rounds++) {
    std::string frame = vectors[random() % vectors.size()].frame;
    for (unsigned i = random() % 3; i > 0; i--)
      frame[random() % frame.size()] = static_cast<char>(random());
    answered += run_both(frame, "round " + std::to_string(rounds)).has_value();
  }
  std::printf("%d of %d answered\n", answered, rounds);
  EXPECT_GT(answered, rounds / 5);
  expect_equal_counts();
}

class KernelProgramInViews : public KernelProgram {
 protected:
  KernelProgramInViews() {
    add_example_views(kernel_table_);
    add_example_views(table_);
  }
};

TEST_F(KernelProgramInViews, CostsTheVerifierLittle) {
  EXPECT_LE(kernel_->verified_instructions(), 70000u);
}

TEST_F(KernelProgramInViews, GivesEachVectorTheNativeVerdictAndOctets) {
  for (const Vector& vector : example_vectors()) run_both(vector.frame, vector.what);
  expect_equal_counts();
}

TEST_F(KernelProgramInViews, AnswersEveryClientAsTheNativeProgramDoes) {
  int answered = 0;
  for (const char* name : {"www.example.com", "API.example.com", "x.y.wild.example.com",
                           "missing.example.com", "example.net", "com", "."}) {
    for (const char* client :
         {"192.0.2.1", "203.0.112.255", "203.0.113.0", "203.0.113.6", "203.0.113.7", "203.0.113.8",
          "203.0.113.255", "203.0.114.0", "2001:db8:1::", "2001:db8:1:ffff:ffff:ffff:ffff:ffff",
          "2001:db8:2::", "2001:db8::1"}) {
      QueryMessage query;
      query.name = wire_name(name);
      Frame frame;
      frame.client = client;
      if (std::string_view(client).find(':') != std::string_view::npos)
        frame.server = "2001:db8::53";
      frame.payload = query.wire();
      answered += run_both(frame.wire(), std::string(name) + " from " + client).has_value();
    }
  }
  EXPECT_GT(answered, 40);
  expect_equal_counts();
}

TEST_F(KernelProgram, DrawsFromARandomRingInProportion) {
  QueryMessage query;
  query.name = wire_name("random.api.example.com");
  std::map<std::string, int> shares;
  for (int i = 0; i < 10000; i++) {
    const auto reply = kernel_->run(query_frame(query), &error_);
    ASSERT_TRUE(reply) << error_;
    shares[*reply]++;
  }
  ASSERT_EQ(shares.size(), 3u);
  std::multiset<int> counts;
  for (const auto& [reply, count] : shares) counts.insert(count);
  EXPECT_NEAR(*counts.begin(), 2000, 250);
  EXPECT_NEAR(*counts.rbegin(), 5000, 250);
}

TEST_F(KernelProgram, PassesWhenNoTableIsActive) {
  struct control control = table_.control();
  control.table_generation[0] = 0;
  kernel_->put_control(control);
  EXPECT_FALSE(kernel_->run(query_frame({}), &error_));
  EXPECT_EQ(kernel_->reason_count(REASON_NO_TABLE), 1u);
}

}  // namespace
}  // namespace signpost::testing
