#include "health/probes/probe_memory.h"
#include "tests/support/loopback_server.h"
#include "tests/unit/health/probing.h"

namespace signpost::health {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

class KeptConnections : public ProbeBench {
 protected:
  KeptConnections() {
    memory_ = std::make_shared<ProbeMemory>(settings_.kept_connections);
    http_.target = at(server_.port());
  }

  ProbeResult probe_server() { return probe(http_); }
  void expect_successes(int count) {
    for (int i = 0; i < count; ++i) {
      const ProbeResult result = probe_server();
      EXPECT_EQ(result.outcome, ProbeOutcome::kSuccess) << result.text;
    }
  }

  LoopbackServer server_{io_, converse(std::vector<std::string>(100, kOk))};
  model::HttpProbe http_;
};

TEST_F(KeptConnections, AreUsedAgainByTheNextProbe) {
  expect_successes(5);
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_THAT(
      probe_server().steps,
      Contains(Field(&ProbeStep::text, "the connection of the probe before is used again")));
}

TEST_F(KeptConnections, AreReplacedAfterTenProbes) {
  expect_successes(25);
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(KeptConnections, AreReplacedWhenTheyAreOld) {
  settings_.limits.kept_connection = milliseconds(0);
  expect_successes(3);
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(KeptConnections, AreKeptWhileThereAreDescriptorsForThem) {
  const auto places = std::make_shared<KeptConnectionPlaces>(1);
  const auto first = std::make_shared<ProbeMemory>(places);
  const auto second = std::make_shared<ProbeMemory>(places);
  const auto probe_with = [&](const std::shared_ptr<ProbeMemory>& memory) {
    memory_ = memory;
    expect_successes(1);
  };
  probe_with(first);   // has the place
  probe_with(second);  // finds none
  probe_with(second);
  EXPECT_EQ(server_.connections(), 3);
  probe_with(first);
  EXPECT_EQ(server_.connections(), 3);
  expect_successes(8);  // of which the last lets the place go
  probe_with(second);
  probe_with(second);
  EXPECT_EQ(server_.connections(), 4);
}

TEST_F(KeptConnections, AreNotKeptWithoutAMemory) {
  memory_ = nullptr;
  expect_successes(3);
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(KeptConnections, ThatTheServerClosedMeanwhileAreReplacedWithinTheProbe) {
  server_.set_conduct(converse({kOk}));
  expect_successes(3);
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(KeptConnections, ThatWereResetMeanwhileAreReplacedWithinTheProbe) {
  server_.set_conduct([](const std::shared_ptr<boost::asio::ip::tcp::socket>& socket) {
    socket->set_option(boost::asio::socket_base::linger(true, 0));
    converse({kOk})(socket);
  });
  expect_successes(3);
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(KeptConnections, ThatAreClosedDoNotHideThatNoNewOneCanBeMade) {
  server_.set_conduct(converse({kOk}));
  expect_successes(1);
  server_.close();
  EXPECT_THAT(probe_server().text, HasSubstr("refused"));
}

TEST_F(KeptConnections, AreNotReplacedOnceAPartOfTheResponseIsThere) {
  server_.set_conduct(converse({kOk, "HTTP/1.1 2"}));
  expect_successes(1);
  EXPECT_THAT(probe_server().text, StartsWith("Failure: connection closed by 127.0.0.1:"));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(KeptConnections, AreReplacedOnceOnly) {
  server_.set_conduct(converse({kOk}));
  expect_successes(1);
  server_.set_conduct(close_at_once());
  EXPECT_EQ(probe_server().outcome, ProbeOutcome::kFailure);
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(KeptConnections, OnWhichTheServerSaysThatItWaitedForTooLongAreReplaced) {
  server_.set_conduct(converse(
      {kOk, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}));
  expect_successes(2);
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(KeptConnections, EndWithAFailure) {
  const std::string down = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\n\r\n";
  server_.set_conduct(converse({kOk, down, kOk}));
  expect_successes(1);
  EXPECT_THAT(probe_server().text, HasSubstr("503"));
  expect_successes(1);
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(KeptConnections, AreThoseOfServersThatAllowIt) {
  for (const std::string response :
       {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore"}) {
    const std::size_t before = server_.connections();
    server_.set_conduct(converse({response, kOk}));
    expect_successes(2);
    EXPECT_EQ(server_.connections(), before + 2) << response;
  }
}

TEST_F(KeptConnections, AreNotUsedForRequestsThatMustNotComeTwice) {
  http_.method = "POST";
  expect_successes(2);
  EXPECT_EQ(server_.connections(), 2);
}

TEST_F(KeptConnections, WaitForTheEndOfABodyAfterTheVerdict) {
  const std::string body(20'000, 'x');
  const std::string page = "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n" + body;
  server_.set_conduct(converse(std::vector<std::string>(10, page)));
  for (int i = 0; i < 5; ++i) {
    expect_successes(1);
    io_.restart();
    io_.run_for(milliseconds(20));
  }
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(KeptConnections, DoNotWaitForBodiesWithoutAnEnd) {
  settings_.limits.http_body = milliseconds(50);
  for (const std::string size : {"100000", "5"}) {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n";
    const std::size_t before = server_.connections();
    server_.set_conduct(converse({head + std::string(size == "5" ? 1 : 100'000, 'x'), kOk}));
    expect_successes(1);
    io_.restart();
    io_.run_for(milliseconds(100));
    expect_successes(1);
    EXPECT_EQ(server_.connections(), before + 2) << size;
  }
}

TEST_F(KeptConnections, CarryRequestsForTheHeaderAlone) {
  http_.method = "HEAD";
  server_.set_conduct(
      converse(std::vector<std::string>(3, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")));
  expect_successes(3);
  EXPECT_EQ(server_.connections(), 1);
}

}  // namespace
}  // namespace signpost::health
