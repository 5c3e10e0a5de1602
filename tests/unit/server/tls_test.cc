// DNS over TLS (RFC 7858): the handshake, what TLS carries, and its ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "server/tls_context.h"
#include "tests/support/certificates.h"
#include "tests/support/folder.h"
#include "tests/unit/server/running.h"
#include "tests/unit/server/tls_client.h"
#include "tests/unit/server/transfer_support.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::TlsContext;
using server::TlsHandshake;
using ::testing::HasSubstr;

const std::chrono::sys_seconds kExpiry =
    std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
    std::chrono::days(90);

TlsContext::Ptr context_of(const Certificate& certificate) {
  const Folder folder;
  const auto context = TlsContext::load(folder.write("cert.pem", certificate.certificate),
                                        folder.write("key.pem", certificate.key));
  EXPECT_TRUE(context.ok()) << context.status();
  return *context;
}

class DnsOverTls : public ::testing::Test {
 protected:
  explicit DnsOverTls(server::ServerOptions options = {}) : running_(with_tls(options)) {}

  TlsClient client(const TlsClient::Options& options = {}, Family family = Family::kIpv4) {
    return TlsClient(socket(family), options);
  }
  ClientSocket socket(Family family = Family::kIpv4) { return ClientSocket::tcp(family, port_); }

  std::uint64_t handshakes(TlsHandshake result) const {
    return running_.server->stats().tls_handshakes[static_cast<std::size_t>(result)];
  }
  // The server counts a failure after it has told the client of it.
  void await_handshake(TlsHandshake result) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (handshakes(result) == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  const Certificate certificate_ = make_certificate("ns1.example.com", kExpiry);
  server::LiveTlsContext live_{context_of(certificate_)};
  const std::uint16_t port_ = free_port();
  Running running_;

 private:
  server::ServerOptions with_tls(server::ServerOptions options) const {
    options.tls = &live_;
    options.tls_port = port_;
    return options;
  }
};

TEST_F(DnsOverTls, AnswersOnBothFamiliesInBothVersions) {
  for (const Family family : {Family::kIpv4, Family::kIpv6}) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      TlsClient tls = client({.version_max = version}, family);
      ASSERT_TRUE(tls.send(framed(kQuery)));
      EXPECT_EQ(hex(tls.receive_framed()), hex(kReply));
      EXPECT_EQ(tls.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
      EXPECT_EQ(tls.alpn(), "dot");
      EXPECT_EQ(tls.certificate(), certificate_.certificate);
    }
  }
  const server::ServerStats stats = running_.server->stats();
  EXPECT_EQ(stats.tls.queries, 4u);
  EXPECT_EQ(stats.tcp.queries, 0u);
  EXPECT_EQ(handshakes(TlsHandshake::kFull), 4u);
}

TEST_F(DnsOverTls, LeavesUdpAndTcpAsTheyAre) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.is_served(kQuery));
  ClientSocket udp = running_.udp();
  udp.send(kQuery);
  EXPECT_EQ(hex(udp.receive()), hex(kReply));
  ClientSocket tcp = running_.tcp();
  tcp.send(framed(kQuery));
  EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  EXPECT_EQ(running_.server->stats().tcp.open, 1u);
  EXPECT_EQ(running_.server->stats().tls.open, 1u);
}

TEST_F(DnsOverTls, DoesNotSpeakVersionsThatAreNoLongerSecure) {
  TlsClient tls = client({.version_max = TLS1_1_VERSION});
  EXPECT_FALSE(tls.shake_hands());
  await_handshake(TlsHandshake::kVersion);
}

TEST_F(DnsOverTls, NeedsNoAlpnButRefusesOtherProtocols) {
  EXPECT_TRUE(client({.alpn = ""}).is_served(kQuery));
  EXPECT_FALSE(client({.alpn = "h2"}).is_served(kQuery));
  await_handshake(TlsHandshake::kAlpn);
}

TEST_F(DnsOverTls, HasNoCipherWithoutForwardSecrecy) {
  EXPECT_FALSE(
      client({.version_max = TLS1_2_VERSION, .ciphers = "AES128-GCM-SHA256"}).shake_hands());
  await_handshake(TlsHandshake::kCipher);
}

