#include "signpost/query_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::cli {
namespace {

using testing::HasSubstr;

std::string read(std::string_view text) {
  std::string lines;
  const absl::Status status =
      read_query_log(text, "log", [&](const CapturedQuery& query, std::uint64_t count) {
        absl::StrAppend(&lines, query.client, " ", query.name.text(), " ", dns::to_text(query.type),
                        " ", count, "\n");
        return absl::OkStatus();
      });
  return status.ok() ? lines : std::string(status.message());
}

TEST(QueryLog, HasAQueryALine) {
  EXPECT_EQ(read("192.0.2.1 www.example.com A\r\n"
                 "# comment\n\n"
                 "  2001:db8::/32\texample.com. mx   20 \n"
                 "- WWW.example.com TYPE65"),
            "192.0.2.1 www.example.com. A 1\n"
            "2001:db8::/32 example.com. MX 20\n"
            " WWW.example.com. HTTPS 1\n");
}

TEST(QueryLog, NamesTheLineThatItCannotRead) {
  EXPECT_THAT(read("\n192.0.2.1 www.example.com"), HasSubstr("log:2: has 2 words"));
  EXPECT_THAT(read("- a A 1 1"), HasSubstr("log:1: has 5 words"));
  EXPECT_THAT(read("- a..b A"), HasSubstr("log:1: "));
  EXPECT_THAT(read("- a NOTYPE"), HasSubstr("\"NOTYPE\" is not a record type"));
  for (const char* client : {"192.0.2", "192.0.2.1/24", "192.0.2.0/33", "::1/0", "x", "192.0.2.0/"})
    EXPECT_THAT(read(std::string(client) + " a A"), HasSubstr("is no address")) << client;
  for (const char* count : {"0", "-1", "1.5", "x", "99999999999999999999"})
    EXPECT_THAT(read(std::string("- a A ") + count), HasSubstr("whole number above 0")) << count;
}

TEST(Demand, IsAPrefixAndANumberALine) {
  const auto demand =
      read_demand("prefix,queries\n192.0.2.0/24,100\n2001:db8::1 , 0.5\n::/1,0\n", "demand.csv");
  ASSERT_TRUE(demand.ok()) << demand.status();
  ASSERT_EQ(demand->size(), 2u) << "nothing comes from ::/1";
  EXPECT_EQ((*demand)[0].prefix, "192.0.2.0/24");
  EXPECT_EQ((*demand)[0].queries, 100);
  EXPECT_EQ((*demand)[1].prefix, "2001:db8::1");
  EXPECT_EQ((*demand)[1].queries, 0.5);
}

TEST(Demand, NamesTheLineThatItCannotRead) {
  const auto error = [](std::string_view text) {
    return std::string(read_demand(text, "d").status().message());
  };
  EXPECT_THAT(error("192.0.2.0/24,1\n192.0.2.1/24,1"), HasSubstr("d:2: \"192.0.2.1/24\""));
  for (const char* line : {"192.0.2.0/24", "192.0.2.0/24,", "192.0.2.0/24,x", "192.0.2.0/24,-1",
                           "192.0.2.0/24,inf", "192.0.2.0/24,nan"})
    EXPECT_THAT(error(line), HasSubstr("d:1: behind the prefix")) << line;
  EXPECT_THAT(error("# nothing"), HasSubstr("holds no queries"));
}

TEST(Capacity, IsAnEndpointAndANumber) {
  const auto capacity = read_capacity("eu > a=b=500");
  ASSERT_TRUE(capacity.ok());
  EXPECT_EQ(capacity->prefix, "eu > a=b");
  EXPECT_EQ(capacity->queries, 500);
  for (const char* wrong : {"192.0.2.1", "=5", "a=", "a=0", "a=-1", "a=x"})
    EXPECT_FALSE(read_capacity(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace signpost::cli
