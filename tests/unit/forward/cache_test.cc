#include "forward/cache.h"

#include <gtest/gtest.h>

namespace signpost::forward {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

AnswerPtr answer(seconds life, std::size_t octets = 4) {
  Answer out;
  out.life = life;
  out.records.answers.push_back({.owner = {}, .rdata = std::string(octets, 'x')});
  return std::make_shared<const Answer>(std::move(out));
}

TEST(ForwardCache, TellsTheAgeUntilTheLifeEnds) {
  Cache cache(1 << 20);
  const Clock::time_point start;
  cache.put("a", answer(seconds(10)), start);
  EXPECT_EQ(cache.find("a", start)->age, seconds(0));
  EXPECT_EQ(cache.find("a", start + milliseconds(9'999))->age, seconds(9));
  EXPECT_FALSE(cache.find("a", start + seconds(10)));
  EXPECT_EQ(cache.octets(), 0u);
}

TEST(ForwardCache, KeepsNothingWithoutALife) {
  Cache cache(1 << 20);
  cache.put("a", answer(seconds(5)), Clock::time_point());
  cache.put("a", answer(seconds(0)), Clock::time_point());
  EXPECT_FALSE(cache.find("a", Clock::time_point()));
}

TEST(ForwardCache, DropsWhatWasUsedLongestAgoWhenItIsFull) {
  const std::size_t one = [] {
    Cache cache(1 << 20);
    cache.put("a", answer(seconds(60), 1'000), Clock::time_point());
    return cache.octets();
  }();
  Cache cache(2 * one);
  const Clock::time_point now;
  cache.put("a", answer(seconds(60), 1'000), now);
  cache.put("b", answer(seconds(60), 1'000), now);
  ASSERT_TRUE(cache.find("a", now));
  cache.put("c", answer(seconds(60), 1'000), now);
  EXPECT_TRUE(cache.find("a", now));
  EXPECT_FALSE(cache.find("b", now));
  EXPECT_TRUE(cache.find("c", now));
  EXPECT_LE(cache.octets(), 2 * one);
}

}  // namespace
}  // namespace signpost::forward
