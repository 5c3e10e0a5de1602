// Which aliases are allowed (route53-semantics 1.9).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "model/config.h"
#include "model/references.h"
#include "policy/record_rules_problems.h"

namespace signpost::policy {

// Ways from a group to its answers through aliases: beyond, answers would not fit.
inline constexpr std::size_t kAliasWaysMax = 4096;

// Checks aliases on the final state of a batch. References must outlive it.
class AliasRules {
 public:
  AliasRules(const model::Config& before, const model::Config& after, Problems& problems)
      : before_(before), after_(after), problems_(problems) {}

  // Of a group that the batch touched: each alias by itself, then cycles, depth and width, also of
  // the groups that lead to it.
  void check(const model::GroupKey& key, const model::RecordGroup& group);

  // That nothing leads to a group that the batch removed.
  void check_removed(const model::GroupKey& key);

 private:
  // What is below a group.
  struct Shape {
    unsigned depth = 0;    // aliases one behind the other
    std::size_t ways = 0;  // no more than one above the limit
  };

  // Follows aliases; stops at the first cycle or too long chain.
  class Walk {
   public:
    explicit Walk(const model::Config& config) : config_(config) {}
    // Null if something is wrong, which `problem` then says.
    const Shape* shape(const model::GroupKey& key, const model::RecordGroup& group);
    std::string problem;

   private:
    // A group on the way, and the alias that leads to it; none to the first.
    struct Step {
      const model::RecordGroup* group;
      const model::AliasTarget* by;
    };

    const Shape* shape(const Step& step);
    bool add_target(const model::RecordGroup& group, const model::AliasTarget& target,
                    Shape& shape);
    void describe(std::size_t first, const Step& last);

    const model::Config& config_;
    absl::flat_hash_map<const model::RecordGroup*, Shape> shapes_;
    const model::GroupKey* start_ = nullptr;
    std::vector<Step> way_;
  };

  void check_target(const model::GroupKey& key, const model::AliasTarget& target);
  void check_shape(const model::GroupKey& key, const model::RecordGroup& group);
  bool has_grown(const model::GroupKey& key, const Shape& now);
  void check_referrers(const model::GroupKey& key);

  const model::Config& before_;
  const model::Config& after_;
  Problems& problems_;
  Walk walk_before_{before_};
  Walk walk_after_{after_};
  absl::flat_hash_set<model::GroupKey> checked_;  // by check_shape()
};

}  // namespace signpost::policy
