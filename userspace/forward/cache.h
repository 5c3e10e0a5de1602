// Answers of other servers, for as long as their TTLs allow.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "forward/answer.h"

namespace signpost::forward {

using Clock = std::chrono::steady_clock;

// Used by one thread.
class Cache {
 public:
  // Holds about so many octets of answers; those used last stay.
  explicit Cache(std::size_t octets_max) : octets_max_(octets_max) {}

  // The answer kept under `key`, if its life has not ended at `now`.
  std::optional<AgedAnswer> find(const std::string& key, Clock::time_point now);

  // Keeps `answer`, in place of another of that key, unless it has no life.
  void put(const std::string& key, AnswerPtr answer, Clock::time_point now);

  void clear();
  std::size_t octets() const { return octets_; }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    AnswerPtr answer;
    Clock::time_point since;
    std::size_t octets = 0;
  };
  using Entries = std::list<Entry>;

  void drop(Entries::iterator entry);

  const std::size_t octets_max_;
  std::size_t octets_ = 0;
  Entries entries_;  // that used last comes first
  absl::flat_hash_map<std::string, Entries::iterator> by_key_;
};

}  // namespace signpost::forward
