// Answers as they would be if health checks failed, made for single questions.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "model/answer_table.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/compose.h"
#include "policy/id_registry.h"
#include "policy/partitioner.h"

namespace signpost::policy {

// What belongs together. References must outlive whoever is given them.
struct Side {
  const model::Config& config;
  const model::Observations& seen;
  const model::AnswerTable& table;
};

// Composes answers beside a table, with its localities. Names are folded. Not thread safe.
class WhatIf {
 public:
  explicit WhatIf(const Side& side);

  // The answer to a question while `failed` are unhealthy, and all others as they are. Null where
  // no answer is composed for the name: the table's finding holds whatever fails.
  model::AnswerPtr answer(const dns::Name& name, dns::RRType type,
                          const std::set<std::string>& failed);

  // The checks that the answer to a question asks.
  std::set<std::string> checks(const dns::Name& name, dns::RRType type);

  const Side& side() const { return side_; }

 private:
  struct Composed {
    model::Node node;
    NodeDependencies needs;
  };
  void fail(const std::set<std::string>& failed);
  const Composed* composed(const dns::Name& name, const std::set<std::string>& failed);

  Side side_;
  Partitioner partitioner_;
  IdRegistry no_ids_;
  // What was asked for last, by what failed: types of one name come in a row.
  std::set<std::string> failed_;
  model::Observations seen_;  // while failed_ are unhealthy
  std::map<dns::Name, Composed> composed_;
};

}  // namespace signpost::policy
