#include "geo/round_trip_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/geo/support.h"

namespace signpost::geo {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(std::string_view csv) {
  const auto table = parse_round_trip_table(csv);
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument) << std::string(csv);
  return std::string(table.status().message());
}

TEST(RoundTripTable, ReadsRowsInTheOrderOfPrefixAndRegion) {
  const auto table = parse_round_trip_table(
      "# milliseconds, measured by hand\r\n"
      "Prefix, Region ,milliseconds\r\n"
      "\r\n"
      "2001:db8::/32,eu-west-1,7\r\n"
      "203.0.113.0/24, us-east-1 , 80.25\r\n"
      "  # between\n"
      "203.0.113.0/24,eu-west-1,12.5\n"
      "192.0.2.1,my.site_1,0.04");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(*table, (RoundTripTable{{prefix("192.0.2.1/32"), "my.site_1", 0.04},
                                    {prefix("203.0.113.0/24"), "eu-west-1", 12.5},
                                    {prefix("203.0.113.0/24"), "us-east-1", 80.25},
                                    {prefix("2001:db8::/32"), "eu-west-1", 7}}));
}

TEST(RoundTripTable, MayBeEmpty) {
  for (const char* csv : {"", "\n\n", "# nothing\n", "prefix,region,milliseconds\n"})
    EXPECT_EQ(parse_round_trip_table(csv).value(), RoundTripTable{}) << csv;
}

TEST(RoundTripTable, NamesTheLineThatIsWrong) {
  const std::string good = "# comment\n\n192.0.2.0/24,eu-west-1,5\n";
  for (const char* row : {"192.0.2.0/24,eu-west-1", "192.0.2.0/24,eu-west-1,5,6", "x", ","})
    EXPECT_THAT(refusal(good + row), AllOf(HasSubstr("line 4"), HasSubstr("prefix,region,")))
        << row;
  for (const char* row : {"192.0.2.1/24,eu-west-1,5", ",eu-west-1,5", "eu-west-1,192.0.2.0/24,5"})
    EXPECT_THAT(refusal(good + row), HasSubstr("line 4")) << row;
  for (const char* row : {"192.0.3.0/24,,5", "192.0.3.0/24,eu west,5", "192.0.3.0/24,é,5"})
    EXPECT_THAT(refusal(good + row), AllOf(HasSubstr("line 4"), HasSubstr("region"))) << row;
  for (const char* number : {"", "ten", "5ms", "0", "-1", "60000.5", "1e9", "nan", "inf", "0x10"})
    EXPECT_THAT(refusal(good + "192.0.3.0/24,eu-west-1," + number), HasSubstr("line 4")) << number;
  EXPECT_THAT(refusal("192.0.2.0/24,a,1\nprefix,region,milliseconds\n"), HasSubstr("line 2"));
}

TEST(RoundTripTable, NamesBothLinesThatGiveTheSamePair) {
  EXPECT_THAT(refusal("192.0.2.0/24,a,1\n192.0.2.0/24,b,1\n192.0.2.0/24,a,2\n"),
              AllOf(HasSubstr("line 3"), HasSubstr("after line 1")));
}

TEST(RoundTripTable, NamesTheFile) {
  const TemporaryFile file("192.0.2.0/24,a,1\nx\n");
  const auto bad = read_round_trip_table(file.path());
  EXPECT_THAT(std::string(bad.status().message()),
              AllOf(HasSubstr(file.path()), HasSubstr("line 2")));
  file.write("192.0.2.0/24,a,1\n");
  EXPECT_EQ(read_round_trip_table(file.path()).value().size(), 1u);
  const auto missing = read_round_trip_table("/nonexistent/table.csv");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/nonexistent/table.csv"));
  EXPECT_FALSE(read_round_trip_table("/tmp").ok());
}

}  // namespace
}  // namespace signpost::geo
