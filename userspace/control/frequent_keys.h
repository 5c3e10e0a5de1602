// The most frequent keys of a stream, in memory that does not grow with the number of keys.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace signpost::control {

// Space-Saving (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and top-k elements
// in data streams", 2005): a key that is new takes the place of the one counted least, and what
// that had is what its own count may be too high by. A key with more than total / capacity is
// always there.
template <typename Key>
class FrequentKeys {
 public:
  // A key, and how often it came at least.
  using Counted = std::pair<Key, std::uint64_t>;

  explicit FrequentKeys(std::size_t capacity) : capacity_(capacity) {}

  void add(const Key& key, std::uint64_t weight) {
    total_ += weight;
    if (const auto known = places_.find(key); known != places_.end()) {
      counters_[known->second].count += weight;
    } else if (counters_.size() < capacity_) {
      places_.emplace(key, counters_.size());
      counters_.push_back({key, weight, 0});
    } else {
      replace_least(key, weight);
    }
  }

  // Of all keys, however often they came.
  std::uint64_t total() const { return total_; }

  // At most so many, the most frequent first; those that came as often in the order of keys.
  std::vector<Counted> top(std::size_t most) const {
    std::vector<Counted> all;
    all.reserve(counters_.size());
    for (const Counter& counter : counters_)
      all.emplace_back(counter.key, counter.count - counter.excess);
    std::sort(all.begin(), all.end(), [](const Counted& a, const Counted& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    if (all.size() > most) all.resize(most);
    return all;
  }

 private:
  struct Counter {
    Key key;
    std::uint64_t count;
    std::uint64_t excess;  // the count may be too high by so much
  };

  void replace_least(const Key& key, std::uint64_t weight) {
    const auto least =
        std::min_element(counters_.begin(), counters_.end(),
                         [](const Counter& a, const Counter& b) { return a.count < b.count; });
    places_.erase(least->key);
    places_.emplace(key, static_cast<std::size_t>(least - counters_.begin()));
    *least = {key, least->count + weight, least->count};
  }

  std::size_t capacity_;
  std::uint64_t total_ = 0;
  std::vector<Counter> counters_;
  absl::flat_hash_map<Key, std::size_t> places_;
};

}  // namespace signpost::control
