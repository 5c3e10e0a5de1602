#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "control/describe.h"
#include "control/translate.h"
#include "model/view.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {
namespace {

// ::ffff:0:0/96, in which the tables have IPv4.
bool is_mapped(const model::Prefix& prefix) {
  const model::MappedAddress ipv4 = model::first_address(model::Prefix());
  return prefix.is_ipv6 && prefix.length >= 96 &&
         std::equal(ipv4.begin(), ipv4.begin() + 12, prefix.octets.begin());
}

}  // namespace

absl::StatusOr<model::ViewPtr> from_proto(const v1::View& in, const std::string& path) {
  auto out = std::make_shared<model::View>();
  if (in.name().empty()) return invalid_argument(path, ".name: is missing; use for example office");
  const absl::StatusOr<dns::NameSpace> space = dns::NameSpace::named(in.name());
  if (!space.ok()) return annotate(space.status(), path + ".name");
  out->space = *space;
  const auto count = static_cast<std::size_t>(in.networks_size());
  if (count == 0 || count > model::kViewNetworksMax)
    return invalid_argument(path, ".networks: has ", count, "; use 1 to ", model::kViewNetworksMax);
  for (int i = 0; i < in.networks_size(); ++i) {
    const std::string at = absl::StrCat(path, ".networks[", i, "]");
    const absl::StatusOr<model::Prefix> prefix = model::Prefix::parse(in.networks(i));
    if (!prefix.ok()) return annotate(prefix.status(), at);
    if (is_mapped(*prefix))
      return invalid_argument(at, ": \"", in.networks(i), "\" is IPv4; write it as IPv4");
    if (std::find(out->networks.begin(), out->networks.end(), *prefix) != out->networks.end())
      return invalid_argument(at, ": \"", in.networks(i), "\" is there twice; remove one");
    out->networks.push_back(*prefix);
  }
  std::sort(out->networks.begin(), out->networks.end());
  return out;
}

void to_proto(const model::View& view, v1::View& out) {
  out.set_name(view.name());
  for (const model::Prefix& network : view.networks) out.add_networks(network.text());
}

std::string describe(const model::View& view) {
  return absl::StrJoin(view.networks, ", ", [](std::string* out, const model::Prefix& network) {
    *out += network.text();
  });
}

}  // namespace signpost::control
