#include "signpost/convert/route53_input.h"

#include <filesystem>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/text.h"
#include "signpost/config_reader.h"
#include "signpost/convert/json_reader.h"

namespace signpost::cli::convert {
namespace {

constexpr std::size_t kMaxFileSize = std::size_t{64} << 20;

// The octet of an escape such as "\052" at text[at]; nothing if there is none.
std::optional<unsigned char> octal_escape(std::string_view text, std::size_t at) {
  if (text.size() - at < 4 || text[at] != '\\') return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = at + 1; i < at + 4; ++i) {
    if (text[i] < '0' || text[i] > '7') return std::nullopt;
    value = value * 8 + static_cast<unsigned>(text[i] - '0');
  }
  if (value > 255) return std::nullopt;
  return static_cast<unsigned char>(value);
}

// That nothing follows on another page.
absl::Status check_whole(const Node& root) {
  const Node* more = root.find("IsTruncated");
  const bool truncated = more != nullptr && more->text == "true";
  if (!truncated && root.find("NextToken") == nullptr) return absl::OkStatus();
  return (truncated ? *more : *root.find("NextToken"))
      .error("this is the first page only; ask for all, without --max-items and --no-paginate");
}

absl::StatusOr<Route53Policy> read_policy(const Node& node) {
  Route53Policy policy;
  ASSIGN_OR_RETURN(const Node* id, node.required("Id"));
  ASSIGN_OR_RETURN(policy.id, id->string());
  ASSIGN_OR_RETURN(const Node* version, node.required("Version"));
  ASSIGN_OR_RETURN(const std::int64_t number, version->integer(1, 1000));
  policy.version = static_cast<int>(number);
  ASSIGN_OR_RETURN(const Node* document, node.required("Document"));
  ASSIGN_OR_RETURN(policy.document, document->string());
  if (const Node* name = node.find("Name")) policy.name = name->text;
  if (const Node* comment = node.find("Comment")) policy.comment = comment->text;
  return policy;
}

absl::Status add_policies(const Node& list, Route53Input& input) {
  ASSIGN_OR_RETURN(const std::vector<Node>* nodes, list.list());
  for (const Node& node : *nodes) {
    ASSIGN_OR_RETURN(Route53Policy policy, read_policy(node));
    input.policies.push_back(std::move(policy));
  }
  return absl::OkStatus();
}

absl::Status add_all(const Node& list, std::vector<const Node*>& to) {
  ASSIGN_OR_RETURN(const std::vector<Node>* nodes, list.list());
  for (const Node& node : *nodes) to.push_back(&node);
  return absl::OkStatus();
}

// Sorts in one member of what a command printed; false if it is of another kind.
absl::StatusOr<bool> sort_in(const Node& member, Route53Input& input) {
  const std::map<std::string_view, std::vector<const Node*>*> lists = {
      {"HealthChecks", &input.health_checks},
      {"HostedZones", &input.zones},
      {"CidrCollections", &input.collections},
      {"TrafficPolicyInstances", &input.policy_instances}};
  const std::map<std::string_view, std::vector<const Node*>*> single = {
      {"ResourceRecordSets", &input.record_set_lists},
      {"HealthCheck", &input.health_checks},
      {"HostedZone", &input.zones},
      {"CidrBlocks", &input.cidr_block_lists},
      {"TrafficPolicyInstance", &input.policy_instances}};
  if (const auto at = lists.find(member.key); at != lists.end()) {
    RETURN_IF_ERROR(add_all(member, *at->second));
  } else if (const auto one = single.find(member.key); one != single.end()) {
    one->second->push_back(&member);
  } else if (member.key == "TrafficPolicies") {
    RETURN_IF_ERROR(add_policies(member, input));
  } else if (member.key == "TrafficPolicy") {
    ASSIGN_OR_RETURN(Route53Policy policy, read_policy(member));
    input.policies.push_back(std::move(policy));
  } else {
    return false;
  }
  return true;
}

absl::Status sort_file(const Node& root, const std::string& text, Route53Input& input) {
  RETURN_IF_ERROR(root.check_map());
  if (root.find("AWSPolicyFormatVersion") != nullptr) {
    input.policies.push_back({std::filesystem::path(*root.file).stem().string(), 1, "", "", text});
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(check_whole(root));
  bool any = false;
  for (const Node& member : root.items) {
    ASSIGN_OR_RETURN(const bool known, sort_in(member, input));
    any = any || known;
  }
  if (any) return absl::OkStatus();
  return root.error(
      "nothing here to convert; give what `aws route53 list-resource-record-sets`, "
      "get-hosted-zone, list-health-checks, list-cidr-collections, list-cidr-blocks, "
      "get-traffic-policy or list-traffic-policy-instances printed");
}

}  // namespace

absl::StatusOr<Route53Input> read_route53(const std::vector<std::string>& files) {
  Route53Input input;
  for (const std::string& path : files) {
    ASSIGN_OR_RETURN(const std::string text, read_file(path, kMaxFileSize));
    ASSIGN_OR_RETURN(Node root, parse_json(text, path == "-" ? "<stdin>" : path));
    input.files.push_back(std::make_unique<const Node>(std::move(root)));
    RETURN_IF_ERROR(sort_file(*input.files.back(), text, input));
  }
  return input;
}

absl::StatusOr<dns::Name> route53_name(const Node& node) {
  ASSIGN_OR_RETURN(const std::string text, node.string());
  auto name = dns::Name::parse(with_decimal_escapes(text));
  if (!name.ok()) return node.error(std::string(name.status().message()));
  return name;
}

std::string with_decimal_escapes(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::optional<unsigned char> octet = octal_escape(text, at);
    if (!octet) {
      // With what it escapes, lest that begins an escape of its own.
      const std::size_t size = text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
      out.append(text.substr(at, size));
      at += size;
      continue;
    }
    const char c = static_cast<char>(*octet);
    if (dns::is_letter(c) || dns::is_digit(c) || c == '-' || c == '_' || c == '*') {
      out += c;
    } else {
      dns::append_decimal_escape(c, out);
    }
    at += 4;
  }
  return out;
}

}  // namespace signpost::cli::convert
