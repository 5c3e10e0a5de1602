// The rule that both paths share: whatever the fast path answers, the slow path answers with the
// same octets.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "model/answer_table.h"
#include "server/responder.h"
#include "server/slot_source.h"

namespace signpost::testing {

// Compares reply frames of the fast path with the slow path's replies to the same queries. Both
// must begin with unused rings, and the fast path must run on one CPU: then their cursors move
// together.
class PathComparison {
 public:
  PathComparison(const model::AnswerTable& table, const server::DigestKey& key, std::uint32_t rings)
      : table_(table), slots_(rings, 1, key), buckets_(key) {}

  guard settings{};       // that both paths go by
  std::uint64_t now = 0;  // guard_clock() of both paths

  // What is wrong with the fast path's reply; empty if nothing is. A reply of a random ring need
  // only be one that the slow path gives as well; any other is that of the same turn, as a query
  // that the fast path passes takes no slot.
  std::string check(std::string_view query_frame, std::string_view reply_frame);

  // Replies found equal, by RCODE and whether they hold answers: "0 answer", "0 none", "3 none".
  const std::map<std::string, std::uint64_t>& equal() const { return equal_; }

 private:
  const model::AnswerTable& table_;
  server::SlotSource slots_;
  server::LimitBuckets buckets_;
  const server::ServedZonesPtr no_zones_ = std::make_shared<const server::ServedZones>();
  std::map<std::string, std::uint64_t> equal_;
};

}  // namespace signpost::testing
