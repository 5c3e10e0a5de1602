// Which names are asked for most, and from where, for as long as somebody watches.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "control/frequent_keys.h"
#include "dns/name.h"
#include "model/prefix.h"
#include "server/query_tap.h"

namespace signpost::control {

// Queries by what they stand for, so that a sample counts as all that it was taken from.
struct QueriesSeen {
  std::uint64_t queries = 0;  // of all names and prefixes
  std::vector<std::pair<dns::Name, std::uint64_t>> names;
  std::vector<std::pair<model::Prefix, std::uint64_t>> prefixes;  // /24 or /56
};

// Thread safe. Outlives its watchers.
class QueryWatch final : public server::QueryTap {
 public:
  // `follow` is called as a watcher comes, goes or takes a reading, with whether anybody watches:
  // whoever takes samples of queries goes by it.
  explicit QueryWatch(std::function<void(bool watched)> follow) : follow_(std::move(follow)) {}

  class Watcher {
   public:
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    // What came since the last reading, or since it watches; at most `top` names and prefixes, the
    // most frequent first.
    QueriesSeen take(std::size_t top);

   private:
    friend class QueryWatch;
    // Random names can't push out one that is asked for more often than one query in so many.
    static constexpr std::size_t kKept = 512;
    struct Tally {
      FrequentKeys<dns::Name> names{kKept};  // folded
      FrequentKeys<model::Prefix> prefixes{kKept};
    };
    explicit Watcher(QueryWatch& watch) : watch_(watch) {}

    QueryWatch& watch_;
    Tally tally_;  // with the watch's lock
  };

  std::unique_ptr<Watcher> watch();

  bool is_watched() const noexcept override { return watched_.load(std::memory_order_relaxed); }
  // A query without a name that can be read counts for its prefix alone.
  void show(const server::Tapped& tapped) noexcept override;

 private:
  const std::function<void(bool)> follow_;
  std::mutex mutex_;
  std::vector<Watcher*> watchers_;
  std::atomic<bool> watched_{false};
};

}  // namespace signpost::control
