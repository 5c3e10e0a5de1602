// Compiles configuration and observations into the answer table, and keeps it up to date change by change.
#pragma once

#include <string>
#include <vector>

#include "model/answer_table.h"
#include "model/change.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/id_registry.h"

namespace signpost::policy {

struct CompiledTable {
  model::AnswerTablePtr table;
  model::TableChange change;  // against the table before
};

// Holds the table last accepted and the dependencies of its answers: which names follow which (CNAME), and which need
// which health check. Work grows with what a change touches. Not thread safe.
class TableCompiler {
 public:
  explicit TableCompiler(IdRegistry& ids);

  // The table last accepted; before the first an empty one of generation 0.
  const model::AnswerTablePtr& table() const;

  // The table of `config`, which is the last accepted configuration with `batch` applied. Nothing is kept until
  // accept(): a table that could not be published is dropped by compiling the next one.
  CompiledTable compile_batch(const model::Config& config, const model::Observations& seen,
                              const model::ChangeBatch& batch);

  // The table after the health of `checks` changed to what `seen` says.
  CompiledTable compile_health(const model::Config& config, const model::Observations& seen,
                               const std::vector<std::string>& checks);

  // The table of a whole configuration, as a change against an empty one.
  CompiledTable compile_all(const model::Config& config, const model::Observations& seen);

  // Makes the last compiled table the current one.
  void accept(const CompiledTable& compiled);

  // Owner names and types whose answers depend on the check, sorted.
  std::vector<std::pair<dns::Name, dns::RRType>> dependents(const std::string& check_id) const;
};

}  // namespace signpost::policy