TEST_F(DnsOverTls, EndsConnectionsThatAreNotTls) {
  ClientSocket plain = socket();
  plain.send(framed(kQuery));
  while (!plain.receive().empty()) {
  }
  await_handshake(TlsHandshake::kVersion);
  ClientSocket leaving = socket();
  leaving.send("\x16\x03\x01");
  { const ClientSocket gone = std::move(leaving); }
  await_handshake(TlsHandshake::kClosed);
  EXPECT_TRUE(client().is_served(kQuery));
}

TEST_F(DnsOverTls, ResumesSessionsInBothVersions) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient first = client({.version_max = version});
    ASSERT_TRUE(first.is_served(kQuery));
    EXPECT_FALSE(first.is_resumed());
    const TlsSession session = first.session();
    TlsClient second = client({.version_max = version, .session = session.get()});
    ASSERT_TRUE(second.is_served(kQuery));
    EXPECT_TRUE(second.is_resumed()) << version;
  }
  EXPECT_EQ(handshakes(TlsHandshake::kFull), 2u);
  EXPECT_EQ(handshakes(TlsHandshake::kResumed), 2u);
}

TEST_F(DnsOverTls, ShowsANewCertificateToNewConnectionsAndKeepsTheOthers) {
  TlsClient before = client();
  ASSERT_TRUE(before.is_served(kQuery));
  const Certificate renewed = make_certificate("ns1.example.com", kExpiry + std::chrono::days(60));
  live_.store(context_of(renewed));
  const TlsSession session = before.session();
  TlsClient after = client({.session = session.get()});
  EXPECT_TRUE(after.is_served(kQuery));
  EXPECT_FALSE(after.is_resumed()) << "its key is gone";
  EXPECT_EQ(after.certificate(), renewed.certificate);
  EXPECT_TRUE(before.is_served(kQuery));
}

TEST_F(DnsOverTls, AnswersAThousandQueriesWrittenAtOnce) {
  TlsClient tls = client();
  std::string octets;
  for (unsigned i = 0; i < 1000; ++i) octets += framed(u16(i) + kQuery.substr(2));
  ASSERT_TRUE(tls.send(octets));
  for (unsigned i = 0; i < 1000; ++i)
    ASSERT_EQ(hex(tls.receive_framed()), hex(u16(i) + kReply.substr(2))) << i;
}

TEST_F(DnsOverTls, AssemblesQueriesThatComeInRecordsOfOneOctet) {
  TlsClient tls = client();
  for (const char octet : framed(kQuery)) ASSERT_TRUE(tls.send(std::string(1, octet)));
  EXPECT_EQ(hex(tls.receive_framed()), hex(kReply));
}

TEST_F(DnsOverTls, SendsMoreRepliesThanTheClientTakesAtOnce) {
  TlsClient tls = client();
  const std::string asked = framed(query("big.example.com.", RRType::kTxt));
  std::string octets;
  for (int i = 0; i < 3000; ++i) octets += asked;  // 6 MB of replies
  ASSERT_TRUE(tls.send(octets));
  for (int i = 0; i < 3000; ++i) ASSERT_GT(tls.receive_framed().size(), 2000u) << i;
}

TEST_F(DnsOverTls, PadsRepliesToQueriesThatArePadded) {
  TlsClient tls = client();
  const std::string padded =
      edns_query("www.example.com.", RRType::kA, {.options = option(12, std::string(50, '\0'))});
  ASSERT_TRUE(tls.send(framed(padded)));
  const std::string reply = tls.receive_framed();
  ASSERT_EQ(reply.size(), 468u);
  const std::string start = header(kQr | kAa, {.answers = 1, .additional = 1}) + kReply.substr(12);
  const std::size_t rest = 468 - start.size() - opt().size() - 4;
  EXPECT_EQ(hex(reply), hex(start + opt({.options = option(12, std::string(rest, '\0'))})));
}

