// What may fail of the endpoints behind a question: a health check, an endpoint without one, a
// region with all that is in it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/config.h"
#include "policy/endpoint.h"
#include "policy/what_if.h"

namespace signpost::policy {

// What goes down together.
struct Outage {
  std::set<std::string> checks;   // ids of checks that become unhealthy
  std::set<std::string> records;  // RDATA of endpoints that serve nobody, in presentation format
  std::set<std::string> parts;  // the smaller outages that it consists of; of those themselves one
};

// By "check ID", "endpoint ADDRESS" or "region NAME".
using Outages = std::map<std::string, Outage>;

// The groups on any way that answers to a question take, for any client and any health.
std::vector<const model::RecordGroup*> groups_behind(const Side& side, const dns::Name& name,
                                                     dns::RRType type);

// Adds the outages of the sets of these groups, as far as they answer questions of `type`.
void add_outages(const Side& side, const std::vector<const model::RecordGroup*>& groups,
                 dns::RRType type, Outages& outages);

// Adds all of `more`; equal keys go down together.
void merge_outages(const Outages& more, Outages& outages);

// Removes the regions that consist of one part: its own outage says the same.
void remove_small_regions(Outages& outages);

// The part of answers that lead only to what is down, or to no endpoint at all; of an answer with
// several records each counts its part.
double unserved(const Shares& shares, const std::set<std::string>& records_down);

}  // namespace signpost::policy
