// gdnsd's resources of data centres: metafo and geoip.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "signpost/convert/gdnsd_resources.h"
#include "signpost/convert/gdnsd_tree.h"

namespace signpost::cli::convert {

// What the resource answers a query of that type: the first of its data centres that has not
// failed, and the first of all if all have; null: nothing.
absl::StatusOr<TreePtr> metafo_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                    dns::RRType type);

// The same, with the order of data centres that the map has for the client. `backs_out`: a resource
// above goes on when all of them have failed.
absl::StatusOr<TreePtr> geoip_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                   dns::RRType type, bool backs_out);

// What one of its data centres answers.
absl::StatusOr<TreePtr> data_centre_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                         const std::string& data_centre, dns::RRType type);

}  // namespace signpost::cli::convert
