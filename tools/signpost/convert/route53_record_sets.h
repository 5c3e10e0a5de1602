// Route 53's resource record sets.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "dns/name.h"
#include "signpost/convert/conversion.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

// What record sets refer to.
struct Route53References {
  std::set<std::string> health_checks;                  // ids
  std::map<std::string, const Node*> policy_instances;  // by id
  std::set<std::pair<std::string, int>> policies;       // ids and versions
  // Locations that record sets name, by collection; the converter adds to them.
  std::map<std::string, std::set<std::string>> collections;
};

// Adds the set to `zone`, whose apex is `apex`. An error is about what `references` lacks, too.
absl::Status convert_record_set(const Node& in, const dns::Name& apex,
                                const Route53References& references, v1::Zone& zone,
                                Conversion& out);

}  // namespace signpost::cli::convert
