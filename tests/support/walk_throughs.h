// What Route 53's documentation works through (route53-semantics 1.0, T1 to T6; 1.2, weights of
// zero; 1.12, where all are unhealthy or nothing applies), as a configuration and the answers that
// clients must get of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/answer_table.h"
#include "policy/table_compiler.h"
#include "tests/support/packet.h"

namespace signpost::testing {

struct WalkThrough {
  std::string name;    // without the zone
  std::string client;  // "virginia" or "sydney"
  int queries = 1;     // a turn of the ring, or several
  // How often each address comes in all replies together; empty: NODATA.
  std::map<std::string, int> addresses;
};

const std::vector<WalkThrough>& walk_throughs();

// The configuration, with its checks as they should be, compiled; clients are located by the table.
policy::CompiledTable compile_walk_throughs(policy::TableCompiler& compiler);

// A query for the walk-through's name with the client's subnet.
std::string query_frame_of(const WalkThrough& walk);

// The addresses of a DNS message's answer section that has nothing but A records of QNAME, each
// counted. NODATA adds nothing.
void count_addresses(const std::string& message, std::map<std::string, int>& addresses);

}  // namespace signpost::testing
