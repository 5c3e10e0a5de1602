#include "model/view.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace signpost::model {
namespace {

constexpr std::size_t kMappedBits = 96;

struct Network {
  MappedAddress first{};
  std::size_t length = 0;  // in bits, of the mapped address
  dns::NameSpace space;
};

// The first address behind a network; nothing if it is the last of all.
std::optional<MappedAddress> address_behind(const Network& network) {
  MappedAddress address = network.first;
  std::size_t bit = network.length;
  while (bit-- > 0) {
    std::uint8_t& octet = address[bit / 8];
    const auto mask = static_cast<std::uint8_t>(0x80 >> bit % 8);
    octet ^= mask;
    if ((octet & mask) != 0) return address;
  }
  return std::nullopt;
}

}  // namespace

MappedAddress first_address(const Prefix& prefix) {
  if (prefix.is_ipv6) return prefix.octets;
  MappedAddress address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  std::copy_n(prefix.octets.begin(), 4, address.begin() + 12);
  return address;
}

// From the shortest network to the longest: each paints over what lies around it, and what was
// there goes on behind it.
ViewMap::ViewMap(const std::vector<ViewPtr>& views) {
  std::vector<Network> networks;
  for (const ViewPtr& view : views) {
    spaces_.push_back(view->space);
    for (const Prefix& prefix : view->networks)
      networks.push_back({first_address(prefix),
                          prefix.is_ipv6 ? prefix.length : kMappedBits + prefix.length,
                          view->space});
  }
  if (networks.empty()) return;
  std::sort(spaces_.begin(), spaces_.end());
  // IPv4 lies in no IPv6 network.
  networks.insert(networks.begin(), {first_address(Prefix()), kMappedBits, dns::NameSpace()});
  std::stable_sort(networks.begin(), networks.end(),
                   [](const Network& a, const Network& b) { return a.length < b.length; });
  std::map<MappedAddress, dns::NameSpace> spaces{{MappedAddress(), dns::NameSpace()}};
  const auto cut_at = [&](const MappedAddress& address) {
    const dns::NameSpace before = std::prev(spaces.upper_bound(address))->second;
    spaces.try_emplace(address, before);
  };
  for (const Network& network : networks) {
    cut_at(network.first);
    const std::optional<MappedAddress> behind = address_behind(network);
    if (behind) cut_at(*behind);
    spaces[network.first] = network.space;
  }
  for (const auto& [first, space] : spaces) {
    if (ranges_.empty() || ranges_.back().space != space) ranges_.push_back({first, space});
  }
}

dns::NameSpace ViewMap::of(const MappedAddress& client) const {
  const auto behind = std::upper_bound(
      ranges_.begin(), ranges_.end(), client,
      [](const MappedAddress& address, const Range& range) { return address < range.first; });
  return behind == ranges_.begin() ? dns::NameSpace() : std::prev(behind)->space;
}

}  // namespace signpost::model
