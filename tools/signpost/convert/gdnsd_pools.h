// gdnsd's resources of addresses: multifo, weighted, simplefo and static.
#pragma once

#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "signpost/convert/gdnsd_resources.h"
#include "signpost/convert/gdnsd_tree.h"

namespace signpost::cli::convert {

// Each gives what the resource answers a query of that type; null: nothing.

absl::StatusOr<TreePtr> multifo_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                     dns::RRType type);
absl::StatusOr<TreePtr> weighted_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                      dns::RRType type);
absl::StatusOr<TreePtr> simplefo_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                      dns::RRType type);
absl::StatusOr<TreePtr> static_tree(const GdnsdResource& resource, dns::RRType type);

}  // namespace signpost::cli::convert
