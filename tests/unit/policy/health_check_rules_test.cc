#include <gmock/gmock.h>

#include "policy/validate.h"
#include "tests/support/config_builder.h"

namespace signpost::policy {
namespace {

model::PutHealthCheck put(const std::string& id, std::vector<std::string> children) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  check->kind = model::CalculatedCheck{std::move(children), 1};
  return {check};
}

model::PutHealthCheck leaf(const std::string& id) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = id;
  return {check};
}

model::Config applied(std::vector<model::Change> changes) {
  return apply_batch({}, {std::move(changes), "", ""}).value();
}

std::string refusal(const model::Config& before, std::vector<model::Change> changes) {
  const auto after = apply_batch(before, {std::move(changes), "", ""});
  return after.ok() ? "" : std::string(after.status().message());
}

TEST(HealthCheckRules, ChildrenMustExistInTheFinalState) {
  EXPECT_EQ(refusal({}, {put("all", {"a", "b"})}),
            "health check all: Child health check IDs do not exist or are deleted: a, b");
  EXPECT_EQ(refusal({}, {put("all", {"a", "b"}), leaf("a"), leaf("b")}), "");
}

TEST(HealthCheckRules, ChildrenCanNotBeRemoved) {
  const model::Config config = applied({leaf("a"), put("all", {"a"})});
  EXPECT_EQ(refusal(config, {model::DeleteHealthCheck{"a"}}),
            "health check a is a child of all; take it out of there before it is removed");
  EXPECT_EQ(refusal(config, {model::DeleteHealthCheck{"a"}, model::DeleteHealthCheck{"all"}}), "");
  EXPECT_EQ(refusal(config, {model::DeleteHealthCheck{"a"}, put("all", {})}), "");
}

TEST(HealthCheckRules, NoCheckDependsOnItself) {
  EXPECT_EQ(refusal({}, {put("a", {"a"})}), "health check a depends on itself: a -> a");
  const model::Config config = applied({leaf("x"), put("c", {"x"}), put("b", {"x", "c"})});
  EXPECT_EQ(refusal(config, {put("c", {"b"})}), "health check c depends on itself: c -> b -> c");
  EXPECT_EQ(refusal(config, {put("a", {"b", "c"})}), "");
}

TEST(HealthCheckRules, NestingHasALimit) {
  std::vector<model::Change> chain{leaf("0")};
  for (int i = 1; i <= 100'000; ++i)
    chain.emplace_back(put(std::to_string(i), {std::to_string(i - 1)}));
  EXPECT_THAT(refusal({}, chain), ::testing::HasSubstr("is nested more than 16 deep"));
  chain.resize(18);
  EXPECT_EQ(refusal({}, chain), "");
}

}  // namespace
}  // namespace signpost::policy
