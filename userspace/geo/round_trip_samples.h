// Measured round-trip times.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "geo/decaying_median.h"
#include "model/prefix.h"

namespace signpost::geo {

struct MeasuredRoundTrip {
  model::Prefix prefix;
  std::string region;
  double milliseconds = 0;          // the decaying median
  std::uint32_t samples = 0;        // ever; stays at its largest value
  std::chrono::sys_seconds last{};  // of the newest sample
  friend bool operator==(const MeasuredRoundTrip&, const MeasuredRoundTrip&) = default;
};

// A decaying median for each (prefix, region), of at most `capacity` pairs: a new pair takes the
// place of the one that has been without a sample for the longest time. To be used by one thread at
// a time.
class RoundTripSamples {
 public:
  struct Options {
    std::size_t capacity = 200000;
    std::chrono::seconds half_life{600};
  };

  explicit RoundTripSamples(Options options) : options_(options) {}
  RoundTripSamples() : RoundTripSamples(Options{}) {}
  RoundTripSamples(RoundTripSamples&&) = default;
  RoundTripSamples& operator=(RoundTripSamples&&) = default;

  // Takes a sample of `now`; a clock that was set back counts as one that stood still.
  // INVALID_ARGUMENT if the region's name or the time (check_round_trip) is none.
  absl::Status add(const model::Prefix& prefix, std::string_view region, double milliseconds,
                   std::chrono::sys_seconds now);

  // Removes pairs whose newest sample is older than `oldest`; returns how many.
  std::size_t forget_before(std::chrono::sys_seconds oldest);

  // By prefix, then region.
  std::vector<MeasuredRoundTrip> measured() const;
  std::size_t size() const { return pairs_.size(); }
  std::uint64_t evicted() const { return evicted_; }  // pairs that gave way to new ones

  // Everything that is known of the pairs, as text, and back. INVALID_ARGUMENT names the line that
  // was not written by serialise(); beyond the capacity the pairs with the newest samples are kept.
  std::string serialise() const;
  static absl::StatusOr<RoundTripSamples> restore(std::string_view text, Options options);

 private:
  struct Pair {
    model::Prefix prefix;
    std::string region;
    DecayingMedian median;
    std::uint32_t samples = 0;
    std::chrono::sys_seconds last{};
  };
  using Pairs = std::list<Pair>;  // the newest sample last

  static std::string key(const model::Prefix& prefix, std::string_view region);
  static absl::StatusOr<Pair> parse_pair(std::string_view line);
  Pairs::iterator put(Pair pair);
  void evict();

  Options options_;
  Pairs pairs_;
  absl::flat_hash_map<std::string, Pairs::iterator> by_key_;
  std::uint64_t evicted_ = 0;
};

}  // namespace signpost::geo
