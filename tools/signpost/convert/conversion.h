// What a converter of foreign configurations makes.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "signpost/convert/node.h"
#include "signpost/v1/config.pb.h"
#include "signpost/yaml_comments.h"

namespace signpost::cli::convert {

// The configuration, and what could not be put into it: nothing is left out silently.
class Conversion {
 public:
  v1::Config config;

  // Notes that `what` has no equal here: `why`, and what to do. It becomes a comment before the
  // element of the list `field` of `parent`, a part of the configuration, that is added next. What
  // was noted in the same words is not noted again.
  void leave_out(const google::protobuf::Message& parent, const std::string& field,
                 const Node& what, std::string_view why);
  void leave_out(const google::protobuf::Message& parent, const std::string& field,
                 const std::string& place, std::string_view why);

  const YamlComments& comments() const { return comments_; }
  // "not converted: PLACE: WHY" of each, in their order.
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  YamlComments comments_;
  std::vector<std::string> left_out_;
  std::set<std::string> seen_;
};

// An owner name as record sets of the zone have it: relative, "@" for the apex itself. Requires
// that it is at or below the apex.
std::string relative_name(const dns::Name& owner, const dns::Name& apex);

// A domain name as a zone has it: without the last dot, but for the root.
std::string zone_name(const dns::Name& apex);

}  // namespace signpost::cli::convert
