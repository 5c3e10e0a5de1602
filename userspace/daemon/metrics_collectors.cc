#include "daemon/metrics_collectors.h"

#include <array>
#include <chrono>
#include <numeric>
#include <string_view>
#include <utility>

#include "server/limiter.h"

namespace signpost::daemon {
namespace {

using metrics::Family;
using metrics::Type;

// By RCODE (RFC 6895 section 2.3); those without a name are never sent.
constexpr std::array<std::string_view, 17> kRcodes = {
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "", "",       "",
    "",        "",        "",         "",         "",       "",        "", "BADVERS"};

double number(std::uint64_t value) { return static_cast<double>(value); }

}  // namespace

void collect_build_info(std::vector<Family>& families) {
  families.emplace_back(Type::kGauge, "signpost_build_info", "The version that runs; always 1.")
      .add({{"version", SIGNPOST_VERSION}}, 1);
}

void collect_slow_path(const server::ServerStats& stats, std::vector<Family>& families) {
  families
      .emplace_back(Type::kCounter, "signpost_slowpath_queries_total",
                    "Queries that the daemon itself received.")
      .add({{"transport", "udp"}}, number(stats.udp_queries))
      .add({{"transport", "tcp"}}, number(stats.tcp_queries));
  Family responses(Type::kCounter, "signpost_slowpath_responses_total",
                   "Replies of the daemon itself, by response code.");
  for (std::size_t rcode = 0; rcode < kRcodes.size(); ++rcode) {
    if (kRcodes[rcode].empty()) continue;
    responses.add({{"rcode", std::string(kRcodes[rcode])}}, number(stats.by_rcode[rcode]));
  }
  families.push_back(std::move(responses));
  families
      .emplace_back(Type::kCounter, "signpost_slowpath_truncated_total",
                    "Replies over UDP that were cut and sent with TC.")
      .add(number(stats.truncated));
  families
      .emplace_back(Type::kCounter, "signpost_slowpath_replies_dropped_total",
                    "Replies over UDP that the kernel refused to send.")
      .add(number(stats.udp_replies_dropped));
  families
      .emplace_back(Type::kGauge, "signpost_tcp_connections_open", "DNS over TCP connections open.")
      .add(number(stats.tcp_connections_open));
  families
      .emplace_back(Type::kCounter, "signpost_tcp_connections_refused_total",
                    "DNS over TCP connections closed because there were too many.")
      .add(number(stats.tcp_connections_refused));
}

void collect_fast_path(const control::FastPathReport& report, std::vector<Family>& families) {
  using Mode = control::FastPathReport::Mode;
  Family mode(Type::kGauge, "signpost_xdp_mode", "1 for the mode of the fast path, 0 for others.");
  for (const auto& [value, label] :
       {std::pair(Mode::kNative, "native"), std::pair(Mode::kGeneric, "generic"),
        std::pair(Mode::kUserspace, "userspace")}) {
    mode.add({{"mode", label}}, report.mode == value ? 1 : 0);
  }
  families.push_back(std::move(mode));
  if (report.reasons.empty()) return;
  Family packets(Type::kCounter, "signpost_fastpath_packets_total",
                 "Packets that the fast path saw, by what it did and why.");
  for (const control::FastPathReport::Reason& reason : report.reasons) {
    packets.add({{"reason", reason.label}, {"verdict", reason.verdict}}, number(reason.packets));
  }
  families.push_back(std::move(packets));
  families
      .emplace_back(Type::kGauge, "signpost_map_entries", "Entries in use in the fast path's maps.")
      .add({{"map", "nodes"}}, number(report.nodes_used))
      .add({{"map", "cells"}}, number(report.cells_used));
  families
      .emplace_back(Type::kGauge, "signpost_map_capacity",
                    "Entries that the fast path's maps can hold.")
      .add({{"map", "nodes"}}, number(report.nodes_capacity))
      .add({{"map", "cells"}}, number(report.cells_capacity));
}

void collect_unattended(std::chrono::nanoseconds unattended, std::vector<Family>& families) {
  families
      .emplace_back(Type::kGauge, "signpost_fastpath_unattended_seconds",
                    "How long the fast path had answered without a daemon before this one started.")
      .add({}, std::chrono::duration<double>(unattended).count());
}

void collect_guard(const control::FastPathReport& report, const server::ServerStats& stats,
                   std::vector<Family>& families) {
  Family events(Type::kCounter, "signpost_guard_events_total",
                "Queries by what cookies and limits made of them.");
  for (std::size_t event = 0; event < server::kGuardEventTexts.size(); ++event) {
    const std::string label(server::kGuardEventTexts[event].label);
    if (event < report.guard_events.size())
      events.add({{"path", "fast"}, {"event", label}}, number(report.guard_events[event]));
    events.add({{"path", "slow"}, {"event", label}}, number(stats.guard_events[event]));
  }
  families.push_back(std::move(events));
}

void collect_locations(const control::LocationState& state, const control::LocatedAnswers& answers,
                       std::vector<Family>& families) {
  const model::LocalityData& data = state.map->data();
  if (data.built != 0) {
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    families
        .emplace_back(Type::kGauge, "signpost_geo_data_age_seconds",
                      "Age of the oldest file of geographic data.")
        .add(now.count() - static_cast<double>(data.built));
  }
  families
      .emplace_back(Type::kGauge, "signpost_geo_data_too_old",
                    "1 if the geographic data are older than --geo-max-age.")
      .add(state.too_old ? 1 : 0);
  families
      .emplace_back(Type::kGauge, "signpost_geo_load_failed",
                    "1 if the last load of locations failed; the ones before are in use.")
      .add(state.last_error.empty() ? 0 : 1);
  families
      .emplace_back(Type::kGauge, "signpost_geo_localities",
                    "Classes of clients whom all policies treat alike.")
      .add(number(state.map->localities().size()));
  families.emplace_back(Type::kGauge, "signpost_geo_prefixes", "Prefixes in the map of clients.")
      .add(number(data.prefixes));
  families
      .emplace_back(Type::kGauge, "signpost_geo_round_trips",
                    "Pairs of prefix and region with measured round-trip times.")
      .add(number(state.round_trips));
  families
      .emplace_back(Type::kGauge, "signpost_geo_answers",
                    "Answers that depended on the client's location since the map is in use, by "
                    "whether its place is known.")
      .add({{"located", "yes"}}, number(answers.located))
      .add({{"located", "no"}}, number(answers.unlocated));
}

void collect_answers(const control::FastPathReport& report, const server::ServerStats& stats,
                     std::vector<Family>& families) {
  std::uint64_t fast = 0;
  for (const control::FastPathReport::Reason& reason : report.reasons) {
    if (reason.verdict == control::kAnswerVerdict) fast += reason.packets;
  }
  const std::uint64_t slow =
      std::accumulate(stats.by_rcode.begin(), stats.by_rcode.end(), std::uint64_t{0});
  families
      .emplace_back(Type::kCounter, "signpost_answers_total",
                    "Replies, by the path that gave them.")
      .add({{"path", "fast"}}, number(fast))
      .add({{"path", "slow"}}, number(slow));
}

}  // namespace signpost::daemon
