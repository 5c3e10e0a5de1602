#include "signpost/convert/gdnsd_meta.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "signpost/convert/gdnsd_data_centres.h"
#include "signpost/convert/gdnsd_map.h"

namespace signpost::cli::convert {
namespace {

// Whether the resource leaves out the first data centre of each order.
absl::StatusOr<bool> skips_first(const GdnsdResource& resource) {
  const Node* flag = resource.node->find("skip_first");
  if (flag == nullptr) return false;
  return flag->boolean();
}

// What a geoip resource answers, by its map.
class GeoTree {
 public:
  GeoTree(GdnsdResources& resources, const GdnsdResource& resource, const GdnsdMap& map,
          DataCentres& centres, bool skip_first, bool backs_out)
      : resources_(resources),
        resource_(resource),
        map_(map),
        centres_(centres),
        skip_first_(skip_first),
        // One tree whose branches fail with their data centres, and one whose do not.
        name_(absl::StrCat(resource.name, backs_out ? "-nested" : "")),
        backs_out_(backs_out) {}

  TreePtr make() {
    const TreePtr by_place =
        map_.places.size() == 1 ? order_tree(map_.places.front().order) : place_tree();
    return map_.nets.empty() || by_place == nullptr ? by_place : net_tree(by_place);
  }

 private:
  TreePtr order_tree(const DataCentreOrder& order) {
    if (order.by_distance) return distance_tree();
    std::vector<std::string> names = order.names;
    if (skip_first_ && names.size() > 1) names.erase(names.begin());
    return centres_.in_order(names);
  }

  // In gdnsd the order of a place is all that its clients get. So a branch does not fail, as its
  // clients would get the order of a larger place then, unless a resource above is to go on.
  void add_branch(Tree& tree, const TreePtr& below, const std::string& identifier) const {
    tree.branches.push_back(branch_to(below, backs_out_));
    tree.branches.back().set.set_set_identifier(identifier);
    tree.can_fail = tree.can_fail || (backs_out_ && below->can_fail);
  }

  TreePtr place_tree() {
    auto tree = std::make_shared<Tree>();
    tree->name = name_ + (map_.nets.empty() ? "" : "-places");
    for (const GdnsdMap::Place& place : map_.places) {
      const TreePtr below = order_tree(place.order);
      if (below == nullptr) {
        resources_.leave_out(*resource_.node, absl::StrCat("that clients of ", place.identifier,
                                                           " get no answer; they get that of the "
                                                           "larger place around it"));
        continue;
      }
      add_branch(*tree, below, place.identifier);
      *tree->branches.back().set.mutable_geolocation() = place.where;
    }
    if (backs_out_ && tree->can_fail)
      resources_.leave_out(*resource_.node,
                           "that the resource above goes on as soon as a place's order has failed; "
                           "that of the larger place around it is tried before");
    return tree->branches.empty() ? nullptr : tree;
  }

  TreePtr distance_tree() {
    if (distance_ != nullptr) return distance_;
    auto tree = std::make_shared<Tree>();
    tree->name = resource_.name + "-nearest";
    for (const GdnsdMap::Site& site : map_.sites) {
      const TreePtr below = centres_.find(site.name);
      if (below == nullptr) continue;
      tree->branches.push_back(branch_to(below, true));
      // A client of unknown place gets the first in the order of identifiers.
      v1::RecordSet& set = tree->branches.back().set;
      set.set_set_identifier(
          absl::StrCat(absl::Dec(tree->branches.size(), absl::kZeroPad2), "-", site.name));
      *set.mutable_geoproximity()->mutable_coordinates() = site.coordinates;
      tree->can_fail = tree->can_fail || below->can_fail;
    }
    if (skip_first_)
      resources_.leave_out(*resource_.node, "skip_first by distance; the nearest answers as well");
    if (!tree->branches.empty()) distance_ = tree;
    return distance_;
  }

  TreePtr net_tree(const TreePtr& by_place) {
    auto tree = std::make_shared<Tree>();
    tree->name = name_;
    for (std::size_t i = 0; i < map_.nets.size(); ++i) {
      const TreePtr below = order_tree(map_.nets[i].order);
      if (below == nullptr) continue;
      const std::string location = absl::StrCat("net-", i + 1);
      add_branch(*tree, below, location);
      tree->branches.back().set.mutable_ip_based()->set_location_name(location);
    }
    add_branch(*tree, by_place, "default");
    tree->branches.back().set.mutable_ip_based()->set_location_name("*");
    for (Branch& branch : tree->branches)
      branch.set.mutable_ip_based()->set_collection_id(map_.name);
    add_collection();
    return tree;
  }

  void add_collection() const {
    v1::Config& config = resources_.out().config;
    for (const v1::CidrCollection& each : config.cidr_collections())
      if (each.id() == map_.name) return;
    v1::CidrCollection* collection = config.add_cidr_collections();
    collection->set_id(map_.name);
    for (std::size_t i = 0; i < map_.nets.size(); ++i) {
      v1::CidrLocation* location = collection->add_locations();
      location->set_name(absl::StrCat("net-", i + 1));
      for (const std::string& prefix : map_.nets[i].prefixes) location->add_cidr_blocks(prefix);
    }
  }

  GdnsdResources& resources_;
  const GdnsdResource& resource_;
  const GdnsdMap& map_;
  DataCentres& centres_;
  const bool skip_first_;
  const std::string name_;
  const bool backs_out_;
  TreePtr distance_;
};

}  // namespace

absl::StatusOr<TreePtr> metafo_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                    dns::RRType type) {
  ASSIGN_OR_RETURN(const Node* list, resource.node->required("datacenters"));
  ASSIGN_OR_RETURN(std::vector<std::string> names, list->strings());
  ASSIGN_OR_RETURN(DataCentres centres, DataCentres::read(resources, resource, type));
  ASSIGN_OR_RETURN(const bool skip_first, skips_first(resource));
  if (skip_first && names.size() > 1) names.erase(names.begin());
  return centres.in_order(names);
}

absl::StatusOr<TreePtr> geoip_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                   dns::RRType type, bool backs_out) {
  ASSIGN_OR_RETURN(const Node* map_name, resource.node->required("map"));
  const Node* maps = resources.plugin("geoip")->find("maps");
  const Node* map = maps == nullptr ? nullptr : maps->find(map_name->text);
  if (map == nullptr) return map_name->error("the configuration has no such map");
  ASSIGN_OR_RETURN(DataCentres centres, DataCentres::read(resources, resource, type));
  if (centres.empty()) return TreePtr();
  const std::filesystem::path folder = std::filesystem::path(*map->file).parent_path() / "geoip";
  ASSIGN_OR_RETURN(const GdnsdMap read, read_gdnsd_map(resources, *map, folder.string()));
  ASSIGN_OR_RETURN(const bool skip_first, skips_first(resource));
  return GeoTree(resources, resource, read, centres, skip_first, backs_out).make();
}

absl::StatusOr<TreePtr> data_centre_tree(GdnsdResources& resources, const GdnsdResource& resource,
                                         const std::string& data_centre, dns::RRType type) {
  ASSIGN_OR_RETURN(const DataCentres centres, DataCentres::read(resources, resource, type));
  return centres.find(data_centre);
}

}  // namespace signpost::cli::convert
