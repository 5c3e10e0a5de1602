#include "health/probe.h"

#include <gmock/gmock.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <optional>
#include <thread>

#include "tests/support/loopback_server.h"

namespace signpost::health {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using ::testing::MatchesRegex;

constexpr milliseconds kShort{150};
constexpr std::chrono::seconds kGuard{20};

class Probing : public ::testing::Test {
 protected:
  enum class Kind { kHttp, kTcp };

  // The result of one probe of `port`. Discarded ones are repeated: a machine that is busy
  // elsewhere makes us late.
  ProbeResult probe(std::uint16_t port, Kind kind = Kind::kHttp) {
    kind_ = kind;
    http_.target.port = port;
    ProbeResult result;
    for (int attempt = 0; attempt < 20; ++attempt) {
      result = probe_once();
      if (result.outcome != ProbeOutcome::kDiscarded) break;
    }
    return result;
  }

  model::HealthCheckPtr check() const {
    auto check = std::make_shared<model::HealthCheck>();
    check->id = "api";
    check->kind = http_;
    if (kind_ == Kind::kTcp) check->kind = model::TcpProbe{http_.target, {}, "", ""};
    return check;
  }

  ProbeResult probe_once() {
    std::optional<ProbeResult> result;
    start_probe(io_, settings_, {.check = check(), .memory = nullptr},
                [&](const ProbeResult& seen) {
                  EXPECT_FALSE(result) << "a second result: " << seen.text;
                  result = seen;
                });
    EXPECT_FALSE(result) << "a result before start_probe() returned";
    const auto end = std::chrono::steady_clock::now() + kGuard;
    while (!result && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
    EXPECT_TRUE(result) << "no result";
    return result.value_or(ProbeResult{});
  }

  std::string endpoint() const { return model::endpoint_text(http_.target); }

  // Probes `port`, which must fail with `text`, where "@" stands for the endpoint.
  ProbeResult expect_failure(std::uint16_t port, std::string text, Kind kind = Kind::kHttp) {
    const ProbeResult result = probe(port, kind);
    const auto place = text.find('@');
    if (place != std::string::npos) text.replace(place, 1, endpoint());
    EXPECT_EQ(result.outcome, ProbeOutcome::kFailure);
    EXPECT_EQ(result.text, "Failure: " + text);
    return result;
  }

  void expect_discarded() {
    const ProbeResult result = probe_once();
    EXPECT_EQ(result.outcome, ProbeOutcome::kDiscarded);
    EXPECT_EQ(result.text, "we were too late to judge " + endpoint());
  }

  asio::io_context io_;
  ProbeSettings settings_;
  ProbeLimits& limits_ = settings_.limits;
  Kind kind_ = Kind::kHttp;
  model::HttpProbe http_ = [] {
    model::HttpProbe probe;
    probe.target = {.address = "127.0.0.1", .host = "api.example.com", .port = 80};
    probe.resource_path = "/health";
    return probe;
  }();
};

TEST_F(Probing, FindsAnHttpServerHealthyWithStatus200To399Only) {
  LoopbackServer server(io_, stay_silent());
  for (unsigned status = 100; status <= 599; ++status) {
    server.set_conduct(reply_status(status));
    const ProbeResult result = probe(server.port());
    const std::string seen = "HTTP status " + std::to_string(status) + " from " + endpoint();
    if (status >= 200 && status < 400) {
      EXPECT_EQ(result.outcome, ProbeOutcome::kSuccess) << result.text;
      EXPECT_THAT(result.text, MatchesRegex("Success: " + seen + " in (under 1|[0-9]+) m?s"));
    } else {
      EXPECT_EQ(result.outcome, ProbeOutcome::kFailure);
      EXPECT_EQ(result.text, "Failure: " + seen);
    }
  }
}

TEST_F(Probing, SendsOneWholeRequestAndCloses) {
  const auto request = std::make_shared<std::string>();
  LoopbackServer server(io_, reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", request));
  EXPECT_EQ(probe(server.port()).outcome, ProbeOutcome::kSuccess);
  EXPECT_EQ(*request,
            "GET /health HTTP/1.1\r\nHost: api.example.com:" + std::to_string(server.port()) +
                "\r\nUser-Agent: Signpost-Health-Check (ref api)\r\nAccept: */*\r\n"
                "Connection: close\r\n\r\n");
  EXPECT_EQ(server.connections(), 1u);
}

TEST_F(Probing, ReachesAnIpv6Endpoint) {
  LoopbackServer server(io_, reply_status(204), "::1");
  http_.target.address = "::1";
  const ProbeResult result = probe(server.port());
  EXPECT_THAT(result.text, MatchesRegex("Success: HTTP status 204 from \\[::1\\]:[0-9]+ in .*"));
}

TEST_F(Probing, NeedsNoMoreThanTheHeader) {
  LoopbackServer server(io_, flood("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
                                   std::string(65536, 'x')));
  EXPECT_EQ(probe(server.port()).outcome, ProbeOutcome::kSuccess);
}

TEST_F(Probing, TakesAnAnswerFromAServerThatDoesNotReadTheRequest) {
  LoopbackServer server(io_, drip("HTTP/1.0 200 OK\r\n\r\n", milliseconds(0)));
  EXPECT_EQ(probe(server.port()).outcome, ProbeOutcome::kSuccess);
}

TEST_F(Probing, AcceptsAHeaderOf16384OctetsAndNoMore) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ";
  const std::size_t filling = 16384 - head.size() - 4;
  LoopbackServer server(io_, reply(head + std::string(filling, 'x') + "\r\n\r\n"));
  EXPECT_EQ(probe(server.port()).outcome, ProbeOutcome::kSuccess);
  server.set_conduct(reply(head + std::string(filling + 1, 'x') + "\r\n\r\n"));
  expect_failure(server.port(), "HTTP header from @ is longer than 16,384 octets");
}

TEST_F(Probing, FindsATcpEndpointHealthyOnceConnected) {
  LoopbackServer server(io_, stay_silent());
  const ProbeResult result = probe(server.port(), Kind::kTcp);
  EXPECT_EQ(result.outcome, ProbeOutcome::kSuccess);
  EXPECT_THAT(result.text,
              MatchesRegex("Success: connected to " + endpoint() + " in (under 1|[0-9]+) m?s"));
}

TEST_F(Probing, SaysThatAConnectionWasRefused) {
  const RefusingPort closed(io_);
  for (const auto kind : {Kind::kHttp, Kind::kTcp})
    expect_failure(closed.port(), "connection to @ refused", kind);
}

TEST_F(Probing, GivesUpConnectingAtTheLimitOfItsKind) {
  const UnansweringPort full(io_);
  limits_.http_connect = kShort;
  limits_.tcp_connect = 2 * kShort;
  const ProbeResult http = expect_failure(full.port(), "no connection to @ within 150 ms");
  EXPECT_GE(http.elapsed, kShort);
  const ProbeResult tcp =
      expect_failure(full.port(), "no connection to @ within 300 ms", Kind::kTcp);
  EXPECT_GE(tcp.elapsed, 2 * kShort);
}

TEST_F(Probing, GivesUpOnASilentServer) {
  LoopbackServer server(io_, stay_silent());
  limits_.http_status = kShort;
  const ProbeResult result =
      expect_failure(server.port(), "no HTTP status within 150 ms after connecting to @");
  EXPECT_GE(result.elapsed, kShort);
}

TEST_F(Probing, GivesUpOnAServerThatSendsOctetByOctet) {
  LoopbackServer server(io_, drip("HTTP/1.1 200 OK\r\n\r\n", milliseconds(20)));
  limits_.http_status = kShort;
  expect_failure(server.port(), "no HTTP status within 150 ms after connecting to @");
}

TEST_F(Probing, GivesUpOnAHeaderThatDoesNotEnd) {
  LoopbackServer server(io_, flood("HTTP/1.1 200 OK\r\n", "X: " + std::string(1000, 'y') + "\r\n"));
  expect_failure(server.port(), "HTTP header from @ is longer than 16,384 octets");
  server.set_conduct(reply("HTTP/1.1 200 OK\r\nX: y\r\n"));
  expect_failure(server.port(), "connection closed by @ before the end of the HTTP header");
  server.set_conduct([](auto socket) {
    drip("HTTP/1.1 200 OK\r\n", milliseconds(0))(socket);
    stay_silent()(socket);
  });
  limits_.http_header = kShort;
  expect_failure(server.port(), "no complete HTTP header within 150 ms after the status from @");
}

TEST_F(Probing, SaysHowTheServerEndedTheConnection) {
  LoopbackServer server(io_, reply(""));
  expect_failure(server.port(), "connection closed by @ before an HTTP status");
  server.set_conduct(reset_at_once());
  expect_failure(server.port(), "connection reset by @ before an HTTP status");
}

TEST_F(Probing, FailsAServerThatDoesNotSpeakHttp) {
  LoopbackServer server(io_, reply("SSH-2.0-OpenSSH_9.2\r\n"));
  expect_failure(server.port(), "no HTTP status from @");
  server.set_conduct(flood("", std::string(4096, '\0')));
  expect_failure(server.port(), "HTTP header from @ is longer than 16,384 octets");
  for (const std::string malformed :
       {"HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 \r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n"}) {
    server.set_conduct(reply(malformed));
    const ProbeResult result = probe(server.port());
    EXPECT_EQ(result.outcome, ProbeOutcome::kFailure) << malformed;
    EXPECT_THAT(result.text,
                MatchesRegex("Failure: malformed HTTP header from " + endpoint() + ": .*"));
  }
}

TEST_F(Probing, FailsAnAddressThatIsNone) {
  http_.target.address = "example.com";
  expect_failure(80, "example.com is not an IPv4 or IPv6 address");
}

TEST_F(Probing, DiscardsALimitThatItNoticedTooLate) {
  LoopbackServer server(io_, [](auto socket) {
    auto request = std::make_shared<std::string>();
    asio::async_read_until(*socket, asio::dynamic_buffer(*request), "\r\n\r\n",
                           [socket, request](const auto&, std::size_t) {
                             // On the thread of the probe, whose limit now passes unnoticed.
                             std::this_thread::sleep_for(milliseconds(500));
                             stay_silent()(socket);
                           });
  });
  limits_.http_status = kShort;
  http_.target.port = server.port();
  expect_discarded();
}

TEST_F(Probing, DiscardsWhatAServerDidWhileWeSlept) {
  asio::io_context elsewhere;
  LoopbackServer server(elsewhere, close_at_once());
  http_.target.port = server.port();
  limits_.http_connect = kShort;
  std::jthread other([&] { elsewhere.run_for(kGuard); });
  // Queued behind the connect: by the time its outcome is seen, the server has long closed.
  asio::post(io_, [&] { asio::post(io_, [] { std::this_thread::sleep_for(milliseconds(500)); }); });
  expect_discarded();
  elsewhere.stop();
}

TEST_F(Probing, GivesNoResultOnceCancelled) {
  LoopbackServer server(io_, stay_silent());
  http_.target.port = server.port();
  const auto never = [](const ProbeResult& result) { FAIL() << result.text; };
  const CancelProbe at_once = start_probe(io_, settings_, {check(), nullptr}, never);
  at_once();
  const CancelProbe connected = start_probe(io_, settings_, {check(), nullptr}, never);
  while (server.connections() == 0) io_.run_one();
  connected();
  connected();
  io_.poll();
  EXPECT_EQ(server.connections(), 1u);
}

}  // namespace
}  // namespace signpost::health
