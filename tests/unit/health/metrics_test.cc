#include "base/metrics.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <thread>

#include "tests/unit/health/promtool.h"

namespace signpost::metrics {
namespace {

using ::testing::HasSubstr;

std::string exposed(const std::vector<Family>& families) {
  Registry registry;
  const auto kept = registry.add([&](std::vector<Family>& out) { out = families; });
  return registry.expose();
}

TEST(Metrics, ExposesEveryTypeInTheTextFormat) {
  Histogram seconds({0.5, 1});
  seconds.observe(0.25);
  seconds.observe(1);  // a bound belongs to its own bucket
  seconds.observe(7);
  const std::string text = exposed({
      Family(Type::kGauge, "signpost_mode", "The mode.").add({{"mode", "native"}}, 1),
      Family(Type::kCounter, "signpost_queries_total", "Queries.")
          .add({{"path", "xdp"}, {"family", "ipv6"}}, 12345678)
          .add({{"path", "udp"}, {"family", "ipv4"}}, 0),
      Family(Type::kHistogram, "signpost_probe_seconds", "Durations.")
          .add({{"kind", "tcp"}}, seconds.snapshot()),
  });
  EXPECT_EQ(text,
            "# HELP signpost_mode The mode.\n"
            "# TYPE signpost_mode gauge\n"
            "signpost_mode{mode=\"native\"} 1\n"
            "# HELP signpost_probe_seconds Durations.\n"
            "# TYPE signpost_probe_seconds histogram\n"
            "signpost_probe_seconds_bucket{kind=\"tcp\",le=\"0.5\"} 1\n"
            "signpost_probe_seconds_bucket{kind=\"tcp\",le=\"1\"} 2\n"
            "signpost_probe_seconds_bucket{kind=\"tcp\",le=\"+Inf\"} 3\n"
            "signpost_probe_seconds_sum{kind=\"tcp\"} 8.25\n"
            "signpost_probe_seconds_count{kind=\"tcp\"} 3\n"
            "# HELP signpost_queries_total Queries.\n"
            "# TYPE signpost_queries_total counter\n"
            "signpost_queries_total{family=\"ipv6\",path=\"xdp\"} 12345678\n"
            "signpost_queries_total{family=\"ipv4\",path=\"udp\"} 0\n");
  EXPECT_EQ(promtool_complaints(text), "");
}

TEST(Metrics, WritesNumbersThatReadBackAsThemselves) {
  const std::vector<double> values{
      0, -1, 0.1, 1e-9, 1e21, 9007199254740991.0, 1.7976931348623157e308, 5e-324};
  for (const double value : values) {
    const std::string text = exposed({Family(Type::kGauge, "value", "A value.").add(value)});
    const std::string line = text.substr(text.rfind("value ") + 6);
    EXPECT_EQ(std::strtod(line.c_str(), nullptr), value) << line;
    EXPECT_EQ(promtool_complaints(text), "") << text;
  }
  const auto special =
      exposed({Family(Type::kGauge, "value", "A value.")
                   .add({{"is", "nan"}}, std::nan(""))
                   .add({{"is", "big"}}, std::numeric_limits<double>::infinity())
                   .add({{"is", "low"}}, -std::numeric_limits<double>::infinity())});
  EXPECT_THAT(special, HasSubstr("value{is=\"nan\"} NaN\nvalue{is=\"big\"} +Inf\n"
                                 "value{is=\"low\"} -Inf\n"));
  EXPECT_EQ(promtool_complaints(special), "");
}

TEST(Metrics, EscapesWhateverALabelOrAHelpTextHolds) {
  const std::string text =
      exposed({Family(Type::kGauge, "value", "Back\\slash, \"quotes\" and\na line.")
                   .add({{"name", "a\\b\"c\nd"}}, 1)
                   .add({{"name", "na\xC3\xAFve \xF0\x9F\x8C\x90"}}, 2)
                   .add({{"name", "\xC0\x80|\xED\xA0\x80|\xFF|\xE2\x82"}}, 3)});
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(text,
            "# HELP value Back\\\\slash, \"quotes\" and\\na line.\n# TYPE value gauge\n"
            "value{name=\"a\\\\b\\\"c\\nd\"} 1\n"
            "value{name=\"na\xC3\xAFve \xF0\x9F\x8C\x90\"} 2\n"
            "value{name=\"" +
                bad + bad + "|" + bad + bad + bad + "|" + bad + "|" + bad + bad + "\"} 3\n");
  EXPECT_EQ(promtool_complaints(text), "");
}

TEST(Metrics, JoinsFamiliesOfOneNameFromSeveralCollectors) {
  Registry registry;
  const auto kernel = registry.add([](std::vector<Family>& out) {
    out.push_back(Family(Type::kCounter, "queries_total", "Queries.").add({{"path", "xdp"}}, 1));
  });
  const auto server = registry.add([](std::vector<Family>& out) {
    out.push_back(Family(Type::kCounter, "queries_total", "Queries.").add({{"path", "udp"}}, 2));
  });
  EXPECT_EQ(registry.expose(),
            "# HELP queries_total Queries.\n# TYPE queries_total counter\n"
            "queries_total{path=\"xdp\"} 1\nqueries_total{path=\"udp\"} 2\n");
}

TEST(Metrics, OneMistakeDoesNotCostTheScrape) {
  Registry registry;
  const auto good = registry.add([](std::vector<Family>& out) {
    out.push_back(Family(Type::kGauge, "good", "Good.").add({{"a", "1"}, {"b", "2"}}, 1));
  });
  const auto throwing = registry.add([](std::vector<Family>& out) {
    out.push_back(Family(Type::kGauge, "half", "Half.").add(1));
    throw std::runtime_error("map is gone");
  });
  const auto mistaken = registry.add([](std::vector<Family>& out) {
    out.push_back(Family(Type::kCounter, "no_suffix", "A counter without _total.").add(1));
    out.push_back(Family(Type::kGauge, "a_gauge_total", "A gauge with it.").add(1));
    out.push_back(Family(Type::kGauge, "bad-name", "A dash.").add(1));
    out.push_back(Family(Type::kGauge, "no_help", "").add(1));
    out.push_back(Family(Type::kHistogram, "good", "Another type."));
    out.push_back(Family(Type::kGauge, "good", "Good.")
                      .add({{"b", "2"}, {"a", "1"}}, 5)  // there already
                      .add({{"bad-label", "x"}}, 5)
                      .add({{"a", "1"}, {"a", "2"}}, 5)
                      .add({{"a", "3"}}, 3));
  });
  const std::string text = registry.expose();
  EXPECT_EQ(text,
            "# HELP good Good.\n# TYPE good gauge\ngood{a=\"1\",b=\"2\"} 1\ngood{a=\"3\"} 3\n");
  EXPECT_EQ(promtool_complaints(text), "");
}

TEST(Metrics, ForgetsACollectorWithItsRegistration) {
  Registry registry;
  auto kept = registry.add([](std::vector<Family>& out) {
    out.push_back(Family(Type::kGauge, "present", "Present.").add(1));
  });
  Registry::Registration moved = std::move(kept);
  kept.reset();
  EXPECT_THAT(registry.expose(), HasSubstr("present 1\n"));
  moved.reset();
  EXPECT_EQ(registry.expose(), "");
}

TEST(Metrics, CountsFromManyThreadsWithoutLoss) {
  Counter counter;
  Histogram histogram({1});
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10000; ++n) {
        counter.add();
        histogram.observe(n % 2 == 0 ? 0.5 : 2);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(counter.value(), 40000u);
  EXPECT_EQ(histogram.snapshot().counts, (std::vector<std::uint64_t>{20000, 20000}));
  EXPECT_EQ(histogram.snapshot().sum, 20000 * 0.5 + 20000 * 2);
}

TEST(Metrics, TheOracleRefusesWhatIsWrong) {
  EXPECT_NE(promtool_complaints("value{name=\"open} 1\n"), "");
  EXPECT_NE(promtool_complaints("# TYPE value counter\nvalue 1\n"), "");
}

}  // namespace
}  // namespace signpost::metrics
