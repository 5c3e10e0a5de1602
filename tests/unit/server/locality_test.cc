// Answers that depend on where the client is (RFC 7871), over UDP and TCP.
#include <gtest/gtest.h>

#include "server/dns_server.h"
#include "tests/support/free_port.h"
#include "tests/support/locality_parts.h"
#include "tests/unit/server/asking.h"
#include "tests/unit/server/client_socket.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::Transport;

std::string address_record(const std::string& address) {
  return record(kQnamePointer, RRType::kA, 60, rdata(RRType::kA, address));
}

model::AnswerPtr address_answer(const std::string& address) {
  auto answer = std::make_shared<model::Answer>();
  answer->variants.resize(1);
  answer->variants[0].ancount = 1;
  answer->variants[0].octets = address_record(address);
  return answer;
}

// 203.0.113.0/25, 127.0.0.0/8 and 2001:db8:1::/48 are locality 1, 203.0.113.128/25 and
// 198.51.100.0/24 are 2, all others 0. Of a client in 203.0.113.0/24 of whom no more is known,
// locality 2 is assumed.
model::LocalityMapPtr example_localities() {
  LocalityCells cells;
  cells.add(std::string("\x7f\0\0\0", 4), 8, 1);
  cells.add(std::string("\xcb\0\x71\0", 4), 25, 1);
  cells.add(std::string("\xcb\0\x71\x80", 4), 25, 2);
  cells.add(std::string("\xc6\x33\x64\0", 4), 24, 2);
  cells.add(std::string("\x20\1\x0d\xb8\0\1", 6) + std::string(10, '\0'), 48, 1);
  model::LocalityMap::Parts parts = parts_of(cells, 3);
  parts.inner[*model::Prefix::parse("203.0.113.0/24")] = 2;
  return std::make_shared<const model::LocalityMap>(std::move(parts));
}

// The example zone, where A of www and of x.target is 192.0.2.100 + LOCALITY.
model::AnswerTablePtr table_by_locality() {
  auto table = std::make_shared<model::AnswerTable>(*example_table());
  table->localities = example_localities();
  auto partition = std::make_shared<model::Partition>();
  partition->classes = {2, 0, 1};
  partition->count = 3;
  auto answer = std::make_shared<model::Answer>();
  answer->by_locality = model::AnswersByLocality{
      .partition = partition,
      .answers = {address_answer("192.0.2.101"), address_answer("192.0.2.102"),
                  address_answer("192.0.2.100")}};
  for (const char* owner : {"www.example.com.", "x.target.example.com."}) {
    auto node = std::make_shared<model::Node>(**table->nodes.find(name(owner)));
    for (auto& [type, held] : node->types) {
      if (type == RRType::kA) held = answer;
    }
    table->nodes.set(name(owner), node);
  }
  return table;
}

std::string subnet(unsigned family, unsigned source, unsigned scope, const std::string& octets) {
  return option(8, u16(family) + static_cast<char>(source) + static_cast<char>(scope) + octets);
}

class ByLocality : public ::testing::TestWithParam<Transport> {
 protected:
  ByLocality() { server_.table = table_by_locality(); }

  // That the answer to `client` is 192.0.2.100 + `locality`, whatever EDNS says.
  void expect_address(const server::ClientAddress& client, std::uint32_t locality) {
    EXPECT_EQ(hex(server_.ask(query("www.example.com.", RRType::kA), client)),
              hex(header(kQr | kAa, {.answers = 1}) + question("www.example.com.", RRType::kA) +
                  address_record("192.0.2." + std::to_string(100 + locality))));
    EXPECT_EQ(server_.last.locality, locality);
  }

  // The same to a client subnet, which comes back with `scope`.
  void expect_scope(unsigned family, unsigned source, const std::string& octets, unsigned scope,
                    std::uint32_t locality) {
    const Opt sent{.options = subnet(family, source, 0, octets)};
    const Opt received{.options = subnet(family, source, scope, octets)};
    EXPECT_EQ(hex(server_.ask(edns_query("www.example.com.", RRType::kA, sent))),
              hex(header(kQr | kAa, {.answers = 1, .additional = 1}) +
                  question("www.example.com.", RRType::kA) +
                  address_record("192.0.2." + std::to_string(100 + locality)) + opt(received)))
        << family << '/' << source;
    EXPECT_EQ(server_.last.locality, locality);
  }

  Asking server_{GetParam()};
};

TEST_P(ByLocality, TheSourceAddressDecidesWithoutAClientSubnet) {
  expect_address(ipv4(203, 0, 113, 5), 1);
  expect_address(ipv4(203, 0, 113, 200), 2);
  expect_address(ipv4(192, 0, 2, 7), 0);
  expect_address({0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}, 1);
  expect_address({0x20, 1, 0x0d, 0xb8, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}, 0);
}

