// gdnsd's resources: what its plugins answer, as trees of record sets.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/rr_type.h"
#include "signpost/convert/conversion.h"
#include "signpost/convert/gdnsd_health_checks.h"
#include "signpost/convert/gdnsd_tree.h"
#include "signpost/convert/node.h"

namespace signpost::cli::convert {

// Where parameters of a resource are looked up, from its outermost node to its innermost.
class GdnsdScope {
 public:
  GdnsdScope with(const Node* inner) const;
  GdnsdScope with_all(const GdnsdScope& inner) const;
  // The innermost parameter of that name; null if there is none.
  const Node* find(std::string_view name) const;

 private:
  std::vector<const Node*> nodes_;
};

// A resource, or a part of one that stands for one.
struct GdnsdResource {
  std::string plugin;
  std::string name;  // with its plugin: "multifo-v4www"
  const Node* node = nullptr;
  GdnsdScope scope;  // without the node itself
};

class GdnsdResources {
 public:
  // `plugins` is that of the configuration; null if it has none.
  GdnsdResources(const Node* plugins, GdnsdHealthChecks& checks, Conversion& out)
      : plugins_(plugins), checks_(checks), out_(out) {}

  // What follows is for this zone, which gets the comments.
  void begin_zone(const v1::Zone& zone) { zone_ = &zone; }

  // What "PLUGIN!RESOURCE" or "PLUGIN!RESOURCE/DATACENTER" at `place` answers a query for A, AAAA
  // or CNAME; null: nothing.
  absl::StatusOr<TreePtr> tree(const std::string& reference, const std::string& place,
                               dns::RRType type);
  // The same for a resource below another; `backs_out` if that goes on to its next data centre when
  // this one fails.
  absl::StatusOr<TreePtr> tree(const GdnsdResource& resource, dns::RRType type, bool backs_out);

  // The resource that "%PLUGIN!RESOURCE" names at `place`.
  absl::StatusOr<GdnsdResource> find(std::string_view plugin, std::string_view name,
                                     const std::string& place) const;

  // Notes that what is at `what` can't be converted; see Conversion::leave_out.
  void leave_out(const Node& what, std::string_view why) const;

  // The resources that were never asked for, and plugins that have none.
  std::vector<const Node*> unused() const;

  const Node* plugin(std::string_view name) const;
  GdnsdHealthChecks& checks() { return checks_; }
  Conversion& out() { return out_; }

 private:
  const Node* plugins_;
  GdnsdHealthChecks& checks_;
  Conversion& out_;
  const v1::Zone* zone_ = nullptr;
  std::set<const Node*> used_;
  int depth_ = 0;
};

// A, AAAA, or CNAME for what is no address.
dns::RRType type_of_address(const std::string& text);

}  // namespace signpost::cli::convert
