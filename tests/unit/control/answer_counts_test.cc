#include "control/answer_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "policy/table_compiler.h"
#include "tests/support/config_builder.h"

namespace signpost::control {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Tables of a configuration that changes, and counters that the test sets.
class AnswerCountsTest : public ::testing::Test {
 protected:
  AnswerCountsTest() {
    testing::BatchBuilder zone;
    for (const char* check : {"one", "two"}) seen_.health.set(check, model::Health::kHealthy);
    zone.zone("example.com.", 1).check("one").check("two");
    apply(zone);
  }

  void apply(const testing::BatchBuilder& builder) {
    config_ = testing::applied(config_, builder.batch());
    take(compiler_.compile_batch(config_, seen_, builder.batch()));
  }

  void set_health(const std::string& check, model::Health health) {
    seen_.health.set(check, health);
    take(compiler_.compile_health(config_, seen_, {check}));
  }

  // A name with two addresses, each of a set and a check of its own.
  static testing::BatchBuilder failover(const std::string& owner, const std::string& first,
                                        const std::string& second) {
    model::RecordGroup group;
    group.type = dns::RRType::kA;
    group.sets.push_back(testing::failover("first", model::FailoverRole::kPrimary, first, "one"));
    group.sets.push_back(
        testing::failover("second", model::FailoverRole::kSecondary, second, "two"));
    testing::BatchBuilder builder;
    builder.group("example.com.", owner, std::move(group));
    return builder;
  }

  std::uint32_t counter_of(const std::string& owner, const std::string& choice) {
    return ids_.id_of(
        {policy::IdHolder::Kind::kCounter, testing::name(owner), dns::RRType::kA, choice});
  }
  void answer(const std::string& owner, const std::string& choice, std::uint64_t times,
              bool fast = true) {
    const std::uint32_t counter = counter_of(owner, choice);
    std::vector<std::uint64_t>& counts = fast ? fast_ : slow_;
    if (counter >= counts.size()) counts.resize(counter + 1);
    counts[counter] += times;
  }

  // The samples that a scrape has of a metric, by labels.
  std::map<std::string, std::string> scrape(
      const std::string& metric = "signpost_endpoint_answers_total") {
    metrics::Registry registry;
    const auto kept =
        registry.add([&](std::vector<metrics::Family>& families) { counts_.collect(families); });
    std::map<std::string, std::string> found;
    std::istringstream text(registry.expose());
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with(metric + "{")) continue;
      const std::size_t space = line.rfind(' ');
      found[line.substr(line.find('{'), space - line.find('{'))] = line.substr(space + 1);
    }
    return found;
  }

  std::vector<std::uint64_t> first_of(const std::vector<std::uint64_t>& counts,
                                      std::size_t counters) {
    std::vector<std::uint64_t> first = counts;
    first.resize(counters);
    return first;
  }

  void take(const policy::CompiledTable& compiled) {
    compiler_.accept(compiled);
    table_ = compiled.table;
  }

  policy::IdRegistry ids_{1000, 1000};
  policy::TableCompiler compiler_{ids_};
  model::Config config_;
  model::Observations seen_;
  model::AnswerTablePtr table_;
  std::vector<std::uint64_t> fast_;
  std::vector<std::uint64_t> slow_;
  boost::asio::io_context io_;
  AnswerCounts counts_{{[this] { return table_; },
                        [this](std::size_t counters) { return first_of(fast_, counters); },
                        [this](std::size_t counters) { return first_of(slow_, counters); }},
                       {.rings = 999, .counters = 999}};
};

TEST_F(AnswerCountsTest, AddUpWhatAllNamesGaveOfAnEndpointByPath) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  apply(failover("b.example.com.", "192.0.2.1", "192.0.2.3"));
  answer("a.example.com.", "first", 5);
  answer("b.example.com.", "first", 7);
  answer("b.example.com.", "first", 2, false);
  EXPECT_THAT(scrape(), UnorderedElementsAre(Pair("{endpoint=\"192.0.2.1\",path=\"fast\"}", "12"),
                                             Pair("{endpoint=\"192.0.2.1\",path=\"slow\"}", "2")));
}

TEST_F(AnswerCountsTest, FollowTheTableBetweenReadings) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  const std::weak_ptr<const model::AnswerTable> former = table_;
  scrape();
  apply(failover("b.example.com.", "192.0.2.1", "192.0.2.3"));
  EXPECT_FALSE(former.expired());
  counts_.keep_in_step(io_, std::chrono::milliseconds(1));
  io_.run_one();
  EXPECT_TRUE(former.expired());
  answer("b.example.com.", "first", 7);
  EXPECT_EQ(scrape()["{endpoint=\"192.0.2.1\",path=\"fast\"}"], "7");
}

