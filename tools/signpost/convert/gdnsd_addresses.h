// Addresses of gdnsd's resources, and the trees that its pools have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "signpost/convert/gdnsd_resources.h"
#include "signpost/convert/gdnsd_tree.h"

namespace signpost::cli::convert {

// The part of a resource that has the addresses of a type, and where its parameters are looked up.
struct Stanza {
  const Node* node = nullptr;  // null: there is none
  GdnsdScope scope;
};
Stanza stanza_of(const GdnsdResource& resource, dns::RRType type);

// The members of a stanza that are no parameters; of a list its items, of an address itself.
std::vector<const Node*> entries_of(const Node& node);

// up_thresh, which is 0.5 by default.
absl::StatusOr<double> threshold_of(const GdnsdScope& scope);
// How many of `total`, or how much weight of it, must be up (gdnsd-plugin-multifo(8), "UP THRESH").
std::int64_t needed(double threshold, std::int64_t total);
// A parameter that is false by default.
absl::StatusOr<bool> flag_of(const GdnsdScope& scope, const char* name);

struct Address {
  std::string label;
  std::string text;
  std::string check;  // empty: it is always up
  std::int64_t weight = 1;
};
// The address `text`, or the name, of a stanza's entry; `position` is its label if it has none.
absl::StatusOr<Address> read_address(GdnsdResources& resources, const GdnsdScope& scope,
                                     const Node& entry, const Node& text, std::size_t position);

// The addresses' checks; none if they are always up.
std::vector<std::string> checks_of(const std::vector<Address>& addresses);

// A check of the resource that is healthy while so many of its checks are.
absl::StatusOr<std::string> check_of_pool(GdnsdResources& resources, const GdnsdResource& resource,
                                          dns::RRType type, std::int64_t least,
                                          const std::vector<std::string>& checks);

// A set for one address, without a policy.
Branch branch_of(const Address& address);
// All that are up.
TreePtr multivalue_tree(const std::string& name, const std::vector<Address>& addresses);
// As `pool` while `check` is healthy, else as `all`.
TreePtr guarded_tree(const std::string& name, const std::string& check, const TreePtr& pool,
                     const TreePtr& all);

}  // namespace signpost::cli::convert
