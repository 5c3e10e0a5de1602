// Answers that routing policies gave, by endpoint and by choice, from the counters of both paths.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/metrics.h"
#include "base/repeating_timer.h"
#include "control/choice_index.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::control {

// Thread safe.
class AnswerCounts {
 public:
  // Both give the counts of the first `counters` ids, which begin anew where an id gets another
  // holder.
  struct Sources {
    std::function<model::AnswerTablePtr()> table;
    std::function<std::vector<std::uint64_t>(std::size_t counters)> fast;
    std::function<std::vector<std::uint64_t>(std::size_t counters)> slow;
  };
  // Ids that there can be.
  struct Capacity {
    std::uint32_t rings = 0;
    std::uint32_t counters = 0;
  };
  AnswerCounts(Sources sources, Capacity capacity)
      : sources_(std::move(sources)), capacity_(capacity) {}

  // Follows the table on this io_context from now on, so that no reading after a large change has
  // all of that to do. It has to outlive this object.
  void keep_in_step(boost::asio::io_context& io,
                    std::chrono::milliseconds interval = std::chrono::seconds(1));

  // The use of ids in signpost_map_entries, and signpost_endpoint_answers_total, which only grows
  // for as long as a choice has the endpoint, whatever becomes of the counters behind it.
  void collect(std::vector<metrics::Family>& families);

  // A moment, to count from.
  struct Mark {
    std::vector<std::uint64_t> by_counter;
    absl::flat_hash_map<std::string, std::uint64_t> by_endpoint;
  };
  Mark mark();

  struct ChoiceAnswers {
    dns::Name owner;
    dns::RRType type{};
    std::string choice;
    std::uint64_t answers = 0;
  };
  struct EndpointAnswers {
    std::string endpoint;
    std::uint64_t answers = 0;
  };
  struct Since {
    std::vector<ChoiceAnswers> choices;      // that had most, the most first
    std::vector<EndpointAnswers> endpoints;  // likewise
    std::uint64_t choice_answers = 0;        // of all
    std::uint64_t endpoint_answers = 0;
  };
  // What came since the mark, which becomes that of now; `top` choices and endpoints at most.
  Since since(Mark& mark, std::size_t top);

 private:
  // With the lock held.
  void refresh();
  Mark mark_now() const;

  const Sources sources_;
  const Capacity capacity_;
  std::mutex mutex_;
  ChoiceIndex index_;
  std::vector<std::uint64_t> fast_;  // as last read
  std::vector<std::uint64_t> slow_;
  std::optional<RepeatingTimer> timer_;
};

}  // namespace signpost::control
