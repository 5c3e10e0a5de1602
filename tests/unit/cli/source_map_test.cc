#include "signpost/source_map.h"

#include <gtest/gtest.h>

#include "base/status.h"
#include "signpost/message_reader.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli {
namespace {

class SourceMapTest : public testing::Test {
 protected:
  void SetUp() override {
    v1::Config config;
    ASSERT_TRUE(read_message(R"(zones:
  - name: example.com
    record_sets:
      - {name: www, type: A, records: [192.0.2.1]}
      - name: api
        type: A
        records:
          - 192.0.2.1
          - 192.0.2.2
        weighted:
          weight: 50
)",
                             "a.yaml", config, sources_)
                    .ok());
    ASSERT_TRUE(read_message("zones:\n- name: example.net\nhealth_checks:\n- id: one\n"
                             "  http:\n    ip_address: 192.0.2.1\n",
                             "b.yaml", config, sources_)
                    .ok());
  }

  SourceMap sources_{v1::Config::descriptor()};
};

TEST_F(SourceMapTest, FindsTheLineOfEachField) {
  EXPECT_EQ(sources_.find("zones[0]"), "a.yaml:2");
  EXPECT_EQ(sources_.find("zones[0].record_sets[0].records[0]"), "a.yaml:4");
  EXPECT_EQ(sources_.find("zones[0].record_sets[1]"), "a.yaml:5");
  EXPECT_EQ(sources_.find("zones[0].record_sets[1].type"), "a.yaml:6");
  EXPECT_EQ(sources_.find("zones[0].record_sets[1].records[1]"), "a.yaml:9");
  EXPECT_EQ(sources_.find("zones[0].record_sets[1].weighted.weight"), "a.yaml:11");
}

TEST_F(SourceMapTest, CountsOverAllFiles) {
  EXPECT_EQ(sources_.find("zones[1].name"), "b.yaml:2");
  EXPECT_EQ(sources_.find("health_checks[0].http.ip_address"), "b.yaml:6");
}

TEST_F(SourceMapTest, FallsBackToTheNearestPartAbove) {
  EXPECT_EQ(sources_.find("zones[0].record_sets[1].ttl"), "a.yaml:5");
  EXPECT_EQ(sources_.find("zones[0].comment"), "a.yaml:2");
}

TEST_F(SourceMapTest, KnowsNothingOfOtherPaths) {
  for (const char* path :
       {"", "zones", "zones[7]", "zones[x]", "zones[0", "zones[-1]", "planets[0]"})
    EXPECT_EQ(sources_.find(path), "") << path;
}

TEST_F(SourceMapTest, PlacesEachErrorOfAServer) {
  EXPECT_EQ(sources_
                .locate(invalid_argument("zones[0].record_sets[1].weighted.weight: must be at ",
                                         "most 255; lower it; zones[1].name: not a name"))
                .message(),
            "a.yaml:11: zones[0].record_sets[1].weighted.weight: must be at most 255; lower it\n"
            "b.yaml:2: zones[1].name: not a name");
  EXPECT_EQ(sources_.locate(invalid_argument("a map is full; raise --nodes")).message(),
            "a map is full; raise --nodes");
  EXPECT_TRUE(sources_.locate(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace signpost::cli
