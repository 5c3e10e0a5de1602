// What the failure of each endpoint or region would do to answers, before and after a change.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "policy/clients.h"
#include "policy/endpoint.h"
#include "policy/impact.h"
#include "policy/outages.h"
#include "policy/what_if.h"

namespace signpost::policy {

// One question while something is down; `moved` compares the change's two sides.
struct FailureImpact {
  std::string what;  // as in Outages
  dns::Name name;
  dns::RRType type{};
  Moved moved;
  // unserved() on either side.
  double unserved_before = 0;
  double unserved_after = 0;
};

struct Failures {
  std::vector<FailureImpact> answers;  // in order of what, then of name and type
  std::size_t left_off = 0;            // failures of a question beyond kFailuresMax
};

inline constexpr std::size_t kFailuresMax = 10'000;

// For the questions of `moved`, and for all others behind which the change touches a group: each
// outage on either side. Of the others only those are told where the sides differ while something
// is down. Both sides are as seen now but for what fails.
Failures failures(WhatIf& before, WhatIf& after, const std::vector<AnswerImpact>& moved,
                  Clients& clients, const ReadRecords& read);

// What each class of clients gets for a question while `failed` are unhealthy.
SharesByClass shares_if(WhatIf& side, const dns::Name& name, dns::RRType type,
                        const std::set<std::string>& failed, const ReadRecords& read);

// The questions that a table has answers to, SOA records aside, in order.
std::set<std::pair<dns::Name, dns::RRType>> questions_of(const model::AnswerTable& table);

}  // namespace signpost::policy
