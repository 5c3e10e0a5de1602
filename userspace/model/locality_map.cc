#include "model/locality_map.h"

namespace signpost::model {
namespace {

// The four bits from bit `at` on; `at` is a multiple of four.
unsigned nibble(const Prefix& address, unsigned at) {
  const unsigned octet = address.octets[at / 8];
  return at % 8 == 0 ? octet >> 4 : octet & 15;
}

std::uint32_t root_entry(const std::vector<LocalityCell>& cells, const Prefix& address) {
  const unsigned index =
      address.octets[0] << 12u | address.octets[1] << 4u | address.octets[2] >> 4u;
  const std::size_t first = address.is_ipv6 ? kLocalityRootCells : 0;
  return cells[first + index / kLocalityCellEntries][index % kLocalityCellEntries];
}

}  // namespace

std::shared_ptr<const LocalityMap> LocalityMap::nowhere() {
  static const std::shared_ptr<const LocalityMap> map = [] {
    Parts parts;
    parts.places.resize(1);
    parts.blocks.resize(1);
    parts.round_trips.resize(1);
    parts.localities.resize(1);
    parts.cells.resize(2 * kLocalityRootCells);
    parts.data.prefixes = 2;
    return std::make_shared<const LocalityMap>(std::move(parts));
  }();
  return map;
}

LocalityMap::Found LocalityMap::find(const Prefix& source) const {
  Found found = leaf_of(parts_.cells, source);
  if (found.prefix_length <= source.length) return found;
  if (const auto inner = parts_.inner.find(inner_key(source)); inner != parts_.inner.end())
    found.locality = inner->second;
  return found;
}

LocalityMap::Found LocalityMap::leaf_of(const std::vector<LocalityCell>& cells,
                                        const Prefix& prefix) {
  std::uint32_t entry = root_entry(cells, prefix);
  for (unsigned at = kLocalityRootBits; (entry & kLocalityInnerEntry) != 0;
       at += kLocalityStrideBits)
    entry = cells[entry & ~kLocalityInnerEntry][nibble(prefix, at)];
  return {entry >> 8, static_cast<std::uint8_t>(entry)};
}

Client LocalityMap::client(LocalityId id) const {
  const Locality& locality = parts_.localities[id];
  return {&parts_.places[locality.place], &parts_.blocks[locality.blocks],
          &parts_.round_trips[locality.round_trips]};
}

std::string LocalityMap::inner_key(const Prefix& prefix) {
  std::string key{prefix.is_ipv6 ? '6' : '4', static_cast<char>(prefix.length)};
  key.append(prefix.octets.begin(), prefix.octets.begin() + (prefix.length + 7) / 8);
  return key;
}

}  // namespace signpost::model
