// How many replies there were, by what they said: a bounded number of kinds, whatever clients ask.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bpf/counted_type.h"
#include "server/responder.h"
#include "server/tally.h"

namespace signpost::server {

struct ReplyCount {
  std::uint16_t rcode = 0;
  ReplyOutcome outcome{};
  std::uint16_t type = 0;  // counted_type() of bpf/counted_type.h
  std::uint64_t replies = 0;
};

// Of one thread.
class ReplyTallies {
 public:
  void count(const Reply& reply) {
    tallies_[index_of(reply.rcode, reply.outcome, counted_type(reply.qtype))].add(1);
  }

  std::uint64_t value(std::size_t rcode, ReplyOutcome outcome, std::size_t type) const {
    return tallies_[index_of(rcode, outcome, type)].value();
  }

 private:
  static std::size_t index_of(std::size_t rcode, ReplyOutcome outcome, std::size_t type) {
    return (rcode * kReplyOutcomes + static_cast<std::size_t>(outcome)) * COUNTED_TYPES + type;
  }

  std::array<Tally, kRcodes * kReplyOutcomes * COUNTED_TYPES> tallies_;
};

// The sums over threads, without those that are 0; ascending by rcode, outcome and type.
std::vector<ReplyCount> sum_of(const std::vector<const ReplyTallies*>& threads);

}  // namespace signpost::server
