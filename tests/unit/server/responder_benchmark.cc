// Replies a second of one core, without sockets.
#include <benchmark/benchmark.h>

#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

void measure(benchmark::State& state, const std::string& message) {
  const model::AnswerTablePtr table = example_table();
  server::SlotSource slots(1000, 1, {});
  const guard settings{};
  const auto zones = std::make_shared<const server::ServedZones>();
  server::LimitBuckets buckets(server::constant_digest_key());
  std::array<std::uint8_t, server::kUdpReplyMax> out;
  const server::Client client{server::Transport::kUdp, ipv4(198, 51, 100, 7)};
  for (auto _ : state) {
    benchmark::DoNotOptimize(server::respond({table.get(), settings, zones, buckets},
                                             server::as_octets(message), client, slots, out));
  }
}

BENCHMARK_CAPTURE(measure, weighted, query("api.example.com.", dns::RRType::kA));
BENCHMARK_CAPTURE(measure, weighted_edns, edns_query("api.example.com.", dns::RRType::kA));
BENCHMARK_CAPTURE(measure, nxdomain, edns_query("no.example.com.", dns::RRType::kA));
BENCHMARK_CAPTURE(measure, wildcard, edns_query("x.wild.example.com.", dns::RRType::kTxt));
BENCHMARK_CAPTURE(measure, dname, edns_query("x.dname.example.com.", dns::RRType::kA));
BENCHMARK_CAPTURE(measure, refused, edns_query("www.example.net.", dns::RRType::kA));

}  // namespace
}  // namespace signpost::testing
