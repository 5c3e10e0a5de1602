#include "dns/rcode.h"

#include <gtest/gtest.h>

namespace signpost::dns {
namespace {

TEST(Rcode, HasItsMnemonicOrItsNumber) {
  EXPECT_EQ(rcode_text(0), "NOERROR");
  EXPECT_EQ(rcode_text(kRcodeNxdomain), "NXDOMAIN");
  EXPECT_EQ(rcode_text(10), "NOTZONE");
  EXPECT_EQ(rcode_text(23), "RCODE23");
}

TEST(Rcode, IsReadAsItIsWrittenInAnyCase) {
  for (unsigned rcode = 0; rcode <= 4095; ++rcode) EXPECT_EQ(parse_rcode(rcode_text(rcode)), rcode);
  EXPECT_EQ(parse_rcode("nxDomain"), kRcodeNxdomain);
  EXPECT_EQ(parse_rcode("rcode5"), 5u);
  for (const char* text : {"", "FINE", "RCODE", "RCODE4096", "RCODE-1", "RCODE1x", "5"})
    EXPECT_EQ(parse_rcode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace signpost::dns
