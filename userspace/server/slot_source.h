// Which slot of a ring a query of the slow path gets: the rule of bpf/slot.h, with one thread in
// the place of a CPU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "bpf/abi.h"
#include "model/answer_table.h"
#include "model/prefix.h"

namespace signpost::server {

// An address in network order, IPv4 as ::ffff:a.b.c.d.
using ClientAddress = std::array<std::uint8_t, 16>;

// struct control.key of bpf/abi.h: with it, sticky rings give a client the same slot on both paths.
using DigestKey = digest_key;

// The key where there are no kernel's tables to hold one: always the same, so that sticky rings
// give a client the same slot after a restart.
DigestKey constant_digest_key();

// The slot of all clients of a prefix in a sticky ring of `slots` slots; nothing if they have
// several.
std::optional<std::uint32_t> sticky_slot(const DigestKey& key, const model::Prefix& clients,
                                         std::uint32_t slots);

// Used by one thread.
class SlotSource {
 public:
  // `rings`: ids of rings are below it; at least 1. `seed`: of the slots drawn at random.
  SlotSource(std::uint32_t rings, std::uint64_t seed, const DigestKey& key);

  // The variant of `answer` that this query gets; moves the ring's cursor on.
  const model::Variant& take(const model::Answer& answer, const ClientAddress& client);

 private:
  std::uint32_t slot_of(const model::Answer& answer, const ClientAddress& client);
  std::uint32_t random_bits();

  std::vector<std::uint32_t> cursors_;
  std::uint64_t random_;
  DigestKey key_;
};

}  // namespace signpost::server
