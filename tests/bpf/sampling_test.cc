// Replies that are handed to dnstap: which, and what is told of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "datapath/samples.h"
#include "tests/bpf/test_table.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

std::string_view text_of(std::span<const std::uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

class Sampling : public ::testing::Test {
 protected:
  // The program's working memory, and with it the wait for the next sample, outlives a test.
  Sampling() {
    table_.control().sample_gap = 1;
    while (program_.samples.empty()) ask("www.example.com");
    program_.samples.clear();
    table_.control().sample_gap = 0;
  }

  // The reply frame, if there is one.
  std::optional<std::string> ask(std::string_view name, std::string_view client = "192.0.2.1",
                                 std::string_view server = "192.0.2.53") {
    QueryMessage query;
    query.name = wire_name(name);
    Frame frame;
    frame.client = client;
    frame.server = server;
    frame.payload = query_ = query.wire();
    return program_.run(frame.wire());
  }

  static std::optional<datapath::Sample> read(std::string_view record) {
    return datapath::read_sample(std::as_bytes(std::span(record)));
  }

  TestTable table_ = example_table();
  NativeFastpath<TestTable> program_{table_};
  std::string query_;  // the message asked last
};

TEST_F(Sampling, IsOffUntilTheDaemonWantsIt) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(ask("www.example.com"));
  EXPECT_TRUE(program_.samples.empty());
}

TEST_F(Sampling, TellsWhoAskedWhatAndWhatTheyWereSent) {
  table_.control().sample_gap = 1;
  const struct {
    const char* client;
    const char* server;
    std::string mapped;
  } families[] = {
      {"192.0.2.1", "192.0.2.53",
       std::string(10, '\0') + "\xff\xff\xc0" + std::string(1, '\0') + "\2\1"},
      {"2001:db8::1", "2001:db8::53", "\x20\1\r\xb8" + std::string(11, '\0') + "\1"},
  };
  for (const auto& family : families) {
    program_.now += 12345;
    const auto reply = ask("www.example.com", family.client, family.server);
    ASSERT_TRUE(reply);
    ASSERT_FALSE(program_.samples.empty());
    const auto sample = read(program_.samples.back());
    ASSERT_TRUE(sample);
    EXPECT_EQ(static_cast<std::uint64_t>(sample->time.count()), program_.now);
    EXPECT_EQ(text_of(sample->client.address), family.mapped);
    EXPECT_EQ(sample->stands_for, 1u);
    EXPECT_EQ(sample->client.port, Frame().client_port);
    EXPECT_EQ(sample->server.port, 53);
    EXPECT_EQ(text_of(sample->query), query_);
    std::string error;
    const auto parsed = parse_reply(*reply, &error);
    ASSERT_TRUE(parsed) << error;
    EXPECT_EQ(text_of(sample->reply), parsed->message);
  }
}

TEST_F(Sampling, LeavesOutWhatIsPassed) {
  table_.control().sample_gap = 1;
  EXPECT_FALSE(ask("unheld.example.com"));
  EXPECT_TRUE(program_.samples.empty());
}

TEST_F(Sampling, CountsWhatThereIsNoRoomFor) {
  table_.control().sample_gap = 1;
  program_.room_for_samples = false;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ask("www.example.com"));
  EXPECT_EQ(program_.samples_lost, 3u);
  program_.room_for_samples = true;
  EXPECT_TRUE(ask("www.example.com"));
  EXPECT_EQ(program_.samples_lost, 3u);
  EXPECT_EQ(program_.samples.size(), 1u);
}

// The gaps are uniform on 1 … 2g-1 with g = 100: mean 100, variance (198 * 200) / 12 = 3300. The
// number of samples among n replies is then normal with mean n/g and variance n * 3300 / g^3; for n
// = 200,000 that is 2000 and 660, and 5 deviations are 128.
TEST_F(Sampling, TakesOneReplyInSoManyOnAverage) {
  table_.control().sample_gap = 100;
  for (int i = 0; i < 200'000; ++i) ask("www.example.com");
  EXPECT_NEAR(static_cast<double>(program_.samples.size()), 2000, 128);
}

// Of two queries in turn, a fixed even gap would tell of one alone. Either is drawn as likely:
// among 2000 samples 1000 with a variance of at most 500, of which 5 deviations are 112; 64 more
// for the number of samples itself.
TEST_F(Sampling, SeesQueriesThatTakeTurnsAsOften) {
  table_.control().sample_gap = 100;
  for (int i = 0; i < 100'000; ++i) {
    ask("www.example.com");
    ask("x.wild.example.com");
  }
  const auto first = std::count_if(
      program_.samples.begin(), program_.samples.end(), [](const std::string& record) {
        return text_of(read(record)->query).find("wild") == std::string_view::npos;
      });
  EXPECT_NEAR(static_cast<double>(first), 1000, 176);
}

TEST_F(Sampling, ASmallerGapDoesNotWaitForTheEndOfALongOne) {
  table_.control().sample_gap = 1'000'000'000;
  ASSERT_TRUE(ask("www.example.com"));
  program_.samples.clear();
  table_.control().sample_gap = 10;
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(ask("www.example.com"));
  EXPECT_FALSE(program_.samples.empty());
}

TEST_F(Sampling, RecordsThatAreNotWholeSayNothing) {
  table_.control().sample_gap = 1;
  ASSERT_TRUE(ask("www.example.com"));
  ASSERT_FALSE(program_.samples.empty());
  const std::string whole = program_.samples.back();
  EXPECT_TRUE(read(whole));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(read(std::string_view(whole).substr(0, length))) << length;
  sample wrong;
  std::memcpy(&wrong, whole.data(), SAMPLE_HEAD_OCTETS);
  const auto refused = [&](const sample& head) {
    std::string record = whole;
    std::memcpy(record.data(), &head, SAMPLE_HEAD_OCTETS);
    return !read(record);
  };
  EXPECT_FALSE(refused(wrong));
  wrong.query_length = QUERY_OCTETS_MAX + 1;
  EXPECT_TRUE(refused(wrong));
  std::memcpy(&wrong, whole.data(), SAMPLE_HEAD_OCTETS);
  ++wrong.reply_length;
  EXPECT_TRUE(refused(wrong));
}

}  // namespace
}  // namespace signpost::testing
