// The file of the audit log, as log rotation and full disks find it.
#include "control/access/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

AuditEntry entry(const std::string& summary) {
  return {.identity = "certificate ops.example.net",
          .role = "admin",
          .peer = "192.0.2.7:4711",
          .method = "/signpost.v1.ConfigService/Apply",
          .code = "OK",
          .generation = 7,
          .summary = summary};
}

std::string exposed(const AuditLog& log) {
  metrics::Registry registry;
  const auto registration =
      registry.add([&](std::vector<metrics::Family>& families) { log.collect(families); });
  return registry.expose();
}

TEST(AuditLog, WritesOneObjectOfJsonALineWhateverATextHolds) {
  TemporaryFolder folder;
  AuditLog log(folder / "audit.log");
  log.write(entry("say \"hi\"\nand go"));
  const std::string text = read(folder / "audit.log");
  ASSERT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const boost::json::object line = boost::json::parse(text).as_object();
  EXPECT_EQ(line.at("identity"), "certificate ops.example.net");
  EXPECT_EQ(line.at("role"), "admin");
  EXPECT_EQ(line.at("peer"), "192.0.2.7:4711");
  EXPECT_EQ(line.at("method"), "/signpost.v1.ConfigService/Apply");
  EXPECT_EQ(line.at("code"), "OK");
  EXPECT_EQ(line.at("generation"), 7);
  EXPECT_EQ(line.at("summary"), "say \"hi\"\nand go");
  EXPECT_FALSE(line.contains("message"));
  EXPECT_THAT(std::string(line.at("time").as_string()),
              ::testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
}

TEST(AuditLog, IsForItsUserAndGroupAlone) {
  TemporaryFolder folder;
  AuditLog log(folder / "audit.log");
  struct stat info {};
  ASSERT_EQ(stat((folder / "audit.log").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0007, 0u);
}

TEST(AuditLog, GoesOnInANewFileWhenTheOldOneIsRenamed) {
  TemporaryFolder folder;
  AuditLog log(folder / "audit.log");
  log.write(entry("first"));
  std::filesystem::rename(folder / "audit.log", folder / "audit.log.1");
  log.write(entry("second"));
  EXPECT_THAT(read(folder / "audit.log.1"), ::testing::HasSubstr("first"));
  EXPECT_THAT(read(folder / "audit.log"), ::testing::HasSubstr("second"));
}

TEST(AuditLog, AppendsToWhatIsThere) {
  TemporaryFolder folder;
  AuditLog(folder / "audit.log").write(entry("first"));
  AuditLog(folder / "audit.log").write(entry("second"));
  const std::string text = read(folder / "audit.log");
  EXPECT_LT(text.find("first"), text.find("second"));
}

TEST(AuditLog, TellsTheLogAndTheMetricsWhatItCantWrite) {
  AuditLog log("/dev/full");
  testing::internal::CaptureStderr();
  ASSERT_TRUE(log::initialise("info").ok());
  log.write(entry("not lost"));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), ::testing::HasSubstr("not lost"));
  EXPECT_THAT(exposed(log),
              ::testing::HasSubstr("signpost_audit_lines_total{result=\"failed\"} 1"));
}

TEST(AuditLog, WritesAgainOnceItCan) {
  TemporaryFolder folder;
  const std::string path = folder / "later/audit.log";
  AuditLog log(path);
  log.write(entry("lost to the log"));
  std::filesystem::create_directory(folder / "later");
  log.write(entry("kept"));
  EXPECT_THAT(read(path), ::testing::HasSubstr("kept"));
  EXPECT_THAT(exposed(log),
              ::testing::HasSubstr("signpost_audit_lines_total{result=\"written\"} 1"));
}

}  // namespace
}  // namespace signpost::control
