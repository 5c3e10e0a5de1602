#include "control/located_answers.h"

#include <algorithm>

namespace signpost::control {

LocatedAnswers located_answers(const model::LocalityMap& map,
                               const std::vector<std::uint64_t>& demand) {
  LocatedAnswers answers;
  const std::size_t known = std::min(demand.size(), map.localities().size());
  for (std::size_t id = 0; id < known; ++id) {
    const bool located = map.localities()[id].place != 0;
    (located ? answers.located : answers.unlocated) += demand[id];
  }
  return answers;
}

bool has_too_many_unlocated(const model::LocalityMap& map, const LocatedAnswers& answers,
                            unsigned max_percent) {
  if (max_percent == 0 || map.data().path.empty()) return false;
  if (answers.total() < kUnlocatedJudgedFrom) return false;
  return static_cast<double>(answers.unlocated) * 100 >
         static_cast<double>(answers.total()) * max_percent;
}

}  // namespace signpost::control
