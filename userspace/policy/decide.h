// The policy: which of a group's record sets answer, and in what shares. The only place where
// routing policy lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"
#include "model/observations.h"

namespace signpost::policy {

// One way in which a group answers.
struct Share {
  std::size_t set = 0;       // index in RecordGroup::sets
  std::uint64_t weight = 0;  // share = weight / sum of all weights in the decision; never 0
  friend bool operator==(const Share&, const Share&) = default;
};

struct Decision {
  // No verdicts yet about a check that this group needs: SERVFAIL (design.md section 7). `shares`
  // is empty then.
  bool awaiting_health = false;
  // No set was healthy, so all counted as healthy (route53-semantics 1.0, step 5).
  bool last_resort = false;
  std::vector<Share> shares;
  // Every consideration, in order, for `explain`; each a sentence without a full stop.
  std::vector<std::string> trace;
};

// Decides for one group. A pure function of its arguments.
Decision decide(const model::RecordGroup& group, const model::Observations& seen);

}  // namespace signpost::policy
