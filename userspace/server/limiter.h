// The rate limit and the limit of amplification for replies of the slow path: the rules of
// bpf/rate_limit.h and bpf/guard.h, with buckets of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "bpf/guard_events.h"
#include "bpf/rate_limit.h"
#include "server/slot_source.h"

namespace signpost::server {

// An address as the rules of bpf/ take it.
std::array<std::uint32_t, 4> words_of(const ClientAddress& address);
bool is_ipv6(const ClientAddress& address);

// Replies of clients' prefixes, of all threads. Any thread may call.
class LimitBuckets {
 public:
  // `key`: secret; nobody who does not know it can find prefixes that share a bucket.
  explicit LimitBuckets(const DigestKey& key);

  // Takes a reply of `name_class` to the client out of its bucket at `now` (guard_clock()).
  limit_verdict take(const ClientAddress& client, std::uint64_t name_class, std::uint64_t now,
                     const guard& settings);

 private:
  static constexpr std::size_t kLines = 1u << 14;  // 1 MiB
  static constexpr std::size_t kLocks = 64;

  const DigestKey key_;
  std::vector<bucket_line> lines_;
  std::array<std::mutex, kLocks> locks_;
};

// By enum guard_event: the label of metrics, and a sentence.
struct GuardEventText {
  std::string_view label;
  std::string_view help;
};
extern const std::array<GuardEventText, GUARD_EVENT_COUNT> kGuardEventTexts;

// What becomes of one reply.
struct LimitedReply {
  enum class Fate { kSend, kCut, kDrop };
  Fate fate = Fate::kSend;
  std::optional<guard_event> event;
};

// A reply without a valid cookie over UDP.
struct ReplyShape {
  std::uint64_t name_class = 0;  // replies of one class to one client prefix are limited together
  std::size_t query = 0;         // octets
  std::size_t reply = 0;
};

// `now`: guard_clock().
LimitedReply limit_reply(LimitBuckets& buckets, const guard& settings, const ClientAddress& client,
                         const ReplyShape& shape, std::uint64_t now);

}  // namespace signpost::server
