#include "model/view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace signpost::model {
namespace {

ViewPtr view(const std::string& name, const std::vector<std::string>& networks) {
  auto view = std::make_shared<View>();
  view->space = dns::NameSpace::named(name).value();
  for (const std::string& network : networks)
    view->networks.push_back(Prefix::parse(network).value());
  return view;
}

MappedAddress address(const std::string& text) {
  return first_address(Prefix::parse(text).value());
}

TEST(ViewMap, HasEverybodyInThePublicNameSpaceWithoutViews) {
  EXPECT_TRUE(ViewMap().ranges().empty());
  EXPECT_TRUE(ViewMap().of(address("192.0.2.1")).is_public());
  EXPECT_TRUE(ViewMap().of(address("2001:db8::1")).is_public());
}

TEST(ViewMap, PutsAClientIntoTheViewOfTheLongestNetworkAroundIt) {
  const ViewMap views({view("office", {"10.0.0.0/8", "2001:db8::/32"}),
                       view("lab", {"10.1.0.0/16", "10.2.3.4", "2001:db8:1::/48"})});
  EXPECT_EQ(views.of(address("10.0.0.0")).view(), "office");
  EXPECT_EQ(views.of(address("10.1.0.0")).view(), "lab");
  EXPECT_EQ(views.of(address("10.1.255.255")).view(), "lab");
  EXPECT_EQ(views.of(address("10.2.0.0")).view(), "office");
  EXPECT_EQ(views.of(address("10.2.3.3")).view(), "office");
  EXPECT_EQ(views.of(address("10.2.3.4")).view(), "lab");
  EXPECT_EQ(views.of(address("10.2.3.5")).view(), "office");
  EXPECT_EQ(views.of(address("10.255.255.255")).view(), "office");
  EXPECT_TRUE(views.of(address("9.255.255.255")).is_public());
  EXPECT_TRUE(views.of(address("11.0.0.0")).is_public());
  EXPECT_EQ(views.of(address("2001:db8::1")).view(), "office");
  EXPECT_EQ(views.of(address("2001:db8:1::1")).view(), "lab");
  EXPECT_TRUE(views.of(address("2001:db9::")).is_public());
  EXPECT_EQ(views.spaces().size(), 2u);
}

TEST(ViewMap, KeepsTheFamiliesApart) {
  const ViewMap ipv6({view("six", {"::/0"})});
  EXPECT_EQ(ipv6.of(address("2001:db8::1")).view(), "six");
  EXPECT_TRUE(ipv6.of(address("192.0.2.1")).is_public());
  const ViewMap ipv4({view("four", {"0.0.0.0/0"})});
  EXPECT_EQ(ipv4.of(address("0.0.0.0")).view(), "four");
  EXPECT_EQ(ipv4.of(address("255.255.255.255")).view(), "four");
  EXPECT_TRUE(ipv4.of(address("2001:db8::1")).is_public());
  EXPECT_TRUE(ipv4.of(address("::1")).is_public());
}

TEST(ViewMap, ReachesTheLastAddressOfAll) {
  const ViewMap views({view("end", {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})});
  EXPECT_EQ(views.of(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")).view(), "end");
  EXPECT_TRUE(views.of(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).is_public());
}

// Against the rule itself, for networks that lie in each other at random.
TEST(ViewMap, AgreesWithTheLongestPrefixForAnyNetworks) {
  const unsigned seed = 20261127;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto draw = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  for (int round = 0; round < 300; ++round) {
    std::vector<ViewPtr> views;
    std::vector<std::pair<Prefix, dns::NameSpace>> networks;
    for (const char* name : {"one", "two", "three"}) {
      auto one = std::make_shared<View>();
      one->space = dns::NameSpace::named(name).value();
      for (unsigned i = draw(6) + 1; i > 0; --i) {
        Prefix host{.is_ipv6 = false, .length = 32, .octets = {10, 0, 0}};
        host.octets[3] = static_cast<std::uint8_t>(draw(256));
        const Prefix network = host.truncated(static_cast<std::uint8_t>(22 + draw(11)));
        const bool taken = std::any_of(networks.begin(), networks.end(),
                                       [&](const auto& known) { return known.first == network; });
        if (taken) continue;
        one->networks.push_back(network);
        networks.emplace_back(network, one->space);
      }
      if (!one->networks.empty()) views.push_back(one);
    }
    const ViewMap map(views);
    for (unsigned last = 0; last < 256; ++last) {
      Prefix client{.is_ipv6 = false, .length = 32, .octets = {10, 0, 0}};
      client.octets[3] = static_cast<std::uint8_t>(last);
      std::pair<int, dns::NameSpace> longest{-1, {}};
      for (const auto& [network, space] : networks) {
        if (network.contains(client) && network.length > longest.first)
          longest = {network.length, space};
      }
      ASSERT_EQ(map.of(first_address(client)), longest.second) << client.text();
    }
  }
}

}  // namespace
}  // namespace signpost::model
