#include "tests/unit/health/probing.h"

#include <chrono>
#include <optional>

namespace signpost::health {

ProbeResult ProbeBench::probe(const model::CheckKind& kind) {
  ProbeResult result;
  for (int attempt = 0; attempt < 20; ++attempt) {
    result = probe_once(kind);
    if (result.outcome != ProbeOutcome::kDiscarded) break;
  }
  return result;
}

ProbeResult ProbeBench::probe_once(const model::CheckKind& kind) {
  auto check = std::make_shared<model::HealthCheck>();
  check->id = "probed";
  check->kind = kind;
  std::optional<ProbeResult> result;
  start_probe(io_, settings_, {check, memory_, true}, [&](const ProbeResult& seen) {
    EXPECT_FALSE(result) << "a second result: " << seen.text;
    result = seen;
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  io_.restart();
  while (!result && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
  EXPECT_TRUE(result) << "no result";
  return result.value_or(ProbeResult{});
}

model::ProbeTarget ProbeBench::at(std::uint16_t port, const std::string& host) {
  return {.address = "127.0.0.1", .host = host, .port = port};
}

}  // namespace signpost::health
