#include "base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace signpost {
namespace {

absl::StatusOr<std::unique_ptr<int>> half(int number) {
  if (number % 2 != 0) return invalid_argument(number, " is odd; give an even number");
  return std::make_unique<int>(number / 2);
}

absl::StatusOr<int> quarter(int number) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> first, half(number));
  std::unique_ptr<int> second;
  ASSIGN_OR_RETURN(second, half(*first));
  return *second;
}

absl::Status check_quarter(int number, int& checks) {
  RETURN_IF_ERROR(quarter(number).status());
  ++checks;
  return absl::OkStatus();
}

TEST(Status, LeavesTheFunctionWithTheFirstError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(7).status(), invalid_argument("7 is odd; give an even number"));
  EXPECT_EQ(quarter(6).status(), invalid_argument("3 is odd; give an even number"));
  int checks = 0;
  EXPECT_TRUE(check_quarter(8, checks).ok());
  EXPECT_FALSE(check_quarter(9, checks).ok());
  EXPECT_EQ(checks, 1);
}

TEST(Status, KeepsItsCodeUnderAContext) {
  EXPECT_EQ(annotate(not_found("zone ", 7), "apply"), not_found("apply: zone 7"));
  EXPECT_TRUE(annotate(absl::OkStatus(), "apply").ok());
}

TEST(Status, HasTheCodeOfItsHelper) {
  EXPECT_TRUE(absl::IsInvalidArgument(invalid_argument("x")));
  EXPECT_TRUE(absl::IsNotFound(not_found("x")));
  EXPECT_TRUE(absl::IsFailedPrecondition(failed_precondition("x")));
  EXPECT_TRUE(absl::IsResourceExhausted(resource_exhausted("x")));
  EXPECT_TRUE(absl::IsUnavailable(unavailable("x")));
  EXPECT_TRUE(absl::IsInternal(internal_error("x")));
}

}  // namespace
}  // namespace signpost
