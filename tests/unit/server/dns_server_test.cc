#include "server/dns_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <numeric>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/support/free_port.h"
#include "tests/unit/server/asking.h"
#include "tests/unit/server/running.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::DnsServer;
using server::LiveTable;
using server::ReplyCount;
using server::ServerOptions;
using server::ServerStats;

std::string ask(ClientSocket socket, const std::string& message) {
  socket.send(message);
  return socket.receive();
}

TEST(DnsServer, AnswersOverUdpAndTcpOnBothFamilies) {
  Running running;
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    EXPECT_EQ(hex(ask(running.udp(family), kQuery)), hex(kReply));
    ClientSocket tcp = running.tcp(family);
    tcp.send(framed(kQuery));
    EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  }
}

TEST(DnsServer, AnswersFromTheAddressThatWasAsked) {
  Running running({.listen = {"0.0.0.0", "::"}});
  // A connected socket takes replies from the address that it asked alone.
  EXPECT_EQ(hex(ask(running.udp(Family::kIpv4), kQuery)), hex(kReply));
  EXPECT_EQ(hex(ask(running.udp(Family::kIpv6), kQuery)), hex(kReply));
}

TEST(DnsServer, AnswersABurstOfUdpQueries) {
  Running running;
  ClientSocket socket = running.udp();
  for (int i = 0; i < 150; ++i) socket.send(kQuery);
  for (int i = 0; i < 150; ++i) ASSERT_EQ(hex(socket.receive()), hex(kReply)) << i;
  EXPECT_EQ(running.server->stats().udp_queries, 150u);
}

TEST(DnsServer, AnswersFormerrToAQueryLongerThanItTakes) {
  Running running;
  const std::string padded =
      edns_query("www.example.com.", RRType::kA, {.options = option(12, std::string(1400, '\0'))});
  EXPECT_EQ(hex(ask(running.udp(), padded)), hex(header(kQr | 1, {.questions = 0})));
  ClientSocket tcp = running.tcp();
  tcp.send(framed(padded));
  EXPECT_EQ(hex(tcp.receive_framed().substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 1, .additional = 1})));
}

TEST(DnsServer, TruncatesOverUdpAndAnswersWholeOverTcp) {
  Running running;
  const std::string asked = query("big.example.com.", RRType::kTxt);
  EXPECT_EQ(hex(ask(running.udp(), asked).substr(0, 12)), hex(header(kQr | kAa | kTc)));
  ClientSocket tcp = running.tcp();
  tcp.send(framed(asked));
  EXPECT_GT(tcp.receive_framed().size(), 2000u);
  EXPECT_EQ(running.server->stats().truncated, 1u);
}

TEST(DnsServer, AnswersAThousandQueriesWrittenAtOnce) {
  Running running;
  ClientSocket tcp = running.tcp();
  std::string octets;
  for (unsigned i = 0; i < 1000; ++i) octets += framed(u16(i) + kQuery.substr(2));
  ASSERT_TRUE(tcp.send(octets));
  for (unsigned i = 0; i < 1000; ++i)
    ASSERT_EQ(hex(tcp.receive_framed()), hex(u16(i) + kReply.substr(2))) << i;
}

TEST(DnsServer, AnswersWhatWasAskedBeforeTheClientStoppedSending) {
  Running running;
  ClientSocket tcp = running.tcp();
  const std::string asked = framed(query("big.example.com.", RRType::kTxt));
  std::string octets;
  for (int i = 0; i < 300; ++i) octets += asked;  // replies far beyond what may wait
  ASSERT_TRUE(tcp.send(octets));
  for (int i = 0; i < 300; ++i) ASSERT_GT(tcp.receive_framed().size(), 2000u) << i;
}

TEST(DnsServer, AssemblesQueriesThatComeOctetByOctet) {
  Running running;
  ClientSocket tcp = running.tcp();
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (const char octet : framed(kQuery)) ASSERT_TRUE(tcp.send(std::string(1, octet)));
    EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  }
}

TEST(DnsServer, EndsAConnectionThatSendsNoQueries) {
  Running running;
  for (const std::string& octets : {framed(""), framed("short"), framed(kReply)}) {
    ClientSocket tcp = running.tcp();
    tcp.send(framed(kQuery) + octets + framed(kQuery));
    EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
    EXPECT_EQ(tcp.receive_framed(), "");
  }
}

TEST(DnsServer, AnswersBesideTwoHundredIdleConnections) {
  Running running;
  std::vector<ClientSocket> idle;
  for (int i = 0; i < 200; ++i) {
    idle.push_back(running.tcp());
    idle.back().send(std::string(1, '\0'));  // and half a length
  }
  for (int i = 0; i < 100; ++i) EXPECT_EQ(hex(ask(running.udp(), kQuery)), hex(kReply));
  ClientSocket tcp = running.tcp();
  tcp.send(framed(kQuery));
  EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  EXPECT_EQ(running.server->stats().tcp.open, 201u);
}

