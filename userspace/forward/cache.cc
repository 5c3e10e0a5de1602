#include "forward/cache.h"

#include <utility>

namespace signpost::forward {

std::optional<AgedAnswer> Cache::find(const std::string& key, Clock::time_point now) {
  const auto at = by_key_.find(key);
  if (at == by_key_.end()) return std::nullopt;
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - at->second->since);
  if (age >= at->second->answer->life) {
    drop(at->second);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, at->second);
  return AgedAnswer{at->second->answer, age};
}

void Cache::put(const std::string& key, AnswerPtr answer, Clock::time_point now) {
  if (const auto at = by_key_.find(key); at != by_key_.end()) drop(at->second);
  if (answer->life.count() == 0) return;
  const std::size_t octets = sizeof(Entry) + 2 * key.size() + size_of(*answer);
  entries_.push_front({key, std::move(answer), now, octets});
  by_key_[key] = entries_.begin();
  octets_ += octets;
  while (octets_ > octets_max_) drop(std::prev(entries_.end()));
}

void Cache::clear() {
  by_key_.clear();
  entries_.clear();
  octets_ = 0;
}

void Cache::drop(Entries::iterator entry) {
  octets_ -= entry->octets;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace signpost::forward
