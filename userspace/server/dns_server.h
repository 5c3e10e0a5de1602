// The slow path: DNS over UDP, TCP and TLS on all listen addresses (RFC 1035, 6891, 7766, 7858).
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/metrics.h"
#include "bpf/guard_events.h"
#include "forward/forwarder.h"
#include "server/reply_counts.h"
#include "server/slot_source.h"
#include "server/sources.h"
#include "server/tls_context.h"
#include "server/tls_stream.h"
#include "server/transfer_counts.h"
#include "server/zone_backend.h"

namespace signpost::server {

struct ServerOptions {
  std::vector<std::string> listen{};  // addresses; at least one
  std::uint16_t port = 53;
  // DNS over TLS at the same addresses; null: none. Must outlive the server.
  const LiveTlsContext* tls = nullptr;
  std::uint16_t tls_port = 853;
  unsigned threads = 2;                    // and as many again with TLS
  std::size_t tcp_connections_max = 5000;  // and as many again with TLS
  std::chrono::seconds tcp_idle_timeout{10};
  // Slots in answer_counts and cursors of bpf/abi.h, for the same ids.
  std::uint32_t counters = 1u << 17;
  std::uint32_t rings = 1u << 16;
  // Localities whose demand is counted.
  std::uint32_t localities = 1u << 16;
  // struct control.key of bpf/abi.h: sticky rings then give a client the same slot on both paths.
  DigestKey digest_key = constant_digest_key();
};

// Of connections of one transport.
struct ConnectionStats {
  std::uint64_t queries = 0;
  std::uint64_t open = 0;
  // Times that there was no room for a connection: it, or the one idle for longest, was closed.
  std::uint64_t refused = 0;
  // From when the daemon had read queries until their replies were handed on: those that it read
  // together, together.
  metrics::Histogram::Snapshot seconds{};
};

struct ServerStats {
  std::uint64_t udp_queries = 0;
  ConnectionStats tcp{};
  ConnectionStats tls{};
  std::array<std::uint64_t, kTlsHandshakeLabels.size()> tls_handshakes{};  // by TlsHandshake
  std::uint64_t truncated = 0;
  std::uint64_t udp_replies_dropped = 0;  // the kernel refused to send them
  std::vector<ReplyCount> replies{};      // without those that are 0
  std::array<std::uint64_t, GUARD_EVENT_COUNT> guard_events{};
  metrics::Histogram::Snapshot udp_seconds{};  // as ConnectionStats::seconds
  TransferCounts transfers{};
  forward::Counts forwarded{};
};

class DnsServer {
 public:
  DnsServer(ServerOptions options, const Sources& sources, ZoneBackend backend = {});
  ~DnsServer();

  // Binds every address, UDP, TCP and, if wanted, TLS, and starts the threads. UNAVAILABLE with one
  // sentence that names the address and port that can't be had; nothing runs then.
  absl::Status start();

  // Stops and joins the threads.
  void stop();

  std::size_t threads() const;

  // Has every thread call `answer` as soon as it is done with what it does now; returns at once.
  void ask_threads(const std::function<void()>& answer);

  ServerStats stats() const;

  // ServerOptions::digest_key.
  const DigestKey& digest_key() const;

  // Answers given by the slow path for an answer_counts id.
  std::uint64_t answer_count(std::uint32_t counter) const;
  // The same for the first `counters` ids.
  std::vector<std::uint64_t> answer_counts(std::size_t counters) const;
  void reset_answer_count(std::uint32_t counter);

  // Answers of the slow path that depended on the client's locality: by locality, since the last
  // reset. To be reset when another map of localities is published, which numbers them anew.
  std::vector<std::uint64_t> demand() const;
  void reset_demand();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost::server
