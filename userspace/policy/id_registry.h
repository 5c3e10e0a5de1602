// Numbers for rings and counters that survive publishing and, through datapath/, restarts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::policy {

// Who holds an id: a ring belongs to (owner, type, which of its rings), a counter to (owner, type,
// choice).
struct IdHolder {
  enum class Kind { kRing, kCounter } kind = Kind::kRing;
  dns::Name owner;
  dns::RRType type{};
  std::string choice;  // counters: Variant::choice; rings: "", or a number where there are several
  friend auto operator<=>(const IdHolder&, const IdHolder&) = default;
};

// Hands out the smallest free numbers from 1. Not thread safe: only the thread that compiles tables
// uses it.
class IdRegistry {
 public:
  // `limit`: ids are below it. Beyond, 0 is handed out: such rings share a cursor, such answers are
  // not counted.
  explicit IdRegistry(std::uint32_t ring_limit, std::uint32_t counter_limit);

  // The id of `holder`, handed out now if it has none.
  std::uint32_t id_of(const IdHolder& holder);

  // Makes the ids of (owner, type) free again. A counter must be zeroed before packets use it under
  // its next holder: the journal tells which.
  void release(const dns::Name& owner, dns::RRType type);

  // What is known from before a restart, as the kernel kept it beside the counters: by digest, so
  // that holders can't be listed, only looked up.
  struct Remembered {
    std::function<std::optional<std::uint32_t>(const IdHolder&)> id_of;
    std::vector<std::pair<IdHolder::Kind, std::uint32_t>> ids;
  };
  // Before the first id_of(): holders get their remembered ids again; those ids go to nobody else.
  void restore(Remembered remembered);

  // After the first whole table: remembered ids that nobody claimed become free, and are told by
  // the journal.
  void free_unclaimed();

  // What happened since the last call, to be written through to the kernel in this order: released,
  // unclaimed, assigned.
  struct Journal {
    std::vector<std::pair<IdHolder, std::uint32_t>> released;
    std::vector<std::pair<IdHolder::Kind, std::uint32_t>> unclaimed;
    std::vector<std::pair<IdHolder, std::uint32_t>> assigned;
  };
  Journal take_journal();

 private:
  struct Pool {
    std::uint32_t limit = 0;
    std::uint32_t next = 1;
    std::set<std::uint32_t> free;
    std::set<std::uint32_t> unclaimed;  // remembered, not yet asked for
  };
  std::uint32_t take_remembered(const IdHolder& holder, Pool& from);

  Pool& pool(IdHolder::Kind kind) { return kind == IdHolder::Kind::kRing ? rings_ : counters_; }

  Pool rings_;
  Pool counters_;
  std::map<IdHolder, std::uint32_t> held_;
  std::function<std::optional<std::uint32_t>(const IdHolder&)> remembered_;
  Journal journal_;
};

}  // namespace signpost::policy
