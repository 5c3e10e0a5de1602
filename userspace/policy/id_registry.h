// Numbers for rings and counters that survive publishing and, through datapath/, restarts.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::policy {

// Who holds an id: a ring belongs to (owner, type), a counter to (owner, type, choice).
struct IdHolder {
  enum class Kind { kRing, kCounter } kind = Kind::kRing;
  dns::Name owner;
  dns::RRType type{};
  std::string choice;  // counters: Variant::choice
  friend auto operator<=>(const IdHolder&, const IdHolder&) = default;
};

// Hands out the smallest free numbers from 1. Not thread safe: only the thread that compiles tables uses it.
class IdRegistry {
 public:
  // `limit`: ids are below it. Beyond, 0 is handed out: such rings share a cursor, such answers are not counted.
  explicit IdRegistry(std::uint32_t ring_limit, std::uint32_t counter_limit);

  // The id of `holder`, handed out now if it has none.
  std::uint32_t id_of(const IdHolder& holder);

  // Makes the ids of (owner, type) free again. A freed counter must be zeroed before it is handed out again: freed
  // ids are returned by take_freed() for that.
  void release(const dns::Name& owner, dns::RRType type);

  // Assigns a remembered id at start. False if the id is taken or out of range.
  bool restore(const IdHolder& holder, std::uint32_t id);

  // Holders that got an id, and that lost theirs, since the last call.
  struct Journal {
    std::vector<std::pair<IdHolder, std::uint32_t>> assigned;
    std::vector<std::pair<IdHolder, std::uint32_t>> released;
  };
  Journal take_journal();

 private:
  struct Pool {
    std::uint32_t limit = 0;
    std::uint32_t next = 1;
    std::vector<std::uint32_t> free;
  };
  Pool& pool(IdHolder::Kind kind) { return kind == IdHolder::Kind::kRing ? rings_ : counters_; }

  Pool rings_;
  Pool counters_;
  std::map<IdHolder, std::uint32_t> held_;
  Journal journal_;
};

}  // namespace signpost::policy