TEST_F(AnswerCountsTest, KeepAnEndpointThatAnswersNothingAtPresent) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  answer("a.example.com.", "first", 5);
  scrape();
  set_health("one", model::Health::kUnhealthy);
  answer("a.example.com.", "second", 1);
  EXPECT_THAT(scrape(), UnorderedElementsAre(Pair("{endpoint=\"192.0.2.1\",path=\"fast\"}", "5"),
                                             Pair("{endpoint=\"192.0.2.1\",path=\"slow\"}", "0"),
                                             Pair("{endpoint=\"192.0.2.2\",path=\"fast\"}", "1"),
                                             Pair("{endpoint=\"192.0.2.2\",path=\"slow\"}", "0")));
}

TEST_F(AnswerCountsTest, GoOnWhereACounterBeganAnew) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  answer("a.example.com.", "first", 5);
  scrape();
  fast_.assign(fast_.size(), 0);
  answer("a.example.com.", "first", 3);
  EXPECT_EQ(scrape()["{endpoint=\"192.0.2.1\",path=\"fast\"}"], "8");
}

TEST_F(AnswerCountsTest, CountForTheNewAddressOnceASetHasOne) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  answer("a.example.com.", "first", 5);
  scrape();
  apply(failover("a.example.com.", "192.0.2.9", "192.0.2.2"));
  answer("a.example.com.", "first", 4);
  EXPECT_THAT(scrape(), UnorderedElementsAre(Pair("{endpoint=\"192.0.2.9\",path=\"fast\"}", "4"),
                                             Pair("{endpoint=\"192.0.2.9\",path=\"slow\"}", "0")));
}

TEST_F(AnswerCountsTest, ForgetEndpointsThatNoChoiceHas) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  answer("a.example.com.", "first", 5);
  scrape();
  testing::BatchBuilder removal;
  removal.remove("example.com.", "a.example.com.", dns::RRType::kA);
  apply(removal);
  EXPECT_THAT(scrape(), IsEmpty());
}

TEST_F(AnswerCountsTest, TellHowManyIdsAreInUse) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  set_health("one", model::Health::kUnhealthy);
  model::RecordGroup group;
  group.type = dns::RRType::kA;
  group.sets = {testing::weighted("x", 1, "192.0.2.3"), testing::weighted("y", 2, "192.0.2.4")};
  testing::BatchBuilder ring;
  ring.group("example.com.", "ring.example.com.", std::move(group));
  apply(ring);
  EXPECT_THAT(scrape("signpost_map_entries"),
              UnorderedElementsAre(Pair("{map=\"rings\"}", "1"), Pair("{map=\"counters\"}", "3")));
  EXPECT_EQ(scrape("signpost_map_capacity")["{map=\"counters\"}"], "999");
}

TEST_F(AnswerCountsTest, TellApartABoundedNumberOfEndpoints) {
  testing::BatchBuilder builder;
  constexpr std::size_t kSets = 100;
  for (std::size_t name = 0; name * kSets < ChoiceIndex::kEndpointsMax + kSets; ++name) {
    model::RecordGroup group;
    group.type = dns::RRType::kA;
    for (std::size_t set = 0; set < kSets; ++set) {
      const std::string address = absl::StrCat("10.", name / 256, ".", name % 256, ".", set);
      group.sets.push_back(testing::weighted(absl::StrCat(set), 1, address));
    }
    builder.group("example.com.", absl::StrCat("n", name, ".example.com."), std::move(group));
  }
  policy::IdRegistry ids(1000, 1u << 17);
  policy::TableCompiler compiler(ids);
  config_ = testing::applied(config_, builder.batch());
  table_ = compiler.compile_all(config_, seen_).table;
  const std::map<std::string, std::string> found = scrape();
  EXPECT_EQ(found.size(), 2 * (ChoiceIndex::kEndpointsMax + 1));
  EXPECT_TRUE(found.contains("{endpoint=\"other\",path=\"fast\"}"));
}

TEST_F(AnswerCountsTest, TellWhatCameSinceAMomentTheMostFirst) {
  apply(failover("a.example.com.", "192.0.2.1", "192.0.2.2"));
  apply(failover("b.example.com.", "192.0.2.3", "192.0.2.2"));
  answer("a.example.com.", "first", 100);
  AnswerCounts::Mark mark = counts_.mark();
  answer("a.example.com.", "first", 3);
  answer("b.example.com.", "first", 4);
  answer("b.example.com.", "first", 1, false);
  const AnswerCounts::Since since = counts_.since(mark, 1);
  ASSERT_EQ(since.choices.size(), 1u);
  EXPECT_EQ(since.choices[0].owner.text(), "b.example.com.");
  EXPECT_EQ(since.choices[0].choice, "first");
  EXPECT_EQ(since.choices[0].answers, 5u);
  ASSERT_EQ(since.endpoints.size(), 1u);
  EXPECT_EQ(since.endpoints[0].endpoint, "192.0.2.3");
  EXPECT_EQ(since.choice_answers, 8u);
  EXPECT_EQ(since.endpoint_answers, 8u);
  EXPECT_THAT(counts_.since(mark, 1).choices, IsEmpty());
}

}  // namespace
}  // namespace signpost::control
