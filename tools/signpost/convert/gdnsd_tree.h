// What a resource of gdnsd answers with for one type, as record sets that lead to each other.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli::convert {

struct Tree;
using TreePtr = std::shared_ptr<const Tree>;

struct Branch {
  // Its policy, set identifier, health check, and records or an alias target elsewhere.
  v1::RecordSet set;
  TreePtr below;  // in the place of records: the set becomes an alias to it
};

struct Tree {
  // Of the owner name that it gets where an alias leads to it; the same name, the same tree.
  std::string name;
  std::vector<Branch> branches;  // under one policy
  bool can_fail = false;
  // Tells whether it has failed; empty: the checks of its branches do.
  std::string health_check_id;
};

// A tree of one set without a policy.
TreePtr simple_tree(std::string name, const std::vector<std::string>& records);
// The same as an alias to a name elsewhere.
TreePtr external_tree(std::string name, const std::string& target);

// A branch that answers as `tree` does; it is unhealthy when that has failed if `backs_out`.
Branch branch_to(const TreePtr& tree, bool backs_out);

// Puts trees into a zone. Those that aliases lead to get owner names below _gdnsd.
class TreeWriter {
 public:
  explicit TreeWriter(v1::Zone& zone) : zone_(zone) {}

  // The sets of `tree` at `owner`, and all that they lead to.
  absl::Status write(const Tree& tree, const std::string& owner, dns::RRType type,
                     std::uint32_t ttl);

 private:
  struct Helper {
    TreePtr tree;
    std::string owner;
    dns::RRType type;
    std::uint32_t ttl;
  };

  void write_sets(const Tree& tree, const std::string& owner, dns::RRType type, std::uint32_t ttl);
  // The owner name of a tree that an alias leads to.
  std::string helper(const TreePtr& tree, dns::RRType type, std::uint32_t ttl);

  v1::Zone& zone_;
  std::map<std::string, std::uint32_t> ttls_;  // of the first use of each name
  std::set<std::pair<std::string, dns::RRType>> written_;
  std::deque<Helper> pending_;
};

}  // namespace signpost::cli::convert
