#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

class NoticeCommands : public testing::Test {
 protected:
  NoticeCommands() {
    add(R"(notice { number: 7 time { seconds: 1785765909 } kind: HEALTH_FLIP severity: CRITICAL
                    summary: "health check web is unhealthy" health_flip { health_check_id: "web" } })");
    add(R"(missed: 2 notice { number: 10 time { seconds: 1785765910 } kind: HEALTH_FLIP severity: INFO
                              summary: "health check web is \x1b healthy" } )");
  }

  void add(const std::string& text) { fill(text, daemon_.notices.emplace_back()); }

  Result run(std::vector<std::string> arguments) {
    return run_against(daemon_, std::move(arguments));
  }

  FakeDaemon daemon_;
};

TEST_F(NoticeCommands, WatchWritesALineForEachNotice) {
  const Result result = run({"watch", "--count", "2"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "2026-08-03 14:05:09Z       7  critical  health check web is unhealthy\n"
            "2026-08-03 14:05:10Z      10  info      health check web is ? healthy\n");
  EXPECT_EQ(result.err, "signpost: warning: 2 notices before this are no longer kept\n");
  EXPECT_FALSE(daemon_.watched.has_after());
}

TEST_F(NoticeCommands, WatchWritesJsonLinesFromANumberOn) {
  const Result result = run({"watch", "--after", "0", "--count", "1", "-o", "json"});
  EXPECT_EQ(result.out,
            "{\"number\":\"7\",\"time\":\"2026-08-03T14:05:09Z\",\"kind\":\"HEALTH_FLIP\","
            "\"severity\":\"CRITICAL\",\"summary\":\"health check web is unhealthy\","
            "\"health_flip\":{\"health_check_id\":\"web\"}}\n");
  EXPECT_TRUE(daemon_.watched.has_after());
  EXPECT_EQ(daemon_.watched.after(), 0u);
}

TEST_F(NoticeCommands, WatchFailsWhenTheStreamEnds) {
  const Result result = run({"watch"});
  EXPECT_EQ(result.code, 1);
  EXPECT_NE(result.err.find("go on with --after 8"), std::string::npos) << result.err;
}

TEST_F(NoticeCommands, ListsReceivers) {
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(items { notice_receiver { id: "pager" webhook { url: "https://hooks.example.com/x" } }
                 waiting: 3 sent: 1 failed: 4 last_error: "Failure: refused" }
         items { notice_receiver { id: "program" command { command: "tell" command: "me" } } })",
      &daemon_.receivers));
  const Result result = run({"get", "notice-receivers"});
  EXPECT_EQ(result.out,
            "NOTICE RECEIVER  WAITING  SENT  FAILED  REFUSED  DROPPED  LAST SENT  WAY"
            "                          LAST ERROR\n"
            "pager                  3     1       4        0        0  -          "
            "https://hooks.example.com/x  Failure: refused\n"
            "program                0     0       0        0        0  -          command tell me"
            "              -\n");
}

}  // namespace
}  // namespace signpost::cli
