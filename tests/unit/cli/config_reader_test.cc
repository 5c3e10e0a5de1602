#include "signpost/config_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/folder.h"

namespace signpost::cli {
namespace {

std::string error(const absl::StatusOr<LoadedConfig>& loaded) {
  return std::string(loaded.status().message());
}

TEST(ConfigReader, ReadsTheFilesOfAFolderInOrderOfName) {
  const Folder folder;
  folder.write("20.json", R"({"zones": [{"name": "b.example"}]})");
  folder.write("10.yaml", "zones: [{name: a.example}]");
  folder.write("30.yml", "health_checks: [{id: one}]");
  folder.write("README.md", "not a configuration");
  folder.write(".hidden.yaml", "not: read");
  folder.write("below/40.yaml", "not: read");
  const auto loaded = load_config({folder.path()});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  ASSERT_EQ(loaded->config.zones_size(), 2);
  EXPECT_EQ(loaded->config.zones(0).name(), "a.example");
  EXPECT_EQ(loaded->config.zones(1).name(), "b.example");
  EXPECT_EQ(loaded->config.health_checks(0).id(), "one");
  EXPECT_EQ(loaded->sources.find("zones[1]"), folder.path("20.json") + ":1");
}

TEST(ConfigReader, RefusesAZoneInTwoFilesAndNamesBoth) {
  const Folder folder;
  const std::string first = folder.write("a.yaml", "zones:\n  - name: Example.COM.\n");
  const std::string second = folder.write("b.yaml", "\nzones:\n  - name: example.com\n");
  EXPECT_EQ(error(load_config({first, second})),
            second + ":3: zones[1]: the zone example.com. is also in " + first +
                ":2; keep it in one place");
}

TEST(ConfigReader, RefusesAHealthCheckGivenTwice) {
  const Folder folder;
  const std::string file = folder.write("a.yaml", "health_checks:\n  - id: one\n  - id: one\n");
  EXPECT_EQ(error(load_config({file})),
            file + ":3: health_checks[1]: the health check one is also in " + file +
                ":2; keep it in one place");
}

TEST(ConfigReader, RefusesZonesWithoutANameThatCanBe) {
  const Folder folder;
  const std::string none = folder.write("a.yaml", "zones:\n  - comment: none\n");
  EXPECT_EQ(error(load_config({none})), none + ":2: zones[0].name: missing; give the zone apex");
  const std::string bad = folder.write("b.yaml", "zones:\n  - name: a..example\n");
  EXPECT_EQ(error(load_config({bad})).rfind(bad + ":2: zones[0].name: ", 0), 0u);
  const std::string owned =
      folder.write("c.yaml", "zones:\n  - name: a.example\n    manager: api\n");
  EXPECT_EQ(error(load_config({owned})),
            owned + ":3: zones[0].manager: set by signpostd; remove it");
}

TEST(ConfigReader, NamesAPathThatCannotBeRead) {
  const Folder folder;
  EXPECT_EQ(error(load_config({folder.path("none.yaml")})),
            folder.path("none.yaml") + ": No such file or directory");
  EXPECT_EQ(error(load_config({folder.path()})),
            folder.path() + ": no *.yaml, *.yml or *.json file in this folder");
}

TEST(ConfigReader, BoundsTheSizeOfAFile) {
  const Folder folder;
  const std::string file = folder.write("a.zone", std::string((2 << 20) + 1, '#'));
  EXPECT_EQ(read_file(file, 2 << 20).status().message(), file + ": larger than 2 MB; split it");
  EXPECT_TRUE(read_file(file, 3 << 20).ok());
}

}  // namespace
}  // namespace signpost::cli
