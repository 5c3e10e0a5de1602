// What the failure of each endpoint or region would do to answers, before and after a change.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "policy/clients.h"
#include "policy/endpoint.h"
#include "policy/impact.h"
#include "policy/what_if.h"

namespace signpost::policy {

// One question while something is down; `moved` compares the change's two sides.
struct FailureImpact {
  std::string what;  // "check ID", or "region NAME" if it has several checks
  dns::Name name;
  dns::RRType type{};
  Moved moved;
};

struct Failures {
  std::vector<FailureImpact> answers;  // in order of what, then as `asked`
  std::size_t left_off = 0;            // failures of a question beyond kFailuresMax
};

inline constexpr std::size_t kFailuresMax = 10'000;

// For the questions of `asked`, each check that their answers ask on either side and each region
// that they choose among. Both sides are as seen now but for what fails.
Failures failures(WhatIf& before, WhatIf& after, const std::vector<AnswerImpact>& asked,
                  Clients& clients, const ReadRecords& read);

// Queries per second that an endpoint can take, by address (or other RDATA) or by
// Endpoint::choice.
using Capacities = std::map<std::string, double>;

// What gets more than its capacity of the queries per second that `queries` says each question
// gets: after the change, and while something is down. One sentence each. Of an answer with several
// records each gets its part.
std::vector<std::string> overloads(const std::vector<AnswerImpact>& answers,
                                   const Failures& failures, const Capacities& capacities,
                                   double queries);

}  // namespace signpost::policy
