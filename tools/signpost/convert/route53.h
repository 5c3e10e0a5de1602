// Amazon Route 53's configuration, as the AWS CLI prints it, to Signpost's.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "signpost/convert/conversion.h"

namespace signpost::cli::convert {

struct Route53Source {
  // What `aws route53` printed: list-resource-record-sets, get-hosted-zone, list-hosted-zones,
  // list-health-checks, get-health-check, list-cidr-collections, list-cidr-blocks,
  // get-traffic-policy, list-traffic-policy-versions, list-traffic-policy-instances; and documents
  // of traffic policies.
  std::vector<std::string> files;
  // For the NS and SOA records of the zones, in the place of Route 53's.
  std::vector<std::string> name_servers;
};

// INVALID_ARGUMENT "FILE:LINE: PATH: what is wrong": what can't be read, and what is referred to
// and is in none of the files.
absl::Status convert_route53(const Route53Source& source, Conversion& out);

}  // namespace signpost::cli::convert
