#include "health/probes/body_search.h"

#include <gtest/gtest.h>

#include "health/search_pattern.h"

namespace signpost::health {
namespace {

// What is missing in `body` when it comes in pieces of `piece` octets, and how much was looked at.
std::pair<std::string, std::size_t> searched(BodySearch search, const std::string& body,
                                             std::size_t piece) {
  std::size_t size = 0;
  while (size < body.size()) {
    size = std::min(body.size(), size + piece);
    if (search.is_decided({body.data(), size})) break;
  }
  return {search.missing({body.data(), size}), size};
}

TEST(BodySearch, FindsAStringThatEndsWithinTheFirst5120OctetsWhateverThePieces) {
  const std::string needle = "all is well";
  const std::string last_place = std::string(5120 - needle.size(), 'x') + needle + "tail";
  for (const std::size_t piece : {1u, 3u, 4096u, 65536u}) {
    EXPECT_EQ(searched({needle, nullptr}, last_place, piece).first, "") << piece;
    EXPECT_EQ(searched({needle, nullptr}, "x" + last_place, piece).first,
              "the search string is not in the first 5,120 octets")
        << piece;
    EXPECT_EQ(searched({needle, nullptr}, "All is well", piece).first,
              "the search string is not in its 11 octets")
        << piece;
  }
}

TEST(BodySearch, ReadsNoFurtherThanItMust) {
  const std::string body = "up" + std::string(60000, ' ');
  EXPECT_EQ(searched({"up", nullptr}, body, 100).second, 100u);
  EXPECT_EQ(searched({"down", nullptr}, body, 100).second, 5200u);
}

TEST(BodySearch, MatchesAPatternInTheWholeBody) {
  const auto pattern = compile_search_pattern("\"queue\":\\s*[0-9]{1,2}\\b").value();
  EXPECT_EQ(searched({"", pattern}, std::string(60000, ' ') + "\"queue\": 42}", 4096).first, "");
  EXPECT_EQ(searched({"", pattern}, "\"queue\": 420}", 4096).first,
            "the search pattern does not match");
  EXPECT_EQ(searched({"up", pattern}, "\"queue\": 42}", 4096).first,
            "the search string is not in its 12 octets");
}

TEST(SearchPattern, RefusesWhatIsNoPatternOrTooLarge) {
  EXPECT_FALSE(compile_search_pattern("a(b").ok());
  EXPECT_FALSE(compile_search_pattern("(?=look)").ok());
  EXPECT_EQ(std::string(compile_search_pattern(".{999}").status().message()),
            "is too large; use fewer or smaller repetitions");
}

}  // namespace
}  // namespace signpost::health
