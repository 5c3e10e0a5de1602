// Answers that routing policies gave, by endpoint, from the counters of both paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "base/metrics.h"
#include "control/choice_index.h"
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

  // The use of ids in signpost_map_entries, and signpost_endpoint_answers_total, which only grows
  // for as long as a choice has the endpoint, whatever becomes of the counters behind it.
  void collect(std::vector<metrics::Family>& families);

 private:
  void refresh();

  const Sources sources_;
  const Capacity capacity_;
  std::mutex mutex_;
  ChoiceIndex index_;
  std::vector<std::uint64_t> fast_;  // as last read
  std::vector<std::uint64_t> slow_;
};

}  // namespace signpost::control
