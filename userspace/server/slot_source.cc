#include "server/slot_source.h"

#include <cstring>

#include "bpf/client_slot.h"
#include "model/view.h"

namespace signpost::server {
namespace {

// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
std::uint64_t next_bits(std::uint64_t& state) {
  std::uint64_t bits = state += 0x9e3779b97f4a7c15;
  bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
  return bits ^ bits >> 31;
}

std::uint32_t slot_at(const DigestKey& key, const ClientAddress& client, std::uint32_t slots) {
  std::array<std::uint32_t, 4> words;
  std::memcpy(words.data(), client.data(), sizeof words);
  return slot_of_client(words.data(), &key, slots);
}

}  // namespace

DigestKey constant_digest_key() {
  DigestKey key;
  std::uint64_t state = 0;
  for (__u64& word : key.words) word = next_bits(state);
  return key;
}

std::optional<std::uint32_t> sticky_slot(const DigestKey& key, const model::Prefix& clients,
                                         std::uint32_t slots) {
  if (clients.length < (clients.is_ipv6 ? STICKY_BITS_IPV6 : STICKY_BITS_IPV4)) return std::nullopt;
  return slot_at(key, model::first_address(clients), slots);
}

SlotSource::SlotSource(std::uint32_t rings, std::uint64_t seed, const DigestKey& key)
    : cursors_(rings), random_(seed), key_(key) {}

const model::Variant& SlotSource::take(const model::Answer& answer, const ClientAddress& client) {
  if (!answer.ring) return answer.variants.front();
  return answer.variants[answer.ring->slots[slot_of(answer, client)]];
}

std::uint32_t SlotSource::slot_of(const model::Answer& answer, const ClientAddress& client) {
  const auto slots = static_cast<std::uint32_t>(answer.ring->slots.size());
  switch (answer.ring->mode) {
    case model::RingMode::kExact:
      // A ring without an id of its own shares a cursor, as in the kernel.
      return slot_in_turn(&cursors_[answer.ring->id < cursors_.size() ? answer.ring->id : 0],
                          slots);
    case model::RingMode::kRandom:
      return slot_at_random(random_bits(), slots);
    case model::RingMode::kSticky:
      break;
  }
  return slot_at(key_, client, slots);
}

std::uint32_t SlotSource::random_bits() {
  return static_cast<std::uint32_t>(next_bits(random_) >> 32);
}

}  // namespace signpost::server
