// Why a question gets its answer: decide() and the table, told in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/lookup.h"
#include "policy/resolve.h"

namespace signpost::policy {

struct Explanation {
  // The name space that the client sees first.
  dns::NameSpace view;
  dns::Name name;       // QNAME, folded, where the client finds it
  model::ZonePtr zone;  // null: no zone held encloses QNAME
  std::vector<TraceStep> steps;
  // Where the client is, by table.localities.
  model::LocalityMap::Found locality;
  // Whether the answer depends on it.
  bool by_locality = false;
  // SCOPE PREFIX-LENGTH of the reply (RFC 7871 section 7.2.1).
  std::uint8_t scope = 0;
  // What the policies ask for: a weight for each of the answer's variants; empty for a single one.
  std::vector<std::uint64_t> weights;
  Finding finding;  // the slow path's; its pointers are valid as long as the table
};

// For a client of whom `client` is known: of length 0, nothing is, and it is in no view; else it is
// in the view of the first address. `now`: seconds of Unix time.
// `config`, `seen` and `table` must belong together.
Explanation explain(const model::Config& config, const model::Observations& seen,
                    const model::AnswerTable& table, const dns::Name& qname, dns::RRType qtype,
                    const model::Prefix& client, std::int64_t now);

}  // namespace signpost::policy
