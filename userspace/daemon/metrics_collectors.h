// The metrics of both paths, from what the modules count.
#pragma once

#include <chrono>
#include <vector>

#include "base/metrics.h"
#include "control/fast_path.h"
#include "control/located_answers.h"
#include "control/locations.h"
#include "datapath/table_maps.h"
#include "server/dns_server.h"
#include "server/notifier.h"
#include "server/tls_context.h"

namespace signpost::daemon {

void collect_build_info(std::vector<metrics::Family>& families);

void collect_slow_path(const server::ServerStats& stats, std::vector<metrics::Family>& families);

// `context`: of new connections; null without DNS over TLS.
void collect_tls(const server::ServerStats& stats, const server::TlsContext::Ptr& context,
                 std::vector<metrics::Family>& families);

// Zones sent to other servers, and how those took the news of their changes.
void collect_forwarded(const forward::Counts& counts, std::vector<metrics::Family>& families);
void collect_transfers(const server::ServerStats& stats, const server::NotifyCounts& notified,
                       std::vector<metrics::Family>& families);

// Also in userspace mode, where only signpost_xdp_mode has something to say.
void collect_fast_path(const control::FastPathReport& report,
                       std::vector<metrics::Family>& families);

// How long the fast path had no daemon before this one.
void collect_unattended(std::chrono::nanoseconds unattended,
                        std::vector<metrics::Family>& families);

// How full the fast path's maps are.
void collect_map_use(const control::FastPathReport& report, const datapath::Capacity& capacity,
                     const model::LocalityMap& localities, std::vector<metrics::Family>& families);

// What cookies and limits did on both paths.
void collect_guard(const control::FastPathReport& report, const server::ServerStats& stats,
                   std::vector<metrics::Family>& families);

// What both paths answered.
void collect_locations(const control::LocationState& state, const control::LocatedAnswers& answers,
                       std::vector<metrics::Family>& families);
void collect_answers(const std::vector<server::ReplyCount>& fast,
                     const std::vector<server::ReplyCount>& slow,
                     std::vector<metrics::Family>& families);

}  // namespace signpost::daemon
