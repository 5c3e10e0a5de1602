// The data centres of a metafo or geoip resource, and orders of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "signpost/convert/gdnsd_resources.h"
#include "signpost/convert/gdnsd_tree.h"

namespace signpost::cli::convert {

class DataCentres {
 public:
  // Those of the resource's dcmap that answer queries of the type. Names elsewhere among addresses
  // answer by external aliases.
  static absl::StatusOr<DataCentres> read(GdnsdResources& resources, const GdnsdResource& resource,
                                          dns::RRType type);

  bool empty() const { return trees_.empty(); }
  // Null: it answers nothing.
  TreePtr find(const std::string& name) const;

  // The tree that answers by the first that has not failed; null if none of these answers. It is
  // made once for each order.
  TreePtr in_order(const std::vector<std::string>& names);

 private:
  DataCentres(GdnsdResources& resources, const GdnsdResource& resource)
      : resources_(resources), resource_(resource) {}

  TreePtr chain(const std::string& name, std::vector<std::string> names) const;

  GdnsdResources& resources_;
  GdnsdResource resource_;
  std::map<std::string, TreePtr> trees_;
  std::map<std::vector<std::string>, TreePtr> orders_;
};

}  // namespace signpost::cli::convert
