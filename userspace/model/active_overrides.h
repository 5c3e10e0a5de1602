// The overrides in force at an instant, as policy looks at them.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "model/config.h"
#include "model/override.h"

namespace signpost::model {

struct ActiveOverride {
  OverridePtr override;
  unsigned weight_percent = 100;  // of drains; 0: down

  bool is_down() const {
    return override->action == OverrideAction::kDown ||
           (override->action == OverrideAction::kDrain && weight_percent == 0);
  }
  bool is_up() const { return override->action == OverrideAction::kUp; }
};

// Where several overrides meet, down goes before drain, the further drained first, and drain before
// up: `a` or `b`, null if both are.
const ActiveOverride* stronger(const ActiveOverride* a, const ActiveOverride* b);

// Immutable.
class ActiveOverrides {
 public:
  // `config` says which checks have the tags.
  ActiveOverrides(std::vector<ActiveOverride> all, const Config& config);

  const std::vector<ActiveOverride>& all() const { return all_; }

  // The strongest on those that name the check, on a region, on an address in wire form of 4 or 16
  // octets; null: none.
  const ActiveOverride* of_check(const std::string& check_id) const;
  const ActiveOverride* of_region(const std::string& region) const;
  const ActiveOverride* of_address(const std::string& wire) const;

  bool has_endpoints() const { return !prefixes_.empty(); }

  // The checks that any override names, by id or tags.
  std::set<std::string> checks() const;

 private:
  std::vector<ActiveOverride> all_;
  absl::flat_hash_map<std::string, const ActiveOverride*> by_check_;
  absl::flat_hash_map<std::string, const ActiveOverride*> by_region_;
  std::vector<std::pair<Prefix, const ActiveOverride*>> prefixes_;
};
using ActiveOverridesPtr = std::shared_ptr<const ActiveOverrides>;

// An address in wire form of 4 or 16 octets as a prefix of full length.
Prefix prefix_of_address(const std::string& wire);

}  // namespace signpost::model
