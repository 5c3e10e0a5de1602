// Which endpoints would get more queries than they can take.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "policy/clients.h"
#include "policy/endpoint.h"
#include "policy/what_if.h"

namespace signpost::policy {

// Queries per second that an endpoint can take, by address (or other RDATA) or by
// Endpoint::choice.
using Capacities = std::map<std::string, double>;

// What gets more than its capacity, summed over all names and types of the table: as it is, and
// with `failures` also while an outage lasts. Every question gets the queries per second that
// `clients` weigh together. One sentence each. Of an answer with several records each gets its
// part; what is down gets nothing.
std::vector<std::string> overloads(WhatIf& after, const Capacities& capacities, bool failures,
                                   const Clients& clients, const ReadRecords& read);

}  // namespace signpost::policy
