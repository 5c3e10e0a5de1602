#include "model/prefix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace signpost::model {
namespace {

using ::testing::HasSubstr;

Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }

std::string refusal(std::string_view text) {
  const auto parsed = Prefix::parse(text);
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << std::string(text);
  return std::string(parsed.status().message());
}

Prefix any_prefix(std::mt19937& random) {
  Prefix made;
  made.is_ipv6 = random() % 2 == 0;
  const unsigned full = made.is_ipv6 ? 128 : 32;
  made.length = static_cast<std::uint8_t>(full);
  // Few different octets, so that prefixes often contain each other.
  for (unsigned i = 0; i < full / 8; ++i)
    made.octets[i] = static_cast<std::uint8_t>(random() % 2 == 0 ? 0xff : random() % 4);
  return made.truncated(static_cast<std::uint8_t>(random() % (full + 1)));
}

TEST(Prefix, ReadsAddressesAndPrefixesOfBothFamilies) {
  EXPECT_EQ(prefix("203.0.113.0/24").text(), "203.0.113.0/24");
  EXPECT_EQ(prefix("203.0.113.7").text(), "203.0.113.7/32");
  EXPECT_EQ(prefix("0.0.0.0/0").text(), "0.0.0.0/0");
  EXPECT_EQ(prefix("2001:DB8::/32").text(), "2001:db8::/32");
  EXPECT_EQ(prefix("2001:db8::1").text(), "2001:db8::1/128");
  EXPECT_EQ(prefix("::/0").text(), "::/0");
  EXPECT_EQ(prefix("192.0.2.128/25").octets[3], 128);
  EXPECT_EQ(prefix("2001:db8::/32").octets[1], 1);
}

TEST(Prefix, KeepsAMappedAddressApartFromItsIpv4Address) {
  EXPECT_TRUE(prefix("::ffff:192.0.2.1").is_ipv6);
  EXPECT_FALSE(prefix("::ffff:0:0/96").contains(prefix("192.0.2.1")));
}

TEST(Prefix, RefusesWhatIsNoPrefixAndSaysWhatToWrite) {
  for (const char* text : {"", "/", "/24", "x", "192.0.2", "192.0.2.256", "192.0.2.1.", "2001:db8",
                           "2001:db8:::", " 192.0.2.1", "192.0.2.1 ", "192.0.2.01x"})
    EXPECT_THAT(refusal(text), HasSubstr("write one as 203.0.113.0/24")) << text;
  EXPECT_THAT(refusal(std::string_view("192.0.2.1\0", 10)), HasSubstr("no IPv4 or IPv6 prefix"));
  for (const char* text : {"192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24/24",
                           "192.0.2.0/ 24", "192.0.2.0/999999999999999999999"})
    EXPECT_THAT(refusal(text), HasSubstr("no number from 0 to 32")) << text;
  EXPECT_THAT(refusal("::/129"), HasSubstr("no number from 0 to 128"));
}

TEST(Prefix, RefusesBitsBehindThePrefixAndNamesTheRightOne) {
  EXPECT_THAT(refusal("203.0.113.7/24"), HasSubstr("write 203.0.113.0/24"));
  EXPECT_THAT(refusal("203.0.113.0/23"), HasSubstr("write 203.0.112.0/23"));
  EXPECT_THAT(refusal("2001:db8::1/127"), HasSubstr("write 2001:db8::/127"));
  EXPECT_THAT(refusal("128.0.0.0/0"), HasSubstr("write 0.0.0.0/0"));
}

TEST(Prefix, IsCutToItsFirstBits) {
  EXPECT_EQ(prefix("203.0.113.255").truncated(24), prefix("203.0.113.0/24"));
  EXPECT_EQ(prefix("203.0.113.255").truncated(27), prefix("203.0.113.224/27"));
  EXPECT_EQ(prefix("203.0.112.0/20").truncated(24), prefix("203.0.112.0/20"));
  EXPECT_EQ(prefix("2001:db8:ffff::").truncated(33), prefix("2001:db8:8000::/33"));
  EXPECT_EQ(prefix("ffff::").truncated(0), prefix("::/0"));
}

TEST(Prefix, ContainsExactlyThoseThatBeginWithItsBits) {
  std::mt19937 random(1);
  int contained = 0;
  for (int i = 0; i < 100000; ++i) {
    const Prefix a = any_prefix(random), b = any_prefix(random);
    bool begins = a.is_ipv6 == b.is_ipv6 && a.length <= b.length;
    for (unsigned bit = 0; begins && bit < a.length; ++bit) begins = a.bit(bit) == b.bit(bit);
    ASSERT_EQ(a.contains(b), begins) << a.text() << " and " << b.text();
    contained += begins ? 1 : 0;
  }
  EXPECT_GT(contained, 1000);
}

TEST(Prefix, ReadsWhatItWrites) {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const Prefix any = any_prefix(random);
    ASSERT_EQ(prefix(any.text()), any) << any.text();
  }
}

TEST(Prefix, SortsBeforeThoseThatItContains) {
  std::mt19937 random(3);
  for (int i = 0; i < 100000; ++i) {
    const Prefix a = any_prefix(random), b = any_prefix(random);
    if (a != b && a.contains(b)) {
      ASSERT_LT(a, b);
    }
  }
  EXPECT_LT(prefix("255.0.0.0/8"), prefix("::/0"));
}

}  // namespace
}  // namespace signpost::model
