#include "signpost/convert/gdnsd_pools.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "signpost/convert/gdnsd_addresses.h"

namespace signpost::cli::convert {
namespace {

constexpr std::size_t kMultivalueMax = 8;

std::vector<std::string> texts_of(const std::vector<Address>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const Address& address : addresses) texts.push_back(address.text);
  return texts;
}

absl::StatusOr<std::vector<Address>> read_addresses(GdnsdResources& resources, const Stanza& stanza,
                                                    dns::RRType type) {
  std::vector<Address> addresses;
  if (stanza.node == nullptr) return addresses;
  std::size_t position = 0;
  for (const Node* entry : entries_of(*stanza.node)) {
    ++position;
    ASSIGN_OR_RETURN(const std::string text, entry->string());
    if (type_of_address(text) != type) continue;
    ASSIGN_OR_RETURN(Address address,
                     read_address(resources, stanza.scope, *entry, *entry, position));
    addresses.push_back(std::move(address));
  }
  return addresses;
}

// All addresses whatever their health, which others still ask for.
absl::StatusOr<TreePtr> unmonitored_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                         const std::vector<Address>& addresses, std::int64_t least,
                                         dns::RRType type) {
  auto tree = std::make_shared<Tree>(*simple_tree(resource.name, texts_of(addresses)));
  const std::vector<std::string> ids = checks_of(addresses);
  if (ids.empty()) return tree;
  tree->can_fail = true;
  ASSIGN_OR_RETURN(tree->health_check_id, check_of_pool(resources, resource, type, least, ids));
  return tree;
}

}  // namespace

absl::StatusOr<TreePtr> multifo_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                     dns::RRType type) {
  const Stanza stanza = stanza_of(resource, type);
  ASSIGN_OR_RETURN(const std::vector<Address> addresses, read_addresses(resources, stanza, type));
  if (addresses.empty()) return TreePtr();
  ASSIGN_OR_RETURN(const double threshold, threshold_of(stanza.scope));
  ASSIGN_OR_RETURN(const bool ignores_health, flag_of(stanza.scope, "ignore_health"));
  const std::vector<std::string> ids = checks_of(addresses);
  const std::int64_t least = needed(threshold, static_cast<std::int64_t>(addresses.size()));
  if (ids.empty() || ignores_health)
    return unmonitored_tree(resources, resource, addresses, least, type);
  if (addresses.size() > kMultivalueMax)
    resources.leave_out(*stanza.node, absl::StrCat("that all of the ", addresses.size(),
                                                   " addresses are in one answer; it has up to ",
                                                   kMultivalueMax, " of them"));
  if (least <= 1) return multivalue_tree(resource.name, addresses);
  ASSIGN_OR_RETURN(const std::string enough, check_of_pool(resources, resource, type, least, ids));
  return guarded_tree(resource.name, enough, multivalue_tree(resource.name + "-up", addresses),
                      simple_tree(resource.name + "-all", texts_of(addresses)));
}

absl::StatusOr<TreePtr> simplefo_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                      dns::RRType type) {
  const Stanza stanza = stanza_of(resource, type);
  if (stanza.node == nullptr) return TreePtr();
  auto tree = std::make_shared<Tree>();
  tree->name = resource.name;
  for (const auto& [key, role] :
       {std::pair("primary", v1::PRIMARY), std::pair("secondary", v1::SECONDARY)}) {
    ASSIGN_OR_RETURN(const Node* node, stanza.node->required(key));
    ASSIGN_OR_RETURN(const std::string text, node->string());
    if (type_of_address(text) != type) return TreePtr();
    ASSIGN_OR_RETURN(const Address address, read_address(resources, stanza.scope, *node, *node, 0));
    if (tree->branches.empty() && address.check.empty()) {
      resources.leave_out(*node,
                          "the secondary address; it never answers, because nothing "
                          "monitors the primary one");
      return simple_tree(resource.name, {text});
    }
    tree->branches.push_back(branch_of(address));
    tree->branches.back().set.mutable_failover()->set_role(role);
    tree->can_fail = !address.check.empty();
  }
  return tree;
}

absl::StatusOr<TreePtr> static_tree(const GdnsdResource& resource, dns::RRType type) {
  ASSIGN_OR_RETURN(const std::string text, resource.node->string());
  if (type_of_address(text) != type) return TreePtr();
  return simple_tree(resource.name, {text});
}

}  // namespace signpost::cli::convert
