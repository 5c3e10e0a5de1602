#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/unit/cli/command_run.h"

namespace signpost::cli {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> lines(std::vector<std::string> words) {
  words.insert(words.begin(), "complete");
  const Result result = run_with(std::move(words));
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  return absl::StrSplit(result.out, '\n', absl::SkipEmpty());
}

// Without their help.
std::vector<std::string> candidates(std::vector<std::string> words) {
  std::vector<std::string> all = lines(std::move(words));
  for (std::string& line : all) line = line.substr(0, line.find('\t'));
  return all;
}

TEST(Completion, OffersCommandsThatBeginAsTypedWithTheirHelp) {
  EXPECT_THAT(lines({"ro"}),
              ElementsAre("rollback\tMake the state of an earlier generation the running one",
                          "round-trips\tMeasured round-trip times"));
}

TEST(Completion, OffersTheCommandsOfAGroupOfThem) {
  EXPECT_THAT(candidates({"override", ""}), ElementsAre("set", "clear", "list", "history"));
}

TEST(Completion, OffersTheOptionsOfTheCommandAndOfAllCommands) {
  EXPECT_THAT(candidates({"explain", "www.example.com", "A", "--"}),
              ElementsAre("--help", "--client", "--output", "--version", "--server", "--ca",
                          "--cert", "--key", "--timeout"));
}

TEST(Completion, OffersTheOptionsOfAGroupOfOptions) {
  EXPECT_THAT(candidates({"override", "set", "drain", "--"}),
              AllOf(Contains("--region"), Contains("--over")));
}

TEST(Completion, OffersTheWordsThatAnOptionTakes) {
  EXPECT_THAT(candidates({"status", "-o", ""}), ElementsAre("table", "json", "yaml"));
  EXPECT_THAT(candidates({"export", "--output", "y"}), ElementsAre("yaml"));
}

TEST(Completion, OffersTheWordsThatAnArgumentTakesAtItsPlace) {
  EXPECT_THAT(candidates({"override", "set", "d"}), ElementsAre("down", "drain"));
  EXPECT_THAT(candidates({"health", "switch", ""}), IsEmpty());
  EXPECT_THAT(candidates({"health", "switch", "region", ""}), ElementsAre("on", "off"));
}

TEST(Completion, LeavesFilesToTheShell) {
  EXPECT_THAT(lines({"apply", "-f", ""}), ElementsAre(":files"));
  EXPECT_THAT(lines({"zone", "import", "one.zone", ""}), ElementsAre(":files"));
  EXPECT_THAT(lines({"simulate", "queries.pcap", ""}), IsEmpty());
}

TEST(Completion, KnowsThatAFlagTakesNoValue) {
  EXPECT_THAT(candidates({"plan", "--prune", "--adop"}), ElementsAre("--adopt"));
  EXPECT_THAT(candidates({"plan", "--comment", "--adop"}), IsEmpty());
}

TEST(Completion, GoesOnBehindAnOptionOfAllCommands) {
  EXPECT_THAT(candidates({"--timeout", "5", "exp"}), ElementsAre("export", "explain"));
}

TEST(Completion, SaysNothingAboutWordsThatItCannotPlace) {
  EXPECT_THAT(candidates({"nonsense", "nonsense"}), IsEmpty());
  EXPECT_THAT(candidates({}), IsEmpty());
}

TEST(Completion, IsNotACommandForPeople) {
  EXPECT_THAT(candidates({""}), Not(Contains("complete")));
}

}  // namespace
}  // namespace signpost::cli
