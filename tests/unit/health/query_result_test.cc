#include <gmock/gmock.h>

#include "health/probes/metric_probe.h"

namespace signpost::health {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string vector_of(const std::string& samples) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + samples + "]}}";
}

TEST(QueryResult, IsTheValuesOfAScalarOrAVector) {
  EXPECT_THAT(
      read_query_result(
          R"({"status":"success","data":{"resultType":"scalar","result":[1700000000.1,"2.5"]}})")
          .value(),
      ElementsAre(2.5));
  EXPECT_THAT(read_query_result(vector_of(R"({"metric":{"a":"b"},"value":[1,"1"]},)"
                                          R"({"metric":{},"value":[1,"-1e3"]})"))
                  .value(),
              ElementsAre(1, -1000));
  EXPECT_THAT(read_query_result(vector_of("")).value(), IsEmpty());
}

TEST(QueryResult, TakesNanForNoValue) {
  EXPECT_THAT(read_query_result(vector_of(R"({"metric":{},"value":[1,"NaN"]},)"
                                          R"({"metric":{},"value":[1,"+Inf"]})"))
                  .value(),
              ElementsAre(HUGE_VAL));
}

TEST(QueryResult, RefusesWhatIsNone) {
  const auto refusal = [](const std::string& body) {
    return std::string(read_query_result(body).status().message());
  };
  EXPECT_EQ(refusal("<html>"), "no JSON");
  EXPECT_EQ(refusal(R"({"status":"error","errorType":"bad_data","error":"parse error"})"),
            "an error: parse error");
  EXPECT_EQ(refusal(R"({"status":"success","data":{"resultType":"matrix","result":[]}})"),
            "neither a scalar nor an instant vector");
  EXPECT_EQ(refusal(vector_of(R"({"value":[1]})")), "a malformed value");
  EXPECT_EQ(refusal(vector_of(R"({"value":[1,"1x"]})")), "a malformed value");
  EXPECT_EQ(refusal("[]"), "an error: ");
}

}  // namespace
}  // namespace signpost::health
