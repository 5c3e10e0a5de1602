// Why a question gets its answer: decide() and the table, told in order.
#pragma once

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
  model::ZonePtr zone;  // null: no zone held encloses QNAME
  std::vector<TraceStep> steps;
  Finding finding;  // the slow path's; its pointers are valid as long as the table
};

// `config`, `seen` and `table` must belong together.
Explanation explain(const model::Config& config, const model::Observations& seen,
                    const model::AnswerTable& table, const dns::Name& qname, dns::RRType qtype);

}  // namespace signpost::policy
