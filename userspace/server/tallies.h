// What one thread of the server counted. It alone writes; any thread reads.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "server/responder.h"

namespace signpost::server {

// A number that one thread raises without a locked instruction, and others read.
class Tally {
 public:
  void add(std::uint64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t count) {
    value_.store(value_.load(std::memory_order_relaxed) - count, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Tallies {
  Tallies(std::uint32_t counters, std::uint32_t localities)
      : answers(counters), demand(localities) {}

  void count(const Reply& reply) {
    if (reply.cookie) guard_events[*reply.cookie].add(1);
    if (reply.limit) guard_events[*reply.limit].add(1);
    if (reply.size == 0) return;
    by_rcode[reply.rcode].add(1);
    if (reply.truncated) truncated.add(1);
    if (reply.counter != 0 && reply.counter < answers.size()) answers[reply.counter].add(1);
    if (reply.locality && *reply.locality < demand.size()) demand[*reply.locality].add(1);
  }

  Tally udp_queries;
  Tally udp_replies_dropped;
  Tally tcp_queries;
  Tally tcp_connections_open;
  Tally tcp_connections_refused;
  Tally truncated;
  std::array<Tally, kRcodes> by_rcode;
  std::array<Tally, GUARD_EVENT_COUNT> guard_events;
  std::vector<Tally> answers;  // by answer_counts id; 0 is not counted
  std::vector<Tally> demand;   // answers that depended on the client's locality, by locality
};

}  // namespace signpost::server
