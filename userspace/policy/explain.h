// Why a question gets its answer: decide() and the table, told in order.
#pragma once

#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "model/config.h"
#include "model/observations.h"

namespace signpost::policy {

struct ExplainStep {
  unsigned depth = 0;
  std::string text;
};

struct Explanation {
  dns::Name zone_apex;  // root and !in_zone if none is held
  bool in_zone = false;
  std::vector<ExplainStep> steps;
  // The reply, as the slow path finds it in the table; null where REFUSED.
  model::AnswerPtr answer;
};

Explanation explain(const model::Config& config, const model::Observations& seen, const model::AnswerTable& table,
                    const dns::Name& qname, dns::RRType qtype);

}  // namespace signpost::policy
