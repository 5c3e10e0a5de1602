#include "server/deferred_tap.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

namespace signpost::server {
namespace {

// The query in memory of its own.
struct Kept {
  Tapped query;
  std::vector<std::uint8_t> octets;
};

void show(QueryTap& tap, const Kept& kept, const DeferredReply::Part& part) {
  Tapped both = kept.query;
  both.query = kept.octets;
  both.reply = part.message();
  both.answered = std::chrono::system_clock::now();
  tap.show(both);
}

}  // namespace

DeferredReplies::Source shown_when_made(DeferredReplies::Source source, QueryTap& tap,
                                        const Tapped& query) {
  Kept kept{query, {query.query.begin(), query.query.end()}};
  return
      [source = std::move(source), kept = std::move(kept), &tap](DeferredReplies::Deliver deliver) {
        source([kept, &tap, deliver = std::move(deliver)](DeferredReply::Part part) {
          show(tap, kept, part);
          deliver(std::move(part));
        });
      };
}

}  // namespace signpost::server
