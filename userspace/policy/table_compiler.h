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
#include "policy/partition_use.h"
#include "policy/partitioner.h"

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
  // Owners whose answers hold what an external alias target resolves to.
  std::vector<dns::Name> users_of(const std::string& external) const;
  // Owners whose answers an override by region or endpoint touches.
  std::vector<dns::Name> overridden_by(std::uint64_t number) const;
  // Owners whose answers depend on where the client is.
  const std::set<dns::Name>& by_client() const { return by_client_; }
  // Every external target in use (model::external_key()).
  std::vector<std::string> externals() const;

 private:
  absl::flat_hash_map<dns::Name, NodeDependencies> needs_;
  // In canonical order, where a name's subtree is one range.
  using Followers = std::map<dns::Name, std::set<dns::Name>>;
  Followers followers_;
  Followers zone_followers_;
  std::map<std::string, std::set<std::pair<dns::Name, dns::RRType>>> askers_;
  std::map<std::string, std::set<dns::Name>> external_users_;
  std::map<std::uint64_t, std::set<dns::Name>> overridden_;  // by number of the override
  std::set<dns::Name> by_client_;
};

// What changed about overrides.
struct OverrideChange {
  std::set<std::string> checks;  // whose health, or the weights of whose record sets, changed
  std::set<std::uint64_t> went;  // by region or endpoint: came to an end, or went on in a ramp
  // By region or endpoint: came to be in force.
  std::set<std::uint64_t> came;
  bool empty() const { return checks.empty() && went.empty() && came.empty(); }
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

  // The table of compile_batch(), and of other localities if they are not null, only to be looked
  // at: its answers have no ids, and accept() may not be called with it.
  CompiledTable preview_batch(const model::Config& config, const model::Observations& seen,
                              const model::ChangeBatch& batch, model::LocalityMapPtr localities);

  // The table after the health of `checks` became what `seen` says. `config` is the last accepted
  // configuration.
  CompiledTable compile_health(const model::Config& config, const model::Observations& seen,
                               const std::vector<std::string>& checks);

  // The table after the answers for these external targets (model::external_key()) became what
  // `seen` says. `config` is the last accepted configuration.
  CompiledTable compile_external(const model::Config& config, const model::Observations& seen,
                                 const std::vector<std::string>& externals);

  // The table after overrides became what `seen` says. `config` is the last accepted configuration,
  // and is searched for record sets only if overrides by region or endpoint came.
  CompiledTable compile_overrides(const model::Config& config, const model::Observations& seen,
                                  const OverrideChange& change);

  // The table with other localities. `config` is the last accepted configuration.
  CompiledTable compile_localities(const model::Config& config, const model::Observations& seen,
                                   model::LocalityMapPtr localities);

  // The table of a whole configuration, as a change against an empty one, with the localities last
  // accepted.
  CompiledTable compile_all(const model::Config& config, const model::Observations& seen);

  // Makes the last compiled table the current one.
  void accept(const CompiledTable& compiled);

  // Owner names and types whose answers depend on the check, sorted.
  std::vector<std::pair<dns::Name, dns::RRType>> dependents(const std::string& check_id) const {
    return index_.askers(check_id);
  }

  // The external alias targets that answers use, as model::external_key(), sorted.
  std::vector<std::string> externals() const { return index_.externals(); }

 private:
  // What accept() will take over.
  struct Pending {
    model::Config config;
    NameTree::HiddenChanges hidden;
    std::vector<std::pair<dns::Name, NodeDependencies>> needs;
    std::vector<std::pair<dns::Name, dns::RRType>>
        ended;                // answers that no longer exist: their ids become free
    PartitionUse partitions;  // as a change
    bool from_scratch = false;
    model::ViewMapPtr views;                   // null: as before
    std::unique_ptr<Partitioner> partitioner;  // of other localities
    std::unique_ptr<IdRegistry> no_ids;        // of a preview
  };

  // Names that the batch or a configuration holds.
  using NameRefs = std::vector<const dns::Name*>;

  NameRefs place_touched(const model::Config& config, const model::ChangeBatch& batch,
                         NameTree& tree) const;
  std::set<dns::Name> followers_of(const NameRefs& owners, const NameTree& tree) const;
  CompiledTable finish(const model::Config& config, const model::Observations& seen, NameTree& tree,
                       const std::set<dns::Name>& recompose, const model::AnswerTable& before);
  Partitioner& partitioner() {
    return pending_.partitioner ? *pending_.partitioner : *partitioner_;
  }
  IdRegistry& ids() { return pending_.no_ids ? *pending_.no_ids : ids_; }
  CompiledTable compile_pending(const model::Config& config, const model::Observations& seen,
                                const model::ChangeBatch& batch);
  model::LocalityRootsPtr roots(const model::AnswerTable& before);
  void note_ended(const dns::Name& name, const model::Node* before, const model::Node* after);

  IdRegistry& ids_;
  std::unique_ptr<Partitioner> partitioner_;
  model::AnswerTablePtr table_;
  model::Config config_;
  HiddenNames hidden_;
  DependencyIndex index_;
  PartitionUse partitions_;
  Pending pending_;
};

}  // namespace signpost::policy