TEST(DnsServer, ClosesAConnectionThatAsksNothing) {
  Running running({.tcp_idle_timeout = std::chrono::seconds(1)});
  const auto start = std::chrono::steady_clock::now();
  ClientSocket idle = running.tcp();
  idle.send(framed(kQuery).substr(0, 20));
  EXPECT_EQ(idle.receive(), "");
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds(900));
  EXPECT_LE(took, std::chrono::seconds(5));
}

TEST(DnsServer, ClosesTheConnectionIdleForLongestWhenThereAreTooMany) {
  Running running({.threads = 1, .tcp_connections_max = 3});
  std::vector<ClientSocket> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(running.tcp());
    clients.back().send(framed(kQuery));
    ASSERT_EQ(hex(clients.back().receive_framed()), hex(kReply));
  }
  clients[0].send(framed(kQuery));  // the second is now idle for longest
  ASSERT_EQ(hex(clients[0].receive_framed()), hex(kReply));
  clients.push_back(running.tcp());
  EXPECT_EQ(clients[1].receive(), "");
  for (const int index : {0, 2, 3}) {
    clients[static_cast<std::size_t>(index)].send(framed(kQuery));
    EXPECT_EQ(hex(clients[static_cast<std::size_t>(index)].receive_framed()), hex(kReply)) << index;
  }
  EXPECT_EQ(running.server->stats().tcp.refused, 1u);
}

