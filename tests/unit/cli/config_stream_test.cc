#include "signpost/config_stream.h"

#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "base/status.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kLimit = 4'000'000;  // gRPC's, less the frame

std::vector<v1::ApplyRequest> all(const Client::Parts& parts) {
  std::vector<v1::ApplyRequest> requests;
  while (true) {
    v1::ApplyRequest request;
    const absl::StatusOr<bool> more = parts(request);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return requests;
    requests.push_back(std::move(request));
  }
}

v1::Config large_config() {
  v1::Config config;
  for (const char* name : {"a.example", "b.example", "c.example"}) {
    v1::Zone& zone = *config.add_zones();
    zone.set_name(name);
    zone.set_comment("kept once");
    for (int i = 0; i < 60'000; ++i) {
      v1::RecordSet& set = *zone.add_record_sets();
      set.set_name("host-" + std::to_string(i));
      set.set_type("A");
      set.add_records("192.0.2.1");
    }
  }
  for (int i = 0; i < 50'000; ++i) config.add_health_checks()->set_id("check-" + std::to_string(i));
  return config;
}

TEST(ConfigStream, CutsLargeConfigurationsAndLosesNothing) {
  const v1::Config config = large_config();
  v1::ApplyOptions options;
  options.set_comment("large");
  const auto requests = all(parts_of(options, only(config)));
  ASSERT_GT(requests.size(), 3u);
  v1::Config joined;
  for (const v1::ApplyRequest& request : requests) {
    EXPECT_LT(request.ByteSizeLong(), kLimit);
    EXPECT_EQ(request.has_options(), &request == &requests.front());
    for (const v1::Zone& zone : request.config().zones()) {
      const int last = joined.zones_size() - 1;
      const bool continues = last >= 0 && joined.zones(last).name() == zone.name();
      EXPECT_EQ(zone.comment(), continues ? "" : "kept once");
      (continues ? joined.mutable_zones(last) : joined.add_zones())->MergeFrom(zone);
    }
    joined.mutable_health_checks()->MergeFrom(request.config().health_checks());
  }
  EXPECT_EQ(joined.SerializeAsString(), config.SerializeAsString());
}

TEST(ConfigStream, SendsTheOptionsOfAnEmptyConfiguration) {
  v1::ApplyOptions options;
  options.set_prune(true);
  const auto requests = all(parts_of(options, only({})));
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_TRUE(requests[0].options().prune());
}

TEST(ConfigStream, EndsWithTheErrorOfItsSource) {
  int calls = 0;
  const Client::Parts parts = parts_of({}, [&]() -> absl::StatusOr<std::optional<v1::Config>> {
    if (++calls == 1) return v1::Config();
    return invalid_argument("b.zone:7: no");
  });
  v1::ApplyRequest request;
  EXPECT_EQ(parts(request).status().message(), "b.zone:7: no");
}

}  // namespace
}  // namespace signpost::cli
