#include "signpost/convert/gdnsd_resources.h"

#include <arpa/inet.h>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "signpost/convert/gdnsd_meta.h"
#include "signpost/convert/gdnsd_pools.h"

namespace signpost::cli::convert {
namespace {

constexpr int kDepthMax = 16;  // of resources below each other; gdnsd does not find loops

// Of a resource with data centres, and one of these: "prod/dc-01".
struct Reference {
  std::string plugin;
  std::string resource;
  std::string data_centre;
};

Reference parse_reference(std::string_view text) {
  Reference reference;
  const std::size_t mark = text.find('!');
  reference.plugin = std::string(text.substr(0, mark));
  if (mark == text.npos) return reference;
  const std::string_view rest = text.substr(mark + 1);
  const std::size_t slash = rest.find('/');
  reference.resource = std::string(rest.substr(0, slash));
  if (slash != rest.npos) reference.data_centre = std::string(rest.substr(slash + 1));
  return reference;
}

bool has_data_centres(std::string_view plugin) { return plugin == "metafo" || plugin == "geoip"; }

}  // namespace

GdnsdScope GdnsdScope::with(const Node* inner) const {
  GdnsdScope scope = *this;
  if (inner != nullptr) scope.nodes_.push_back(inner);
  return scope;
}

GdnsdScope GdnsdScope::with_all(const GdnsdScope& inner) const {
  GdnsdScope scope = *this;
  scope.nodes_.insert(scope.nodes_.end(), inner.nodes_.begin(), inner.nodes_.end());
  return scope;
}

const Node* GdnsdScope::find(std::string_view name) const {
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node)
    if (const Node* found = (*node)->find(name)) return found;
  return nullptr;
}

absl::StatusOr<TreePtr> GdnsdResources::tree(const std::string& reference, const std::string& place,
                                             dns::RRType type) {
  const Reference parsed = parse_reference(reference);
  if (parsed.plugin == "null" && type != dns::RRType::kCname)
    return simple_tree("null", {type == dns::RRType::kA ? "0.0.0.0" : "::"});
  ASSIGN_OR_RETURN(const GdnsdResource resource, find(parsed.plugin, parsed.resource, place));
  used_.insert(resource.node);
  if (parsed.data_centre.empty()) return tree(resource, type, false);
  if (!has_data_centres(parsed.plugin))
    return invalid_argument(place, ": ", reference, ": ", parsed.plugin, " has no data centres");
  return data_centre_tree(*this, resource, parsed.data_centre, type);
}

absl::StatusOr<TreePtr> GdnsdResources::tree(const GdnsdResource& resource, dns::RRType type,
                                             bool backs_out) {
  if (depth_ == kDepthMax)
    return resource.node->error("refers to itself, or leads through too many resources");
  used_.insert(resource.node);
  ++depth_;
  absl::StatusOr<TreePtr> made =
      resource.node->error(absl::StrCat("the plugin ", resource.plugin, " is unknown"));
  if (resource.plugin == "multifo") made = multifo_tree(*this, resource, type);
  if (resource.plugin == "weighted") made = weighted_tree(*this, resource, type);
  if (resource.plugin == "simplefo") made = simplefo_tree(*this, resource, type);
  if (resource.plugin == "static") made = static_tree(resource, type);
  if (resource.plugin == "metafo") made = metafo_tree(*this, resource, type);
  if (resource.plugin == "geoip") made = geoip_tree(*this, resource, type, backs_out);
  --depth_;
  return made;
}

absl::StatusOr<GdnsdResource> GdnsdResources::find(std::string_view plugin, std::string_view name,
                                                   const std::string& place) const {
  const Node* holder = this->plugin(plugin);
  const Node* top = holder;
  if (holder != nullptr && has_data_centres(plugin)) holder = holder->find("resources");
  const Node* node = holder == nullptr ? nullptr : holder->find(name);
  if (node == nullptr)
    return invalid_argument(place, ": ", std::string(plugin), "!", std::string(name),
                            ": the configuration has no such resource");
  return GdnsdResource{std::string(plugin), absl::StrCat(std::string(plugin), "-", node->key), node,
                       GdnsdScope().with(top)};
}

void GdnsdResources::leave_out(const Node& what, std::string_view why) const {
  out_.leave_out(*zone_, "record_sets", what, why);
}

std::vector<const Node*> GdnsdResources::unused() const {
  std::vector<const Node*> found;
  if (plugins_ == nullptr) return found;
  for (const Node* other :
       other_members(*plugins_, {"multifo", "weighted", "simplefo", "static", "metafo", "geoip"}))
    if (!other->items.empty()) found.push_back(other);
  for (const char* name : {"multifo", "weighted", "simplefo", "static", "metafo", "geoip"}) {
    const Node* holder = plugin(name);
    if (holder != nullptr && has_data_centres(name)) holder = holder->find("resources");
    if (holder == nullptr) continue;
    for (const Node* node :
         other_members(*holder, {"service_types", "up_thresh", "ignore_health", "multi", "plugin"}))
      if (!used_.contains(node)) found.push_back(node);
  }
  return found;
}

const Node* GdnsdResources::plugin(std::string_view name) const {
  return plugins_ == nullptr ? nullptr : plugins_->find(name);
}

dns::RRType type_of_address(const std::string& text) {
  in6_addr buffer{};
  if (inet_pton(AF_INET, text.c_str(), &buffer) == 1) return dns::RRType::kA;
  if (inet_pton(AF_INET6, text.c_str(), &buffer) == 1) return dns::RRType::kAaaa;
  return dns::RRType::kCname;
}

}  // namespace signpost::cli::convert
