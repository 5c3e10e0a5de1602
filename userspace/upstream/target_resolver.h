// Resolves external alias targets in the background through configured resolvers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "model/observations.h"
#include "upstream/options.h"
#include "upstream/target.h"

namespace boost::asio {
class io_context;
}

namespace signpost::upstream {

// What is known of one target. Times are wall clock, for people and the store; scheduling uses the
// monotonic clock.
struct TargetState {
  std::string key;                  // model::external_key()
  model::ExternalAnswerPtr answer;  // the last one; null until there is one
  std::string server;               // that gave it: "192.0.2.53:53"
  std::optional<std::chrono::system_clock::time_point> next_refresh;
  std::optional<std::chrono::system_clock::time_point> failing_since;
  std::string last_error;  // why it is failing; empty if it is not
};

// How many targets are being resolved at any time; the others wait for their turn.
inline constexpr std::size_t kTargetsAtOnce = 64;

// Called on the resolver's thread when the first answer to a target is there, and when its records,
// its TTL or its failing mark change; not when it was merely confirmed. It may call the resolver.
using OnChange = std::function<void(const std::string& key, model::ExternalAnswerPtr answer)>;

// All work happens on `io`, which the owner runs on one thread and which must outlive the resolver;
// the methods may be called from any thread.
// - A target is resolved at once when it is set, and again when nine tenths of its TTL have passed.
// - A server that times out, refuses or errs is left for the next one. When all have failed, the
//   last answer is kept however old it becomes, marked as failing, and asking goes on at growing
//   intervals.
// - That the name or the type does not exist is an answer: no records, for the negative TTL of RFC
//   2308 section 5.
// - CNAMEs are followed to records of the type asked, up to 16; the TTL is the least of all.
// - The records of an answer are sorted and their names in lower case, so that the order and the
//   letters that a server happened to choose are no change.
class TargetResolver {
 public:
  TargetResolver(boost::asio::io_context& io, Options options, OnChange on_change);
  ~TargetResolver();

  // Makes exactly these the targets; each once or more often. Those that were set before keep their
  // answer and their schedule. on_change is not called for those that go.
  void set_targets(const std::vector<Target>& targets);

  // Answers known from before a restart, for targets without one. Does not call on_change. Those of
  // targets that are not set wait for the next set_targets().
  void restore(const std::vector<TargetState>& states);

  // The state of every target, in the order of their keys.
  std::vector<TargetState> state() const;

  // Appends the metrics signpost_upstream_….
  void collect(std::vector<metrics::Family>& families) const;

  // Ends all queries for good. Waits for a running call of on_change, unless called from inside it;
  // none begins after it returns.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace signpost::upstream
