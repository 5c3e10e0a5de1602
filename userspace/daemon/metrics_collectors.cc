#include "daemon/metrics_collectors.h"

#include <chrono>
#include <string>
#include <utility>

#include "control/map_use.h"
#include "control/reply_labels.h"
#include "dns/rcode.h"
#include "dns/rr_type.h"
#include "server/limiter.h"

namespace signpost::daemon {
namespace {

using metrics::Family;
using metrics::Type;

double number(std::uint64_t value) { return static_cast<double>(value); }

void add_replies(const std::string& path, const std::vector<server::ReplyCount>& counts,
                 Family& family) {
  for (const control::LabelledReplies& replies : control::labelled(counts)) {
    family.add({{"path", path},
                {"rcode", replies.rcode},
                {"outcome", replies.outcome},
                {"type", replies.type}},
               number(replies.replies));
  }
}

// Always there, so that a rate can be taken of the first replies.
std::vector<server::ReplyCount> with_usual(std::vector<server::ReplyCount> counts) {
  for (const auto outcome : {server::ReplyOutcome::kAnswer, server::ReplyOutcome::kNodata}) {
    for (const auto type : {dns::RRType::kA, dns::RRType::kAaaa})
      counts.push_back({dns::kRcodeNoError, outcome, static_cast<std::uint16_t>(type), 0});
  }
  return counts;
}

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
      .add({{"transport", "tcp"}}, number(stats.tcp.queries))
      .add({{"transport", "tls"}}, number(stats.tls.queries));
  families
      .emplace_back(Type::kHistogram, "signpost_slowpath_duration_seconds",
                    "From when the daemon had read a query until it handed its reply on.")
      .add({{"transport", "udp"}}, stats.udp_seconds)
      .add({{"transport", "tcp"}}, stats.tcp.seconds)
      .add({{"transport", "tls"}}, stats.tls.seconds);
  families
      .emplace_back(Type::kCounter, "signpost_slowpath_truncated_total",
                    "Replies over UDP that were cut and sent with TC.")
      .add(number(stats.truncated));
  families
      .emplace_back(Type::kCounter, "signpost_slowpath_replies_dropped_total",
                    "Replies over UDP that the kernel refused to send.")
      .add(number(stats.udp_replies_dropped));
  families
      .emplace_back(Type::kGauge, "signpost_tcp_connections_open",
                    "Connections open of DNS over TCP and over TLS.")
      .add({{"transport", "tcp"}}, number(stats.tcp.open))
      .add({{"transport", "tls"}}, number(stats.tls.open));
  families
      .emplace_back(Type::kCounter, "signpost_tcp_connections_refused_total",
                    "Connections of DNS over TCP and over TLS that were closed because there were "
                    "too many.")
      .add({{"transport", "tcp"}}, number(stats.tcp.refused))
      .add({{"transport", "tls"}}, number(stats.tls.refused));
}

void collect_tls(const server::ServerStats& stats, const server::TlsContext::Ptr& context,
                 std::vector<Family>& families) {
  Family handshakes(Type::kCounter, "signpost_tls_handshakes_total",
                    "Handshakes of DNS over TLS that ended, by how.");
  for (std::size_t i = 0; i < stats.tls_handshakes.size(); ++i)
    handshakes.add({{"result", std::string(server::kTlsHandshakeLabels[i])}},
                   number(stats.tls_handshakes[i]));
  families.push_back(std::move(handshakes));
  Family expiry(Type::kGauge, "signpost_tls_certificate_expiry_timestamp_seconds",
                "When the certificate of DNS over TLS expires.");
  if (context != nullptr) {
    const std::chrono::duration<double> expires = context->expires().time_since_epoch();
    expiry.add(expires.count());
  }
  families.push_back(std::move(expiry));
}

void collect_transfers(const server::ServerStats& stats, const server::NotifyCounts& notified,
                       std::vector<Family>& families) {
  Family transfers(Type::kCounter, "signpost_zone_transfers_total",
                   "Transfers of zones to other servers that have ended, by what they came to.");
  for (std::size_t i = 0; i < stats.transfers.size(); ++i)
    transfers.add({{"result", std::string(server::kTransferKindLabels[i])}},
                  number(stats.transfers[i]));
  families.push_back(std::move(transfers));
  Family notifies(Type::kCounter, "signpost_zone_notifies_total",
                  "Servers told that a zone changed (NOTIFY), by what came of it.");
  for (std::size_t i = 0; i < notified.size(); ++i)
    notifies.add({{"result", std::string(server::kNotifyResultLabels[i])}}, number(notified[i]));
  families.push_back(std::move(notifies));
}

void collect_forwarded(const forward::Counts& counts, std::vector<Family>& families) {
  Family questions(Type::kCounter, "signpost_forward_questions_total",
                   "Questions passed on by outbound rules, by what came of them.");
  for (std::size_t i = 0; i < counts.results.size(); ++i)
    questions.add({{"result", std::string(forward::kResultLabels[i])}}, number(counts.results[i]));
  families.push_back(std::move(questions));
  Family queries(Type::kCounter, "signpost_forward_queries_total",
                 "Queries to the servers of outbound rules that ended.");
  for (const auto& [server, ended] : counts.servers) {
    queries.add({{"server", server}, {"outcome", "answer"}}, number(ended.answers));
    queries.add({{"server", server}, {"outcome", "failure"}}, number(ended.failures));
  }
  families.push_back(std::move(queries));
  Family cache(Type::kGauge, "signpost_forward_cache_bytes",
               "Memory that kept answers of other servers take, about.");
  cache.add({}, number(counts.cache_octets));
  families.push_back(std::move(cache));
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
}

void collect_map_use(const control::FastPathReport& report, const datapath::Capacity& capacity,
                     const model::LocalityMap& localities, std::vector<Family>& families) {
  families.emplace_back(Type::kGauge, "signpost_map_entries", control::kMapEntriesHelp)
      .add({{"map", "nodes"}}, number(report.nodes_used))
      .add({{"map", "cells"}}, number(report.cells_used))
      .add({{"map", "locality_cells"}}, number(localities.cells().size()))
      .add({{"map", "localities"}}, number(localities.localities().size()));
  families.emplace_back(Type::kGauge, "signpost_map_capacity", control::kMapCapacityHelp)
      .add({{"map", "nodes"}}, number(capacity.nodes))
      .add({{"map", "cells"}}, number(capacity.cells))
      .add({{"map", "locality_cells"}}, number(capacity.locality_cells))
      .add({{"map", "localities"}}, number(capacity.localities));
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

void collect_answers(const std::vector<server::ReplyCount>& fast,
                     const std::vector<server::ReplyCount>& slow, std::vector<Family>& families) {
  Family answers(Type::kCounter, "signpost_answers_total",
                 "Replies, by path, type asked for, response code and outcome.");
  add_replies("fast", with_usual(fast), answers);
  add_replies("slow", with_usual(slow), answers);
  families.push_back(std::move(answers));
}

}  // namespace signpost::daemon
