#include "dns/rr_type.h"

#include "tests/unit/dns/support.h"

namespace signpost::dns {
namespace {

TEST(RRType, IsReadAsMnemonicOrNumberInAnyCase) {
  EXPECT_EQ(parse_rr_type("aaaa"), RRType::kAaaa);
  EXPECT_EQ(parse_rr_type("HTTPS"), RRType::kHttps);
  EXPECT_EQ(parse_rr_type("NSEC3PARAM"), RRType{51});
  EXPECT_EQ(parse_rr_type("TYPE1"), RRType::kA);
  EXPECT_EQ(parse_rr_type("type65535"), RRType{65535});
  EXPECT_EQ(parse_rr_type("TYPE0"), RRType{0});
  for (const char* text : {"", "TYPE", "TYPE65536", "TYPE-1", "TYPE1x", "AAAAA", "IN", "A "})
    EXPECT_EQ(parse_rr_type(text), std::nullopt) << text;
}

TEST(RRType, ReadsWhatItWritesForEveryNumber) {
  for (unsigned value = 0; value <= 65535; ++value) {
    const auto type = static_cast<RRType>(value);
    ASSERT_EQ(parse_rr_type(to_text(type)), type) << value;
  }
  EXPECT_EQ(to_text(RRType::kCaa), "CAA");
  EXPECT_EQ(to_text(RRType{65280}), "TYPE65280");
}

TEST(RRType, KnowsTheTypesThatAreNeverData) {
  for (const char* text : {"OPT", "TSIG", "TKEY", "IXFR", "AXFR", "ANY", "TYPE128", "TYPE255"})
    EXPECT_TRUE(is_meta_type(*parse_rr_type(text))) << text;
  for (const char* text : {"A", "DS", "TYPE127", "URI", "CAA", "TYPE65535"})
    EXPECT_FALSE(is_meta_type(*parse_rr_type(text))) << text;
}

}  // namespace
}  // namespace signpost::dns
