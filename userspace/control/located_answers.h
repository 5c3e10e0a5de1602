// To how many clients of known and of unknown place was answered by where they are.
#pragma once

#include <cstdint>
#include <vector>

#include "model/locality_map.h"

namespace signpost::control {

// Answers that depended on the client's locality.
struct LocatedAnswers {
  std::uint64_t located = 0;
  std::uint64_t unlocated = 0;  // for clients whose place is not known
  std::uint64_t total() const { return located + unlocated; }
};

// `demand`: answers by locality of `map`.
LocatedAnswers located_answers(const model::LocalityMap& map,
                               const std::vector<std::uint64_t>& demand);

// Fewer answers than these say little: at 1,000 the standard error of a share is below 1.6
// percentage points, before a handful of busy resolvers decide.
inline constexpr std::uint64_t kUnlocatedJudgedFrom = 1000;

// Whether more than `max_percent` of the answers went to clients whom the geographic data do not
// know; 0 allows any. Never without geographic data: then no place is expected to be known.
bool has_too_many_unlocated(const model::LocalityMap& map, const LocatedAnswers& answers,
                            unsigned max_percent);

}  // namespace signpost::control
