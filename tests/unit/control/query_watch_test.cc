#include "control/query_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "control/frequent_keys.h"

namespace signpost::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(FrequentKeys, AreCountedExactlyAsLongAsThereIsRoomForAll) {
  FrequentKeys<std::string> keys(4);
  for (int i = 0; i < 3; ++i) keys.add("often", 10);
  keys.add("seldom", 1);
  keys.add("also", 1);
  EXPECT_THAT(keys.top(10), ElementsAre(Pair("often", 30), Pair("also", 1), Pair("seldom", 1)));
  EXPECT_THAT(keys.top(1), ElementsAre(Pair("often", 30)));
  EXPECT_EQ(keys.total(), 32u);
}

// Of the algorithm: a key with more than total / capacity is there, and nothing is said to have
// come more often than it did.
TEST(FrequentKeys, ThatAreFrequentEnoughCantBePushedOutAndNoneIsCountedTooOften) {
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    constexpr std::size_t kCapacity = 32;
    FrequentKeys<std::uint32_t> keys(kCapacity);
    std::map<std::uint32_t, std::uint64_t> counts;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint32_t key = random() % 4 == 0 ? random() % 8 : random();
      const std::uint64_t weight = 1 + random() % 3;
      keys.add(key, weight);
      counts[key] += weight;
    }
    const auto top = keys.top(kCapacity);
    std::map<std::uint32_t, std::uint64_t> found(top.begin(), top.end());
    for (const auto& [key, count] : counts)
      EXPECT_TRUE(count <= keys.total() / kCapacity || found.contains(key)) << key;
    for (const auto& [key, count] : found) EXPECT_LE(count, counts[key]) << key;
  }
}

// A query for a name in wire form, as it comes from there.
std::string query_for(const std::string& wire) {
  return std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0", 12) + wire + std::string("\0\1\0\1", 4);
}
const std::string kWww("\3wWw\7Example\3com\0", 17);

server::ClientAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

class QueryWatchTest : public ::testing::Test {
 protected:
  void show(const std::string& query, const server::ClientAddress& client,
            std::uint32_t stands_for = 1) {
    server::Tapped tapped;
    tapped.stands_for = stands_for;
    tapped.client.address = client;
    tapped.query = server::as_octets(query);
    watch_.show(tapped);
  }

  static std::vector<std::pair<std::string, std::uint64_t>> names(const QueriesSeen& seen) {
    std::vector<std::pair<std::string, std::uint64_t>> names;
    for (const auto& [name, queries] : seen.names) names.emplace_back(name.text(), queries);
    return names;
  }
  static std::vector<std::pair<std::string, std::uint64_t>> prefixes(const QueriesSeen& seen) {
    std::vector<std::pair<std::string, std::uint64_t>> prefixes;
    for (const auto& [prefix, queries] : seen.prefixes)
      prefixes.emplace_back(prefix.text(), queries);
    return prefixes;
  }

  std::vector<bool> followed_;
  QueryWatch watch_{[this](bool watched) { followed_.push_back(watched); }};
};

TEST_F(QueryWatchTest, CountsNamesWhateverTheirCaseAndClientsByPrefix) {
  const auto watcher = watch_.watch();
  show(query_for(kWww), ipv4(192, 0, 2, 1));
  show(query_for(std::string("\3www\7example\3com\0", 17)), ipv4(192, 0, 2, 200));
  show(query_for(std::string("\0", 1)),
       {0x20, 1, 0x0d, 0xb8, 0, 1, 0xab, 0xcd, 0, 0, 0, 0, 0, 0, 0, 1});
  const QueriesSeen seen = watcher->take(10);
  EXPECT_EQ(seen.queries, 3u);
  EXPECT_THAT(names(seen), ElementsAre(Pair("www.example.com.", 2), Pair(".", 1)));
  EXPECT_THAT(prefixes(seen),
              ElementsAre(Pair("192.0.2.0/24", 2), Pair("2001:db8:1:ab00::/56", 1)));
}

TEST_F(QueryWatchTest, CountsASampleForAllThatItStandsFor) {
  const auto watcher = watch_.watch();
  show(query_for(kWww), ipv4(192, 0, 2, 1), 250);
  const QueriesSeen seen = watcher->take(10);
  EXPECT_EQ(seen.queries, 250u);
  EXPECT_THAT(names(seen), ElementsAre(Pair("www.example.com.", 250)));
}

TEST_F(QueryWatchTest, CountsTheClientsOfMessagesWithoutANameThatCanBeRead) {
  const auto watcher = watch_.watch();
  for (const std::string& message :
       {std::string(), std::string(12, '\0'), query_for("\3www"), query_for("\xc0\x0c")})
    show(message, ipv4(192, 0, 2, 1));
  const QueriesSeen seen = watcher->take(10);
  EXPECT_THAT(names(seen), IsEmpty());
  EXPECT_THAT(prefixes(seen), ElementsAre(Pair("192.0.2.0/24", 4)));
}

TEST_F(QueryWatchTest, GivesEachWatcherWhatCameSinceItsLastReading) {
  const auto first = watch_.watch();
  show(query_for(kWww), ipv4(192, 0, 2, 1));
  const auto second = watch_.watch();
  show(query_for(kWww), ipv4(192, 0, 2, 1));
  EXPECT_EQ(first->take(10).queries, 2u);
  EXPECT_EQ(first->take(10).queries, 0u);
  EXPECT_EQ(second->take(10).queries, 1u);
}

TEST_F(QueryWatchTest, IsWatchedAsLongAsThereIsAWatcherAndSaysSo) {
  EXPECT_FALSE(watch_.is_watched());
  auto first = watch_.watch();
  auto second = watch_.watch();
  EXPECT_TRUE(watch_.is_watched());
  first.reset();
  EXPECT_TRUE(watch_.is_watched());
  second->take(1);
  second.reset();
  EXPECT_FALSE(watch_.is_watched());
  EXPECT_THAT(followed_, ElementsAre(true, true, true, true, false));
}

}  // namespace
}  // namespace signpost::control
