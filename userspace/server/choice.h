// Which of the replies that a table holds for a question one client gets: by its locality, and by
// its turn.
#pragma once

#include <cstdint>
#include <optional>

#include "model/answer_table.h"
#include "server/query.h"
#include "server/slot_source.h"

namespace signpost::server {

// The prefix of full length of an address.
model::Prefix prefix_of(const ClientAddress& address);

// For one query. The arguments must outlive it.
class Choice {
 public:
  Choice(const model::AnswerTable& table, const Query& query, const ClientAddress& client,
         SlotSource& slots)
      : table_(table), query_(query), client_(client), slots_(slots) {}

  // `found`, or what it holds for the client's locality.
  const model::Answer& answer(const model::Answer& found);

  // The variant of `found` that this query gets; moves the ring's cursor on.
  const model::Variant& take(const model::Answer& found) {
    return slots_.take(answer(found), client_);
  }

  // The client's locality, if an answer depended on it.
  std::optional<model::LocalityId> locality() const;

  // SCOPE PREFIX-LENGTH of the client subnet option in the reply (RFC 7871 section 7.2.1): 0 where
  // no answer depended on the locality, or where the query says nothing of its client.
  std::uint8_t scope() const;

 private:
  // Whether the client is where the query's client subnet option says: that has a source prefix.
  bool has_subnet() const;
  model::Prefix source() const;

  const model::AnswerTable& table_;
  const Query& query_;
  const ClientAddress& client_;
  SlotSource& slots_;
  std::optional<model::LocalityMap::Found> found_;
};

}  // namespace signpost::server