// Lowers the limit of open files while it lives.
class FewFiles {
 public:
  explicit FewFiles(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{limit, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// A socket that `connect` makes; closes clients while the server takes the descriptors they leave.
template <typename Connect>
ClientSocket connect_in_place_of(std::vector<ClientSocket>& clients, const Connect& connect) {
  for (;;) {
    try {
      return connect();
    } catch (const std::runtime_error&) {
      if (clients.empty()) throw;
      clients.pop_back();
    }
  }
}

TEST(DnsServer, KeepsAnsweringWhenFileDescriptorsRunOut) {
  Running running({.threads = 1});
  std::vector<ClientSocket> clients;
  const FewFiles few(64);
  // Client and server share the limit here: connect until the client has no descriptor left, then
  // give it four.
  try {
    for (;;) clients.push_back(running.tcp());
  } catch (const std::runtime_error&) {
  }
  for (int i = 0; i < 4; ++i) clients.pop_back();
  EXPECT_EQ(hex(ask(connect_in_place_of(clients, [&] { return running.udp(); }), kQuery)),
            hex(kReply));
  ClientSocket tcp = connect_in_place_of(clients, [&] { return running.tcp(); });
  tcp.send(framed(kQuery));
  EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
}

TEST(DnsServer, CountsWhatItAnswered) {
  Running running;
  Asking direct;
  direct.table = running.table.load();
  direct.ask(query("api.example.com.", RRType::kA));
  const std::uint32_t counter = direct.last.counter;
  ASSERT_NE(counter, 0u);
  for (int i = 0; i < 2; ++i) ask(running.udp(), query("api.example.com.", RRType::kA));
  ask(running.udp(), query("no.example.com.", RRType::kA));
  ask(running.udp(), query("example.net.", RRType::kA));
  ask(running.udp(), edns_query("www.example.com.", RRType::kA, {.version = 1}));
  const ServerStats stats = running.server->stats();
  using ReplyLine = std::tuple<unsigned, std::string_view, RRType, std::uint64_t>;
  std::vector<ReplyLine> replies;
  for (const ReplyCount& count : stats.replies) {
    replies.emplace_back(count.rcode, to_text(count.outcome), RRType(count.type), count.replies);
  }
  EXPECT_THAT(replies, ::testing::ElementsAre(ReplyLine(0, "answer", RRType::kA, 2),
                                              ReplyLine(3, "nxdomain", RRType::kA, 1),
                                              ReplyLine(5, "error", RRType::kA, 1),
                                              ReplyLine(16, "error", RRType::kA, 1)));
  EXPECT_GE(running.server->answer_count(counter), 1u);
  running.server->reset_answer_count(counter);
  EXPECT_EQ(running.server->answer_count(counter), 0u);
}

TEST(DnsServer, CountsTypesThatFewAskForTogether) {
  Running running;
  for (const unsigned type : {66u, 257u, 65280u, 254u})
    ask(running.udp(), query("www.example.com.", RRType(type)));
  std::uint64_t others = 0;
  for (const ReplyCount& count : running.server->stats().replies) {
    EXPECT_EQ(count.type, 0) << count.rcode;
    others += count.replies;
  }
  EXPECT_EQ(others, 4u);
}

TEST(DnsServer, TellsHowLongQueriesTookByTransport) {
  Running running;
  for (int i = 0; i < 3; ++i) ask(running.udp(), kQuery);
  ClientSocket tcp = running.tcp();
  tcp.send(framed(kQuery));
  tcp.receive_framed();
  const ServerStats stats = running.server->stats();
  const auto observed = [](const metrics::Histogram::Snapshot& seconds) {
    return std::accumulate(seconds.counts.begin(), seconds.counts.end(), std::uint64_t{0});
  };
  EXPECT_EQ(observed(stats.udp_seconds), 3u);
  EXPECT_EQ(observed(stats.tcp.seconds), 1u);
  EXPECT_GT(stats.udp_seconds.sum, 0);
  EXPECT_LT(stats.udp_seconds.sum, 3);
}

TEST(DnsServer, AnswersFromTheTableStoredLast) {
  Running running;
  running.table.store(nullptr);
  EXPECT_EQ(hex(ask(running.udp(), kQuery).substr(0, 12)), hex(header(kQr | 2)));
  running.table.store(example_table());
  EXPECT_EQ(hex(ask(running.udp(), kQuery)), hex(kReply));
}

TEST(DnsServer, SendsAZoneBetweenTheRepliesToTheQueriesAroundIt) {
  Running running;
  BatchBuilder many;
  for (int i = 0; i < 3000; ++i)
    many.simple("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt,
                {absl::StrCat("\"", std::string(100, 'x'), "\"")});
  running.zones.store(served(applied(applied({}, zone_with(to_loopback_or_key())), many.batch())));
  ClientSocket tcp = running.tcp();
  tcp.send(framed(kQuery) + framed(query("example.com.", RRType::kAxfr)) + framed(kQuery));
  EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  std::size_t records = 0;
  while (records < 3004) {
    const std::string message = tcp.receive_framed();
    ASSERT_FALSE(message.empty());
    records += answers_of(message).size();
  }
  EXPECT_EQ(records, 3004u);
  EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  EXPECT_EQ(running.server->stats().transfers[0], 1u);
}

TEST(DnsServer, ClosesTheConnectionOfAClientThatDoesNotTakeATransfer) {
  Running running({.tcp_idle_timeout = std::chrono::seconds(1)});
  BatchBuilder many;
  for (int i = 0; i < 20'000; ++i)
    many.simple("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt,
                {absl::StrCat("\"", std::string(250, 'x'), "\"")});
  running.zones.store(served(applied(applied({}, zone_with(to_loopback_or_key())), many.batch())));
  ClientSocket lazy = running.tcp();
  lazy.send(framed(query("example.com.", RRType::kAxfr)));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (running.server->stats().tcp.queries == 0 || running.server->stats().tcp.open != 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(running.server->stats().transfers, server::TransferCounts{});
}

absl::Status start_on(const std::string& address, std::uint16_t port) {
  LiveTable table;
  const server::LiveGuard guard;
  const server::LiveZones zones;
  DnsServer server({.listen = {address}, .port = port}, {table, guard, zones});
  return server.start();
}

TEST(DnsServer, SaysWhichAddressItCannotHaveAndWhatToDo) {
  Running running;
  const std::string port = std::to_string(running.port);
  EXPECT_EQ(start_on("127.0.0.1", running.port).message(),
            "cannot listen on 127.0.0.1 port " + port +
                " (UDP): address already in use; stop the other server or choose another --listen");
  EXPECT_EQ(start_on("ns1.example.com", running.port).message(),
            "cannot listen on ns1.example.com port " + port +
                " (UDP): not an IP address; give --listen an IPv4 or IPv6 address");
  EXPECT_EQ(hex(ask(running.udp(), kQuery)), hex(kReply));
}

TEST(DnsServer, StartsAtAnAddressThatNoInterfaceHasYet) {
  EXPECT_TRUE(start_on("192.0.2.53", free_port()).ok());
  EXPECT_TRUE(start_on("2001:db8::53", free_port()).ok());
}

TEST(DnsServer, GivesItsPortBackWhenStopped) {
  Running running;
  ClientSocket open = running.tcp();
  open.send(framed(kQuery));
  ASSERT_EQ(hex(open.receive_framed()), hex(kReply));
  running.server->stop();
  EXPECT_EQ(open.receive(), "");
  EXPECT_TRUE(start_on("127.0.0.1", running.port).ok());
  EXPECT_EQ(running.server->stats().tcp.queries, 1u);
}

}  // namespace
}  // namespace signpost::testing
