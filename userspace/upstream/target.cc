#include "upstream/target.h"

namespace signpost::upstream {

std::optional<Target> parse_target(std::string_view key) {
  const std::size_t space = key.rfind(' ');  // in names it is escaped
  if (space == std::string_view::npos) return std::nullopt;
  const auto name = dns::Name::parse(key.substr(0, space));
  const auto type = dns::parse_rr_type(key.substr(space + 1));
  if (!name.ok() || !type) return std::nullopt;
  return Target{name->folded(), *type};
}

}  // namespace signpost::upstream
