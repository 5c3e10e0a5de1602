#include "server/choice.h"

#include <algorithm>

namespace signpost::server {
namespace {

constexpr ClientAddress kIpv4Mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kIpv4MappedOctets = 12;

}  // namespace

model::Prefix prefix_of(const ClientAddress& address) {
  model::Prefix prefix;
  const auto* const ipv4 = address.begin() + kIpv4MappedOctets;
  prefix.is_ipv6 = !std::equal(address.begin(), ipv4, kIpv4Mapped.begin());
  prefix.length = prefix.is_ipv6 ? 128 : 32;
  std::copy(prefix.is_ipv6 ? address.begin() : ipv4, address.end(), prefix.octets.begin());
  return prefix;
}

bool Choice::has_subnet() const {
  const dns_query& fields = query_.fields;
  return (fields.options & QUERY_SUBNET) != 0 && query_.message[fields.subnet + 2u] != 0;
}

model::Prefix Choice::source() const {
  if (!has_subnet()) return prefix_of(client_);
  const Octets subnet = query_.message.subspan(query_.fields.subnet, query_.fields.subnet_length);
  model::Prefix prefix;
  prefix.is_ipv6 = load16(subnet, 0) != SUBNET_IPV4;
  prefix.length = subnet[2];
  const Octets address = subnet.subspan(SUBNET_FIXED_OCTETS);
  std::copy(address.begin(), address.end(), prefix.octets.begin());
  return prefix;
}

const model::Answer& Choice::answer(const model::Answer& found) {
  if (!found.by_locality) return found;
  if (!found_) found_ = table_.find_client(source());
  return found.at(found_->locality);
}

std::optional<model::LocalityId> Choice::locality() const {
  return found_ ? std::optional(table_.localities->find(source()).locality) : std::nullopt;
}

std::uint8_t Choice::scope() const {
  return found_ && has_subnet() ? found_->prefix_length : std::uint8_t{0};
}

}  // namespace signpost::server
