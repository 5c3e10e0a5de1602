// What one thread of the server counted. It alone writes; any thread reads.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "server/duration_tallies.h"
#include "server/reply_counts.h"
#include "server/responder.h"
#include "server/tally.h"
#include "server/tls_stream.h"

namespace signpost::server {

// Of connections of one transport.
struct ConnectionTallies {
  Tally queries;
  Tally open;
  Tally refused;
  DurationTallies durations;
};

struct Tallies {
  Tallies(std::uint32_t counters, std::uint32_t localities)
      : answers(counters), demand(localities) {}

  void count(const Reply& reply) {
    if (reply.cookie) guard_events[*reply.cookie].add(1);
    if (reply.limit) guard_events[*reply.limit].add(1);
    if (reply.size == 0) return;
    replies.count(reply);
    if (reply.truncated) truncated.add(1);
    if (reply.counter != 0 && reply.counter < answers.size()) answers[reply.counter].add(1);
    if (reply.locality && *reply.locality < demand.size()) demand[*reply.locality].add(1);
  }

  Tally udp_queries;
  Tally udp_replies_dropped;
  Tally truncated;
  ConnectionTallies tcp;
  ConnectionTallies tls;
  TlsHandshakeTallies tls_handshakes;
  ReplyTallies replies;
  DurationTallies udp_durations;
  std::array<Tally, GUARD_EVENT_COUNT> guard_events;
  std::vector<Tally> answers;  // by answer_counts id; 0 is not counted
  std::vector<Tally> demand;   // answers that depended on the client's locality, by locality
};

}  // namespace signpost::server
