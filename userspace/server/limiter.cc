#include "server/limiter.h"

#include <algorithm>
#include <cstring>

namespace signpost::server {

const std::array<GuardEventText, GUARD_EVENT_COUNT> kGuardEventTexts = {{
#define X(id, label, help) {label, help},
    SIGNPOST_GUARD_EVENTS(X)
#undef X
}};

std::array<std::uint32_t, 4> words_of(const ClientAddress& address) {
  std::array<std::uint32_t, 4> words;
  std::memcpy(words.data(), address.data(), sizeof words);
  return words;
}

bool is_ipv6(const ClientAddress& address) {
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return !std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

LimitBuckets::LimitBuckets(const DigestKey& key) : key_(key), lines_(kLines) {}

limit_verdict LimitBuckets::take(const ClientAddress& client, std::uint64_t name_class,
                                 std::uint64_t now, const guard& settings) {
  const auto words = words_of(client);
  const limit_key key = limit_key_of(words.data(), is_ipv6(client), name_class, &key_);
  const std::size_t line = key.line % kLines;
  std::lock_guard lock(locks_[line % kLocks]);
  return bucket_take(bucket_of(&lines_[line], key.tag), now, &settings);
}

namespace {

// As limit_apply() of bpf/guard.h.
LimitedReply limit_rate(LimitBuckets& buckets, const guard& settings, const ClientAddress& client,
                        std::uint64_t name_class, std::uint64_t now) {
  const limit_verdict verdict = buckets.take(client, name_class, now, settings);
  if (verdict == LIMIT_PASS) return {};
  if (limit_exempts(&settings, words_of(client).data()))
    return {LimitedReply::Fate::kSend, GUARD_EVENT_LIMIT_EXEMPTED};
  if ((settings.flags & GUARD_LIMIT_DRY) != 0)
    return {LimitedReply::Fate::kSend, GUARD_EVENT_LIMIT_DRY_RUN};
  if (verdict == LIMIT_SLIP) return {LimitedReply::Fate::kCut, GUARD_EVENT_LIMIT_SLIPPED};
  return {LimitedReply::Fate::kDrop, GUARD_EVENT_LIMIT_DROPPED};
}

}  // namespace

LimitedReply limit_reply(LimitBuckets& buckets, const guard& settings, const ClientAddress& client,
                         const ReplyShape& shape, std::uint64_t now) {
  LimitedReply limited;
  if ((settings.flags & (GUARD_LIMIT | GUARD_LIMIT_DRY)) != 0)
    limited = limit_rate(buckets, settings, client, shape.name_class, now);
  if ((settings.flags & (GUARD_AMPLIFY | GUARD_AMPLIFY_DRY)) == 0 ||
      limited.fate != LimitedReply::Fate::kSend ||
      shape.reply <= settings.amplification * shape.query)
    return limited;
  if ((settings.flags & GUARD_AMPLIFY_DRY) != 0)
    return {LimitedReply::Fate::kSend, GUARD_EVENT_AMPLIFY_DRY_RUN};
  return {LimitedReply::Fate::kCut, GUARD_EVENT_AMPLIFY_CUT};
}

}  // namespace signpost::server