TEST_P(ByLocality, TheClientSubnetDecidesWhereThereIsOne) {
  expect_scope(1, 32, std::string("\xcb\0\x71\5", 4), 25, 1);
  expect_scope(1, 25, std::string("\xcb\0\x71\x80", 4), 25, 2);
  expect_scope(1, 24, std::string("\xc6\x33\x64", 3), 24, 2);
  expect_scope(2, 56, std::string("\x20\1\x0d\xb8\0\1\0", 7), 48, 1);
  expect_scope(2, 48, std::string("\x20\1\x0d\xb8\0\1", 6), 48, 1);
}

TEST_P(ByLocality, AScopeLongerThanTheSourcePrefixTellsThatClientsWithinItDiffer) {
  expect_scope(1, 24, std::string("\xcb\0\x71", 3), 25, 2);    // the locality of the prefix itself
  expect_scope(1, 23, std::string("\xc6\x33\x64", 3), 24, 2);  // that of its first address
  expect_scope(2, 47, std::string("\x20\1\x0d\xb8\0\0", 6), 0, 0);
}

TEST_P(ByLocality, ASourcePrefixOfNoBitsTellsNothingOfTheClient) {
  expect_scope(1, 0, "", 0, 2);
  expect_scope(2, 0, "", 0, 2);
  expect_scope(0, 0, "", 0, 2);
}

TEST_P(ByLocality, TheScopeIsZeroWhereTheLocalityDoesNotDecide) {
  const std::string sent = subnet(1, 32, 0, std::string("\xcb\0\x71\5", 4));
  for (const char* owner : {"api.example.com.", "nowhere.example.com.", "alias.example.com."}) {
    const std::string reply = server_.ask(edns_query(owner, RRType::kA, {.options = sent}));
    EXPECT_EQ(hex(reply.substr(reply.size() - sent.size())), hex(sent)) << owner;
    EXPECT_FALSE(server_.last.locality) << owner;
  }
}

TEST_P(ByLocality, TheAnswerBelowADnameIsThatOfTheClientToo) {
  const std::string asked = subnet(1, 32, 0, std::string("\xcb\0\x71\5", 4));
  const std::string scoped = subnet(1, 32, 25, std::string("\xcb\0\x71\5", 4));
  const std::string reply =
      server_.ask(edns_query("x.dname.example.com.", RRType::kA, {.options = asked}));
  EXPECT_EQ(hex(reply.substr(0, 12)), hex(header(kQr | kAa, {.answers = 3, .additional = 1})));
  const std::string end = rdata(RRType::kA, "192.0.2.101") + opt({.options = scoped});
  EXPECT_EQ(hex(reply.substr(reply.size() - end.size())), hex(end));
  EXPECT_EQ(server_.last.locality, 1u);
}

TEST_P(ByLocality, AnyGivesTheSmallestOfTheClientsRrsets) {
  const std::string reply = server_.ask(query("www.example.com.", RRType::kAny));
  EXPECT_EQ(hex(reply),
            hex(header(kQr | kAa, {.answers = 1}) + question("www.example.com.", RRType::kAny) +
                address_record("192.0.2.102")));
}

INSTANTIATE_TEST_SUITE_P(Over, ByLocality, ::testing::Values(Transport::kUdp, Transport::kTcp),
                         [](const auto& transport) {
                           return transport.param == Transport::kUdp ? "Udp" : "Tcp";
                         });

TEST(Demand, CountsRepliesThatDependOnTheLocalityUntilItIsReset) {
  server::LiveTable table;
  table.store(table_by_locality());
  const server::LiveGuard guard;
  const server::LiveZones zones;
  const std::uint16_t port = free_port();
  server::DnsServer server({.listen = {"127.0.0.1"}, .port = port, .localities = 3},
                           {table, guard, zones});
  ASSERT_TRUE(server.start().ok());
  ClientSocket udp = ClientSocket::udp(Family::kIpv4, port);
  ClientSocket tcp = ClientSocket::tcp(Family::kIpv4, port);
  const auto ask = [&](const std::string& message) {
    udp.send(message);
    udp.receive();
    tcp.send(framed(message));
    tcp.receive_framed();
  };
  ask(query("www.example.com.", RRType::kA));
  ask(query("api.example.com.", RRType::kA));
  ask(edns_query("www.example.com.", RRType::kA,
                 {.options = subnet(1, 24, 0, std::string("\xc6\x33\x64", 3))}));
  EXPECT_EQ(server.demand(), (std::vector<std::uint64_t>{0, 2, 2}));
  server.reset_demand();
  ask(query("www.example.com.", RRType::kA));
  EXPECT_EQ(server.demand(), (std::vector<std::uint64_t>{0, 2, 0}));
  server.stop();
}

}  // namespace
}  // namespace signpost::testing
