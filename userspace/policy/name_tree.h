// Which names exist: keeps the nodes of an answer table in step with the configuration, one name at
// a time.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "model/answer_table.h"
#include "model/config.h"
#include "policy/lookup.h"

namespace signpost::policy {

// Owner names whose records are hidden, by the zone cut or DNAME above them that hides them.
class HiddenNames {
 public:
  // Records that `owner` is hidden by `cover`, or by nothing.
  void set(const dns::Name& owner, const std::optional<dns::Name>& cover);
  bool is_hidden(const dns::Name& owner) const {
    return !cover_of_.empty() && cover_of_.contains(owner);
  }
  std::vector<dns::Name> hidden_by(const dns::Name& cover) const;

 private:
  std::map<dns::Name, std::set<dns::Name>> hidden_by_;
  absl::flat_hash_map<dns::Name, dns::Name> cover_of_;
};

// The name that hides the records of `owner` in `zone`: a zone cut or DNAME above it (RFC 1034
// section 4.2.1, RFC 6672 section 2.4); nothing if they are visible.
std::optional<dns::Name> cover_of(const model::Zone& zone, const dns::Name& owner);

// Changes a working copy of the nodes. Which answers a node gives (types, other) is not its
// business; changed() says whose need composing.
class NameTree {
 public:
  // `nodes`: those of the configuration before. `config`: the configuration to come. Both
  // references outlive the tree.
  NameTree(const model::Config& config, Nodes nodes, const HiddenNames& hidden);

  // Makes room for the changes of so many names.
  void reserve(std::size_t names) { changed_by_name_.reserve(names); }

  // Takes `owner`'s records out of the tree, before the zone that they belong to comes or goes.
  void detach(const dns::Name& owner);

  // Puts `owner` into the tree as the configuration to come has it, with its ancestors, and with
  // all names that it newly hides or uncovers.
  void place(const dns::Name& owner);

  // Completes the changed nodes. Call once, after the last place().
  void finish();

  struct Changed {
    dns::Name name;
    std::shared_ptr<model::Node> node;
    bool linked = false;  // in the tree; a node that left it stays here unlinked
  };
  // In the order in which they changed: that of place(), ancestors behind the first below them.
  const std::deque<Changed>& changed() const { return changed_; }

  // The node of `name` to compose answers into, taken into changed(); null if there is none. After
  // finish().
  model::Node* edit_linked(const dns::Name& name);

  // The tree to come, after finish(). Shares the nodes of changed().
  const Nodes& nodes() const { return nodes_; }

  // What became hidden, and by what, or visible.
  using HiddenChanges = std::vector<std::pair<dns::Name, std::optional<dns::Name>>>;
  const HiddenChanges& hidden_changes() const { return hidden_changes_; }

 private:
  // Finds what changed by name.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(dns::NameView name) const { return absl::Hash<dns::NameView>{}(name); }
    std::size_t operator()(const Changed* changed) const {
      return (*this)(dns::NameView(changed->name));
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Changed* a, dns::NameView b) const { return a->name == b; }
    bool operator()(const Changed* a, const Changed* b) const { return a == b; }
  };

  // The node as it will be; one that no other change has touched is a copy of what it was.
  Changed& edit(dns::NameView name);
  Changed& edit(const dns::Name& name);
  Changed& edit_first(const dns::Name& name);
  void relink(Changed& placed, bool has_records, bool is_apex);
  void place_covered(const dns::Name& cover, bool covered_before, bool covers_now);
  void revisit_void_nodes_below(const dns::Name& name);
  void finish_void(const dns::Name& name, model::Node& node) const;

  const model::Config& config_;
  const Nodes before_;
  Nodes nodes_;
  const HiddenNames& hidden_;
  std::deque<Changed> changed_;
  absl::flat_hash_set<Changed*, Hash, Equal> changed_by_name_;
  HiddenChanges hidden_changes_;
};

}  // namespace signpost::policy
