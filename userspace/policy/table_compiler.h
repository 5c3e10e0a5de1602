// Compiles configuration and observations into the answer table, and keeps it up to date change by
// change.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/answer_table.h"
#include "model/change.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/compose.h"
#include "policy/id_registry.h"
#include "policy/name_tree.h"

namespace signpost::policy {

// Which names must be composed again when another name or a check changes.
class DependencyIndex {
 public:
  void set(const dns::Name& owner, NodeDependencies needs);
  bool has_needs(const dns::Name& owner) const { return !needs_.empty() && needs_.contains(owner); }
  bool has_no_followers() const { return followers_.empty() && zone_followers_.empty(); }
  // Owners that follow the records of `name`; or anything at or below it, also only its zone.
  std::vector<dns::Name> followers(const dns::Name& name) const;
  std::vector<dns::Name> followers_below(const dns::Name& name) const;
  // Owners, with the type, whose answers ask the check.
  std::vector<std::pair<dns::Name, dns::RRType>> askers(const std::string& check_id) const;

 private:
  absl::flat_hash_map<dns::Name, NodeDependencies> needs_;
  // In canonical order, where a name's subtree is one range.
  using Followers = std::map<dns::Name, std::set<dns::Name>>;
  Followers followers_;
  Followers zone_followers_;
  std::map<std::string, std::set<std::pair<dns::Name, dns::RRType>>> askers_;
};

struct CompiledTable {
  model::AnswerTablePtr table;
  model::TableChange change;  // against the table before
};

// Holds the table last accepted and what its answers depend on. Work grows with what a change
// touches. Not thread safe.
class TableCompiler {
 public:
  explicit TableCompiler(IdRegistry& ids);

  // The table last accepted; before the first an empty one of generation 0.
  const model::AnswerTablePtr& table() const { return table_; }

  // The table of `config`, which is the last accepted configuration with `batch` applied. Nothing
  // is kept until accept(); a table that could not be published is dropped by compiling the next
  // one.
  CompiledTable compile_batch(const model::Config& config, const model::Observations& seen,
                              const model::ChangeBatch& batch);

  // The table after the health of `checks` became what `seen` says. `config` is the last accepted
  // configuration.
  CompiledTable compile_health(const model::Config& config, const model::Observations& seen,
                               const std::vector<std::string>& checks);

  // The table of a whole configuration, as a change against an empty one.
  CompiledTable compile_all(const model::Config& config, const model::Observations& seen);

  // Makes the last compiled table the current one.
  void accept(const CompiledTable& compiled);

  // Owner names and types whose answers depend on the check, sorted.
  std::vector<std::pair<dns::Name, dns::RRType>> dependents(const std::string& check_id) const {
    return index_.askers(check_id);
  }

 private:
  // What accept() will take over.
  struct Pending {
    model::Config config;
    NameTree::HiddenChanges hidden;
    std::vector<std::pair<dns::Name, NodeDependencies>> needs;
    std::vector<std::pair<dns::Name, dns::RRType>>
        ended;  // answers that no longer exist: their ids become free
    bool from_scratch = false;
  };

  // Names that the batch or a configuration holds.
  using NameRefs = std::vector<const dns::Name*>;

  NameRefs place_touched(const model::Config& config, const model::ChangeBatch& batch,
                         NameTree& tree) const;
  std::set<dns::Name> followers_of(const NameRefs& owners, const NameTree& tree) const;
  CompiledTable finish(const model::Config& config, const model::Observations& seen, NameTree& tree,
                       const std::set<dns::Name>& recompose, const model::AnswerTable& before);
  void note_ended(const dns::Name& name, const model::Node* before, const model::Node* after);

  IdRegistry& ids_;
  model::AnswerTablePtr table_;
  model::Config config_;
  HiddenNames hidden_;
  DependencyIndex index_;
  Pending pending_;
};

}  // namespace signpost::policy
