// The policy: which of a group's record sets answer a client, and in what shares. The only place
// where routing policy lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"
#include "policy/inputs.h"

namespace signpost::policy {

// One way in which a group answers.
struct Share {
  // Indices in RecordGroup::sets: one, or under multivalue all that answer together.
  std::vector<std::size_t> sets;
  std::uint64_t weight = 0;  // share = weight / sum of all weights in the decision; never 0
  friend bool operator==(const Share&, const Share&) = default;
};

enum class Fallback {
  kNone,
  kLastResort,  // the set of last resort answers
  kFailOpen,    // all count as healthy (route53-semantics 1.0, step 5)
  kFailClosed,  // none answers: NODATA
};

struct Decision {
  // No verdicts yet about a check that this group needs: SERVFAIL (design.md section 7). `shares`
  // is empty then.
  bool awaiting_health = false;
  // What was done as no set for the client was healthy.
  Fallback fallback = Fallback::kNone;
  // Empty too where no set is for this client (route53-semantics 1.4) and under kFailClosed:
  // NODATA.
  std::vector<Share> shares;
};

// Record sets in one multivalue answer at most.
inline constexpr std::size_t kMultivalueMax = 8;

// Decides for one group. A pure function of its arguments. `trace`, if not null, gets every
// consideration, in order, for `explain`; each a sentence without a full stop.
Decision decide(const model::RecordGroup& group, const Inputs& inputs,
                std::vector<std::string>* trace = nullptr);

}  // namespace signpost::policy