TEST_F(DnsOverTls, SendsAZoneBetweenTheRepliesToTheQueriesAroundIt) {
  BatchBuilder many;
  for (int i = 0; i < 20'000; ++i)
    many.simple("example.com.", absl::StrCat("host-", i, ".example.com."), RRType::kTxt,
                {absl::StrCat("\"", std::string(250, 'x'), "\"")});
  running_.zones.store(served(applied(applied({}, zone_with(to_loopback_or_key())), many.batch())));
  TlsClient tls = client();
  tls.send(framed(kQuery) + framed(query("example.com.", RRType::kAxfr)) + framed(kQuery));
  EXPECT_EQ(hex(tls.receive_framed()), hex(kReply));
  std::size_t records = 0;
  while (records < 20'004) {
    const std::string message = tls.receive_framed();
    ASSERT_FALSE(message.empty());
    records += answers_of(message).size();
  }
  EXPECT_EQ(records, 20'004u);
  EXPECT_EQ(hex(tls.receive_framed()), hex(kReply));
}

TEST_F(DnsOverTls, TransfersNoZoneByOldTlsOrWithoutAlpn) {
  running_.zones.store(served(applied({}, zone_with(to_loopback_or_key()))));
  const std::string asked = query("example.com.", RRType::kAxfr);
  const std::string refused = header(kQr | 5) + asked.substr(12);
  for (const TlsClient::Options& options :
       {TlsClient::Options{.version_max = TLS1_2_VERSION}, TlsClient::Options{.alpn = ""}}) {
    TlsClient tls = client(options);
    tls.send(framed(asked));
    EXPECT_EQ(hex(tls.receive_framed()), hex(refused));
  }
  TlsClient tls = client();
  tls.send(framed(asked));
  EXPECT_EQ(answers_of(tls.receive_framed()).size(), 4u);
}

class ImpatientDnsOverTls : public DnsOverTls {
 protected:
  ImpatientDnsOverTls()
      : DnsOverTls(
            {.threads = 1, .tcp_connections_max = 3, .tcp_idle_timeout = std::chrono::seconds(1)}) {
  }
};

TEST_F(ImpatientDnsOverTls, ClosesConnectionsThatDoNotShakeHandsWhileItServesOthers) {
  const auto start = std::chrono::steady_clock::now();
  ClientSocket silent = socket();
  ClientSocket slow = socket();
  slow.send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));  // of a ClientHello
  EXPECT_TRUE(client().is_served(kQuery));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(900));
  EXPECT_EQ(silent.receive(), "");
  EXPECT_EQ(slow.receive(), "");
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds(900));
  EXPECT_LE(took, std::chrono::seconds(5));
  EXPECT_EQ(handshakes(TlsHandshake::kUnfinished), 2u);
}

TEST_F(ImpatientDnsOverTls, TellsAClientThatItsIdleConnectionEnds) {
  TlsClient tls = client();
  ASSERT_TRUE(tls.is_served(kQuery));
  EXPECT_TRUE(tls.is_told_the_end());
}

TEST_F(ImpatientDnsOverTls, LeavesTheRoomForConnectionsOfTcpAlone) {
  std::vector<ClientSocket> idle;
  for (int i = 0; i < 3; ++i) idle.push_back(socket());
  ClientSocket tcp = running_.tcp();
  tcp.send(framed(kQuery));
  EXPECT_EQ(hex(tcp.receive_framed()), hex(kReply));
  TlsClient one_more = client();
  EXPECT_TRUE(one_more.is_served(kQuery)) << "in the place of the one idle for longest";
  EXPECT_EQ(idle[0].receive(), "");
  EXPECT_EQ(running_.server->stats().tls.refused, 1u);
  EXPECT_EQ(running_.server->stats().tcp.refused, 0u);
}

TEST(TlsContext, KnowsWhenItsCertificateExpires) {
  EXPECT_EQ(context_of(make_certificate("ns1.example.com", kExpiry))->expires(), kExpiry);
}

TEST(TlsContext, SaysWhichFileIsOfNoUseAndWhy) {
  const Folder folder;
  const Certificate one = make_certificate("ns1.example.com", kExpiry);
  const Certificate other = make_certificate("ns1.example.com", kExpiry);
  const std::string certificate = folder.write("cert.pem", one.certificate);
  const std::string key = folder.write("key.pem", one.key);
  const auto refusal = [](const std::string& cert_file, const std::string& key_file) {
    return std::string(TlsContext::load(cert_file, key_file).status().message());
  };
  EXPECT_EQ(refusal(folder.path("none"), key), "cannot use the certificate " + folder.path("none") +
                                                   " for DNS over TLS: No such file or directory; "
                                                   "it must be PEM that the daemon may read, the "
                                                   "server's certificate first");
  EXPECT_THAT(refusal(key, key), HasSubstr("cannot use the certificate " + key));
  EXPECT_THAT(refusal(certificate, certificate), HasSubstr("cannot use the key " + certificate));
  EXPECT_THAT(refusal(certificate, folder.write("other.pem", other.key)),
              HasSubstr("for DNS over TLS: key values mismatch; it must be the certificate's"));
}

}  // namespace
}  // namespace signpost::testing
