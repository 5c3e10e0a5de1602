#include "base/log.h"

#include <gmock/gmock.h>
#include <spdlog/spdlog.h>

namespace signpost::log {
namespace {

using std::chrono::milliseconds;
using ::testing::MatchesRegex;

constexpr char kTime[] = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z ";

class Log : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(initialise("info").ok()); }

  template <typename Write>
  std::string written(Write write) {
    ::testing::internal::CaptureStderr();
    write();
    spdlog::default_logger()->flush();
    return ::testing::internal::GetCapturedStderr();
  }
};

TEST_F(Log, WritesTimeLevelMessageAndFieldsInOneLine) {
  const std::string line = written([] {
    info("zone applied", {{"zone", "example.com."},
                          {"records", 12},
                          {"dry_run", false},
                          {"comment", "two \"words\""},
                          {"path", "a\\b"},
                          {"nothing", ""}});
  });
  EXPECT_THAT(line,
              MatchesRegex(std::string(kTime) +
                           "info zone applied zone=example\\.com\\. records=12 dry_run=false "
                           "comment=\"two \\\\\"words\\\\\"\" path=\"a\\\\\\\\b\" nothing=\"\"\n"));
}

TEST_F(Log, NothingLoggedCanForgeALine) {
  const std::string line = written([] { error("bad\nname", {{"name", "x\r\n\x1b[2J\x7f"}}); });
  EXPECT_THAT(line, MatchesRegex(std::string(kTime) +
                                 "error bad\\\\x0aname name=x\\\\x0d\\\\x0a\\\\x1b\\[2J\\\\x7f\n"));
}

TEST_F(Log, BracesInAMessageAreText) {
  EXPECT_THAT(written([] { warning("{} {0} {bad"); }),
              MatchesRegex(std::string(kTime) + "warning \\{\\} \\{0\\} \\{bad\n"));
}

TEST_F(Log, KeepsBackWhatIsBelowItsLevel) {
  EXPECT_FALSE(debug_enabled());
  EXPECT_EQ(written([] { debug("detail"); }), "");
  ASSERT_TRUE(initialise("error").ok());
  EXPECT_EQ(written([] {
              info("started");
              warning("slow");
              spdlog::warn("from elsewhere");
            }),
            "");
  ASSERT_TRUE(initialise("debug").ok());
  EXPECT_TRUE(debug_enabled());
  EXPECT_NE(written([] { debug("detail"); }), "");
}

TEST_F(Log, RefusesALevelThatItDoesNotKnow) {
  EXPECT_EQ(initialise("loud").message(),
            "log level \"loud\" is not known; use debug, info, warning or error");
  EXPECT_NE(written([] { info("still at the old level"); }), "");
}

TEST_F(Log, LimitsRepeatedLinesToOneASecond) {
  RateLimit limit;
  const std::chrono::steady_clock::time_point start{};
  EXPECT_EQ(limit.admit(start), 0u);
  EXPECT_EQ(limit.admit(start + milliseconds(1)), std::nullopt);
  EXPECT_EQ(limit.admit(start + milliseconds(999)), std::nullopt);
  EXPECT_EQ(limit.admit(start + milliseconds(1000)), 2u);
  EXPECT_EQ(limit.admit(start + milliseconds(5000)), 0u);
}

TEST_F(Log, SaysHowManyLinesWereHeldBack) {
  RateLimit limit;
  (void)limit.admit(std::chrono::steady_clock::now() - milliseconds(1001));
  (void)limit.admit(std::chrono::steady_clock::now() - milliseconds(1000));
  const std::string lines = written([&] {
    warning(limit, "again", {{"peer", "192.0.2.1"}});
    warning(limit, "again", {{"peer", "192.0.2.2"}});
  });
  EXPECT_THAT(
      lines, MatchesRegex(std::string(kTime) + "warning again peer=192\\.0\\.2\\.1 held_back=1\n"));
}

}  // namespace
}  // namespace signpost::log
