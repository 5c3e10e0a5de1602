#include "health/probes/content_decoder.h"

#include <gtest/gtest.h>

#include "tests/unit/health/compressed.h"

namespace signpost::health {
namespace {

constexpr std::size_t kLimit = 65536;

std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += "line " + std::to_string(text.size() * 7919 % 1000) + "\n";
  return text;
}

TEST(ContentDecoder, DecodesEveryCodingPieceByPiece) {
  const std::string text = text_of(20000);
  const std::vector<std::pair<std::string, std::string>> coded{{"", text},
                                                               {"identity", text},
                                                               {"gzip", compressed(text, 31)},
                                                               {"X-GZIP", compressed(text, 31)},
                                                               {"deflate", compressed(text, 15)},
                                                               {"Deflate", compressed(text, -15)}};
  for (const auto& [coding, octets] : coded) {
    for (const std::size_t piece : {1u, 100u, 65536u}) {
      ContentDecoder decoder(coding);
      std::string out;
      for (std::size_t at = 0; at < octets.size(); at += piece)
        ASSERT_TRUE(decoder.decode(octets.substr(at, piece), kLimit, out)) << coding;
      EXPECT_EQ(out, text) << coding << " in pieces of " << piece;
    }
  }
}

TEST(ContentDecoder, StopsAtTheLimitOfABomb) {
  const std::string bomb = compressed(std::string(50'000'000, 'x'), 31);
  ContentDecoder decoder("gzip");
  std::string out;
  EXPECT_TRUE(decoder.decode(bomb, kLimit, out));
  EXPECT_EQ(out.size(), kLimit);
}

TEST(ContentDecoder, RefusesDamagedData) {
  std::string out;
  EXPECT_FALSE(ContentDecoder("gzip").decode("not gzip at all", kLimit, out));
  std::string damaged = compressed(text_of(1000), 31);
  damaged[20] = static_cast<char>(damaged[20] ^ 0xff);
  damaged[21] = static_cast<char>(damaged[21] ^ 0xff);
  EXPECT_FALSE(ContentDecoder("gzip").decode(damaged, kLimit, out));
}

}  // namespace
}  // namespace signpost::health
