#include "model/locality_map.h"

namespace signpost::model {
namespace {

// The `count` bits from bit `at` on, which do not cross an octet's end.
unsigned bits(const Prefix& address, unsigned at, unsigned count) {
  return address.octets[at / 8] >> (8 - at % 8 - count) & ((1u << count) - 1);
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
  if (const auto inner = parts_.inner.find(source); inner != parts_.inner.end())
    found.locality = inner->second;
  return found;
}

LocalityMap::Found LocalityMap::find(const Prefix& source, const LocalityRoots& roots) const {
  const Found found = leaf_of(roots, parts_.cells, source);
  return found.prefix_length <= source.length ? found : find(source);
}

LocalityMap::Found LocalityMap::leaf_of(const LocalityRoots& roots,
                                        const std::vector<LocalityCell>& cells,
                                        const Prefix& prefix) {
  std::uint32_t entry = locality_entry(roots, 0, locality_root(prefix));
  unsigned at = kLocalityRootBits;
  while ((entry & kLocalityInnerEntry) != 0) {
    const unsigned step = locality_step_bits(at);
    entry = locality_entry(cells, entry & ~kLocalityInnerEntry, bits(prefix, at, step));
    at += step;
  }
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
