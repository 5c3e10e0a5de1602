#include "model/locality_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace signpost::model {
namespace {

Prefix prefix(std::string_view text) { return Prefix::parse(text).value(); }

std::uint32_t leaf(LocalityId locality, unsigned length) { return locality << 8 | length; }
std::uint32_t inner(std::size_t cell) {
  return kLocalityInnerEntry | static_cast<std::uint32_t>(cell);
}

class MapOfCells : public ::testing::Test {
 protected:
  MapOfCells() {
    parts_.places.resize(4);
    parts_.blocks.resize(1);
    parts_.round_trips.resize(1);
    for (std::uint32_t i = 0; i < 4; ++i) {
      parts_.places[i].city = std::string(i, 'x');
      parts_.localities.push_back({i, 0, 0});
    }
    parts_.cells.resize(2 * kLocalityRootCells);
  }

  // The entry of the root of a family for the first 16 bits of a prefix.
  std::uint32_t& root(std::string_view text) {
    const Prefix at = prefix(text);
    return locality_entry(parts_.cells, at.is_ipv6 ? kLocalityRootCells : 0,
                          at.octets[0] << 8 | at.octets[1]);
  }

  // Cells for `bits` bits more.
  std::size_t add_cells(unsigned bits, std::uint32_t fill) {
    const std::size_t first = parts_.cells.size();
    for (unsigned i = 0; i < (1u << bits) / kLocalityCellEntries; ++i)
      parts_.cells.emplace_back().fill(fill);
    return first;
  }

  void expect(const LocalityMap& map, std::string_view source, LocalityId locality,
              unsigned length) {
    const LocalityMap::Found found = map.find(prefix(source));
    EXPECT_EQ(found.locality, locality) << std::string(source);
    EXPECT_EQ(found.prefix_length, length) << std::string(source);
  }

  LocalityMap::Parts parts_;
};

TEST_F(MapOfCells, FindsLeavesOfTheRootInTheirFamily) {
  root("203.0.0.0/16") = leaf(1, 16);
  root("2001:db8::/32") = leaf(2, 16);
  const LocalityMap map(parts_);
  expect(map, "203.0.0.0", 1, 16);
  expect(map, "203.0.255.255", 1, 16);
  expect(map, "203.1.0.0", 0, 0);
  expect(map, "2001:db8::1", 2, 16);
  expect(map, "cb00:7000::", 0, 0);
}

TEST_F(MapOfCells, WalksEightBitsAndThenFourACellDownToTheLastAddress) {
  const std::size_t second = add_cells(8, leaf(1, 20));
  root("203.0.0.0/16") = inner(second);
  const std::size_t third = add_cells(4, leaf(2, 24));
  locality_entry(parts_.cells, second, 113) = inner(third);
  const std::size_t fourth = add_cells(4, leaf(2, 24));
  parts_.cells[third][0] = inner(fourth);  // 203.0.113.0/28
  parts_.cells[fourth][0xe] = leaf(3, 32);
  const LocalityMap map(parts_);
  expect(map, "203.0.113.14", 3, 32);
  expect(map, "203.0.113.15", 2, 24);
  expect(map, "203.0.113.255", 2, 24);
  expect(map, "203.0.114.0", 1, 20);
}

TEST_F(MapOfCells, WalksAllBitsOfAnIpv6Address) {
  const Prefix address = prefix("2001:db8:123:4567:89ab:cdef:fedc:ba98");
  parts_.cells.reserve(parts_.cells.size() + 128);  // entries do not move
  std::uint32_t* entry = &root("2001:db8::");
  std::vector<unsigned> ends(128);  // of the step that a bit is in
  unsigned at = kLocalityRootBits;
  for (unsigned step = 8; at < 128; at += step, step = 4) {
    std::fill_n(ends.begin() + at, step, at + step);
    const std::size_t first = add_cells(step, leaf(1, at + step));
    *entry = inner(first);
    const unsigned octet = address.octets[at / 8];
    entry = &locality_entry(parts_.cells, first,
                            step == 8 ? octet : octet >> (at % 8 == 0 ? 4 : 0) & 15);
  }
  *entry = leaf(3, 128);
  const LocalityMap map(parts_);
  expect(map, address.text(), 3, 128);
  for (unsigned bit = kLocalityRootBits; bit < 128; ++bit) {
    Prefix other = address;
    other.octets[bit / 8] ^= static_cast<std::uint8_t>(128 >> bit % 8);
    expect(map, other.text(), 1, ends[bit]);
  }
}

TEST_F(MapOfCells, GivesAShortSourceTheLocalityOfItsFirstAddress) {
  const std::size_t first = add_cells(8, leaf(1, 24));
  root("203.0.0.0/16") = inner(first);
  locality_entry(parts_.cells, first, 113) = leaf(2, 24);
  const LocalityMap map(parts_);
  expect(map, "203.0.112.0/20", 1, 24);
  expect(map, "203.0.113.0/24", 2, 24);
}

TEST_F(MapOfCells, GivesAShortSourceItsOwnLocalityWhereLongerBlocksDoNotCount) {
  root("203.0.0.0/16") = inner(add_cells(8, leaf(1, 24)));
  parts_.inner[prefix("203.0.112.0/20")] = 3;
  const LocalityMap map(parts_);
  expect(map, "203.0.112.0/20", 3, 24);
  expect(map, "203.0.112.0/21", 1, 24);
  expect(map, "203.0.112.0/24", 1, 24);
}

TEST_F(MapOfCells, ShowsWhatIsKnownOfALocality) {
  const LocalityMap map(parts_);
  EXPECT_EQ(map.client(2).place->city, "xx");
  EXPECT_TRUE(map.client(2).blocks->empty());
  EXPECT_TRUE(map.client(2).round_trips->empty());
}

TEST(LocalityMap, OfNowhereKnowsNothingOfAnyone) {
  const LocalityMapPtr map = LocalityMap::nowhere();
  for (const char* source : {"0.0.0.0/0", "203.0.113.7", "::/0", "2001:db8::1"}) {
    EXPECT_EQ(map->find(prefix(source)).locality, 0u);
    EXPECT_EQ(map->find(prefix(source)).prefix_length, 0u);
  }
  EXPECT_EQ(*map->client(0).place, Place{});
  EXPECT_EQ(map, LocalityMap::nowhere());
}

TEST(LocalityMap, KeysPrefixesByFamilyLengthAndBits) {
  const auto key = [](std::string_view text) { return LocalityMap::inner_key(prefix(text)); };
  EXPECT_NE(key("0.0.0.0/0"), key("::/0"));
  EXPECT_NE(key("203.0.113.0/24"), key("203.0.113.0/25"));
  EXPECT_NE(key("203.0.113.0/24"), key("203.0.112.0/24"));
  EXPECT_EQ(key("203.0.113.0/24"), key("203.0.113.0/24"));
}

}  // namespace
}  // namespace signpost::model
