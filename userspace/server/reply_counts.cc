#include "server/reply_counts.h"

namespace signpost::server {

std::vector<ReplyCount> sum_of(const std::vector<const ReplyTallies*>& threads) {
  std::vector<ReplyCount> counts;
  for (std::uint16_t rcode = 0; rcode < kRcodes; ++rcode) {
    for (std::size_t outcome = 0; outcome < kReplyOutcomes; ++outcome) {
      for (std::uint16_t type = 0; type < COUNTED_TYPES; ++type) {
        ReplyCount count{rcode, static_cast<ReplyOutcome>(outcome), type};
        for (const ReplyTallies* thread : threads)
          count.replies += thread->value(rcode, count.outcome, type);
        if (count.replies != 0) counts.push_back(count);
      }
    }
  }
  return counts;
}

}  // namespace signpost::server
