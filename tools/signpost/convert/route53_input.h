// The files of a Route 53 account, sorted by what they hold.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dns/name.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

// A version of a traffic policy.
struct Route53Policy {
  std::string id;
  int version = 1;
  std::string name;
  std::string comment;
  std::string document;
};

struct Route53Input {
  std::vector<std::unique_ptr<const Node>> files;
  // Below, parts of these.
  std::vector<const Node*> record_set_lists;
  std::vector<const Node*> zones;  // HostedZone
  std::vector<const Node*> health_checks;
  std::vector<const Node*> collections;  // their Id and Name
  std::vector<const Node*> cidr_block_lists;
  std::vector<const Node*> policy_instances;
  std::vector<Route53Policy> policies;
};

// Reads all files. An answer of several pages that is not whole is refused.
absl::StatusOr<Route53Input> read_route53(const std::vector<std::string>& files);

// A name as Route 53 writes it: escapes are octal, and it is absolute with or without the last dot.
absl::StatusOr<dns::Name> route53_name(const Node& node);

// Octal escapes as Route 53 writes them (\052), in the decimal form of master files (RFC 1035
// section 5.1), or as the letter, digit, '-', '_' or '*' that they stand for.
std::string with_decimal_escapes(std::string_view text);

}  // namespace signpost::cli::convert
