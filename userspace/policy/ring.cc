#include "policy/ring.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "bpf/abi.h"

namespace signpost::policy {

namespace {

// Slots for each weight: weight / gcd if their sum fits, else RING_SLOTS_MAX by largest remainders.
std::vector<std::uint64_t> slot_counts(const std::vector<std::uint64_t>& weights, bool& exact) {
  std::uint64_t divisor = 0;
  for (std::uint64_t weight : weights) divisor = std::gcd(divisor, weight);
  std::vector<std::uint64_t> counts;
  counts.reserve(weights.size());
  unsigned __int128 sum = 0;
  for (std::uint64_t weight : weights) {
    counts.push_back(weight / divisor);
    sum += weight / divisor;
  }
  exact = sum <= RING_SLOTS_MAX;
  if (exact) return counts;

  std::vector<std::pair<unsigned __int128, std::size_t>> remainders;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const unsigned __int128 scaled = static_cast<unsigned __int128>(counts[i]) * RING_SLOTS_MAX;
    counts[i] = static_cast<std::uint64_t>(scaled / sum);
    given += counts[i];
    remainders.emplace_back(scaled % sum, i);
  }
  std::stable_sort(remainders.begin(), remainders.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; given < RING_SLOTS_MAX; ++i, ++given) ++counts[remainders[i].second];
  return counts;
}

// 64 well-mixed bits of (text, slot): FNV-1a, then the finaliser of SplitMix64. Not secret, must
// never change: clients stay with their answers only as long as it is the same.
std::uint64_t mix(std::string_view text, std::uint64_t slot) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char octet : text) hash = (hash ^ static_cast<unsigned char>(octet)) * 0x100000001b3u;
  hash += (slot + 1) * 0x9e3779b97f4a7c15u;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
  return hash ^ (hash >> 31);
}

}  // namespace

Ring build_ring(const std::vector<std::uint64_t>& weights) {
  Ring ring;
  if (weights.size() == 1) return ring;
  const std::vector<std::uint64_t> counts = slot_counts(weights, ring.exact);
  // The k-th of n slots of a share stands at (k + 1/2) / n of the ring.
  std::vector<std::pair<double, std::uint16_t>> places;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    for (std::uint64_t k = 0; k < counts[i]; ++k) {
      places.emplace_back((static_cast<double>(k) + 0.5) / static_cast<double>(counts[i]), i);
    }
  }
  std::sort(places.begin(), places.end());
  ring.slots.reserve(places.size());
  for (const auto& [place, share] : places) ring.slots.push_back(share);
  return ring;
}

Ring build_sticky_ring(const std::vector<std::uint64_t>& weights,
                       const std::vector<std::string>& keys) {
  Ring ring;
  if (weights.size() == 1) return ring;
  ring.exact = false;
  ring.slots.reserve(kStickySlots);
  for (std::uint32_t slot = 0; slot < kStickySlots; ++slot) {
    double best_score = -1;
    std::uint16_t best = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const double uniform =
          (static_cast<double>(mix(keys[i], slot) >> 11) + 0.5) * 0x1p-53;  // in (0, 1)
      const double score = static_cast<double>(weights[i]) / -std::log(uniform);
      if (score > best_score) {
        best_score = score;
        best = static_cast<std::uint16_t>(i);
      }
    }
    ring.slots.push_back(best);
  }
  return ring;
}

// In whole numbers up to the last division, so that what is exact has no error: slots / all slots
// - weight / sum = (slots * sum - weight * all slots) / (all slots * sum).
double share_error(const std::vector<std::uint64_t>& weights,
                   std::span<const std::uint16_t> slots) {
  using Whole = __int128;
  std::vector<std::uint64_t> counts(weights.size());
  for (const std::uint16_t slot : slots) ++counts[slot];
  Whole sum = 0;
  for (const std::uint64_t weight : weights) sum += weight;
  const auto all = static_cast<Whole>(slots.size());
  Whole largest = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Whole difference = counts[i] * sum - weights[i] * all;
    largest = std::max(largest, difference < 0 ? -difference : difference);
  }
  return static_cast<double>(static_cast<long double>(largest) /
                             static_cast<long double>(all * sum));
}

}  // namespace signpost::policy
