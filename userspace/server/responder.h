// From a query to its reply: everything of the slow path but the sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "bpf/guard_events.h"
#include "model/answer_table.h"
#include "server/client.h"
#include "server/forward_request.h"
#include "server/limiter.h"
#include "server/live_zones.h"
#include "server/notify_request.h"
#include "server/octets.h"
#include "server/slot_source.h"
#include "server/transfer_request.h"
#include "server/update_request.h"

namespace signpost::server {

// What a query is answered from, and by which rules; all must outlive the call.
struct Serving {
  const model::AnswerTable* table = nullptr;  // null: no configuration is known yet
  const guard& settings;
  const ServedZonesPtr& zones;
  LimitBuckets& buckets;
  std::uint64_t now = 0;   // guard_clock()
  std::uint64_t unix = 0;  // unix_clock()
};

// Octets that a reply may take.
inline constexpr std::size_t kUdpReplyMax = 1232;   // RFC 9715
inline constexpr std::size_t kTcpReplyMax = 65535;  // with TLS as well

// Response codes that a reply can have: the header's, and BADVERS.
inline constexpr std::size_t kRcodes = 17;

// What kind of reply it was: that of the table, or kError where the query got no further.
enum class ReplyOutcome : std::uint8_t {
  kAnswer,
  kNodata,
  kNxdomain,
  kReferral,
  kServfail,
  kError
};
inline constexpr std::size_t kReplyOutcomes = 6;
std::string_view to_text(ReplyOutcome outcome);

// What was written.
struct Reply {
  std::size_t size = 0;     // octets; 0: a reply must not be sent
  std::uint16_t rcode = 0;  // with its extended bits (RFC 6891 section 6.1.3)
  ReplyOutcome outcome = ReplyOutcome::kError;
  std::uint16_t qtype = 0;  // 0 where no question could be read
  bool truncated = false;
  std::uint32_t counter = 0;  // of the answer given, an index in answer_counts; 0: not counted
  std::optional<model::LocalityId> locality{};  // the client's, if the answer depended on it
  std::optional<guard_event> cookie{};          // what the query's cookie was worth
  std::optional<guard_event> limit{};           // what a limit did, or would have
  // In the place of a reply: a zone to be sent, not over UDP.
  std::unique_ptr<TransferRequest> transfer{};
  // In the place of a reply: an update to be made.
  std::unique_ptr<UpdateRequest> update{};
  // In the place of a reply: a question to be passed on.
  std::unique_ptr<ForwardRequest> forward{};
  // What a primary has said, besides the reply to it.
  std::optional<NotifyReceipt> notified{};
};

// Writes the reply to `query`, a whole DNS message, into `out`, which has room for the longest
// reply of the client's transport. Every query gets a reply (RFC 8906) except a message that is
// itself a reply or has no whole header, and what the rate limit drops. Without a table: SERVFAIL.
// Throws nothing but std::bad_alloc.
Reply respond(const Serving& serving, Octets query, const Client& client, SlotSource& slots,
              std::span<std::uint8_t> out);

}  // namespace signpost::server
