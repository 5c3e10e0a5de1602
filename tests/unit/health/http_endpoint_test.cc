#include "control/http_endpoint.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace signpost::control {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using ::testing::EndsWith;
using ::testing::StartsWith;

// A client with its own thread of control: plain blocking calls.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
  }

  void send(const std::string& text) {
    error_code error;  // the server may have closed already: what it sent is what counts
    asio::write(socket_, asio::buffer(text), error);
  }

  // One response with a body of `body_octets`.
  std::string receive(std::size_t body_octets) {
    error_code error;
    const std::size_t head =
        asio::read_until(socket_, asio::dynamic_buffer(received_), "\r\n\r\n", error);
    const std::size_t whole = head + body_octets;
    if (received_.size() < whole)
      asio::read(socket_, asio::dynamic_buffer(received_),
                 asio::transfer_exactly(whole - received_.size()), error);
    const std::string response = received_.substr(0, whole);
    received_.erase(0, whole);
    return response;
  }

  // Everything until the server closes.
  std::string receive_all() {
    error_code error;
    asio::read(socket_, asio::dynamic_buffer(received_), error);
    closed_cleanly_ = error == asio::error::eof;
    return std::exchange(received_, "");
  }

  bool closed_cleanly() const { return closed_cleanly_; }

 private:
  asio::io_context io_;
  tcp::socket socket_;
  std::string received_;
  bool closed_cleanly_ = false;
};

std::string response(const std::string& status, const std::string& type, const std::string& body,
                     const std::string& after_cache = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nCache-Control: no-store\r\n" +
         after_cache + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string kClose = "Connection: close\r\n";
const std::string kText = "text/plain; charset=utf-8";

class Http : public ::testing::Test {
 protected:
  void SetUp() override {
    registration_ = registry_.add([](std::vector<metrics::Family>& out) {
      out.push_back(metrics::Family(metrics::Type::kGauge, "signpost_up", "Always 1.").add(1));
    });
    ASSERT_TRUE(endpoint_.start("127.0.0.1", 0).ok());
    thread_ = std::thread([this] { io_.run(); });
  }

  void TearDown() override {
    endpoint_.stop();
    work_.reset();
    thread_.join();
  }

  std::string ask(const std::string& request) {
    Client client(endpoint_.port());
    client.send(request);
    return client.receive_all();
  }

  std::string get(const std::string& path) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ = asio::make_work_guard(io_);
  metrics::Registry registry_;
  metrics::Registry::Registration registration_;
  std::optional<std::string> why_not_serving_;
  HttpEndpoint endpoint_{io_,
                         {{"/metrics", metrics_handler(registry_)},
                          {"/health", health_handler([this] { return why_not_serving_; })},
                          {"/broken", []() -> HttpReply { throw std::runtime_error("no map"); }},
                          {"/large", [] {
                             return HttpReply{200, kText, std::string(8 << 20, 'x')};
                           }}}};
  std::thread thread_;
};

const std::string kMetrics =
    "# HELP signpost_up Always 1.\n# TYPE signpost_up gauge\nsignpost_up 1\n";
const std::string kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

TEST_F(Http, ServesMetrics) {
  EXPECT_EQ(get("/metrics"), response("200 OK", kMetricsType, kMetrics, kClose));
  EXPECT_EQ(get("/metrics?name=x"), response("200 OK", kMetricsType, kMetrics, kClose));
  EXPECT_EQ(get("http://localhost:9153/metrics"),
            response("200 OK", kMetricsType, kMetrics, kClose));
}

TEST_F(Http, SaysWhetherItServesAndWhyNot) {
  EXPECT_EQ(get("/health"),
            response("200 OK", "application/json", "{\"status\":\"serving\"}\n", kClose));
  why_not_serving_ = "interface \"eth0\" is gone\n(C:\\)";
  EXPECT_EQ(get("/health"), response("503 Service Unavailable", "application/json",
                                     "{\"status\":\"not_serving\",\"reason\":"
                                     "\"interface \\\"eth0\\\" is gone\\u000a(C:\\\\)\"}\n",
                                     kClose));
}

TEST_F(Http, AnswersHeadWithoutTheBody) {
  const std::string whole = response("200 OK", kMetricsType, kMetrics, kClose);
  EXPECT_EQ(ask("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
            whole.substr(0, whole.size() - kMetrics.size()));
}

TEST_F(Http, ListsWhatThereIsForAnUnknownPath) {
  const std::string body = "Not found. There is:\n/broken\n/health\n/large\n/metrics\n";
  for (const std::string path : {"/", "/metrics/", "/Metrics", "*", "http://localhost"})
    EXPECT_EQ(get(path), response("404 Not Found", kText, body, kClose)) << path;
}

TEST_F(Http, RefusesOtherMethods) {
  const std::string body = "Only GET and HEAD are answered here.\n";
  for (const std::string method : {"DELETE", "OPTIONS", "BREW"})
    EXPECT_EQ(ask(method + " /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
              response("405 Method Not Allowed", kText, body, "Allow: GET, HEAD\r\n" + kClose));
}

TEST_F(Http, ClosesAfterARequestWithABody) {
  Client client(endpoint_.port());
  client.send("POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\nhello world");
  EXPECT_EQ(client.receive_all(),
            response("405 Method Not Allowed", kText, "Only GET and HEAD are answered here.\n",
                     "Allow: GET, HEAD\r\n" + kClose));
  EXPECT_TRUE(client.closed_cleanly());
}

TEST_F(Http, KeepsAConnectionAndTakesPipelinedRequests) {
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string expected = response("200 OK", kMetricsType, kMetrics);
  Client client(endpoint_.port());
  client.send(request);
  EXPECT_EQ(client.receive(kMetrics.size()), expected);
  client.send(request + request);
  EXPECT_EQ(client.receive(kMetrics.size()), expected);
  EXPECT_EQ(client.receive(kMetrics.size()), expected);
}

TEST_F(Http, ClosesForHttp10UnlessAskedNotTo) {
  EXPECT_EQ(ask("GET /metrics HTTP/1.0\r\n\r\n"),
            response("200 OK", kMetricsType, kMetrics, kClose));
}

TEST_F(Http, RefusesWhatIsNoRequest) {
  const std::string refusal =
      response("400 Bad Request", kText, "This is not an HTTP request.\n", kClose);
  for (const std::string garbage :
       {"\x16\x03\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9\r\n\r\n",
        "GET /health HTTP/1.1\r\nHost localhost\r\n\r\n"})
    EXPECT_EQ(ask(garbage), refusal) << garbage;
  const std::string no_host =
      response("400 Bad Request", kText, "The request needs one Host field.\n", kClose);
  EXPECT_EQ(ask("GET /health HTTP/1.1\r\n\r\n"), no_host);
  EXPECT_EQ(ask("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), no_host);
}

TEST_F(Http, LimitsTheHeader) {
  Client client(endpoint_.port());
  client.send("GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(20000, 'x') +
              "\r\n\r\n");
  EXPECT_EQ(client.receive_all(), response("431 Request Header Fields Too Large", kText,
                                           "The request header is over 16 kB.\n", kClose));
  EXPECT_TRUE(client.closed_cleanly());
}

TEST_F(Http, AFailingHandlerCostsItsOwnReplyOnly) {
  EXPECT_EQ(get("/broken"), response("500 Internal Server Error", kText,
                                     "This page could not be made; see the log.\n", kClose));
  EXPECT_THAT(get("/health"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Http, SendsALargeBodyWhole) {
  const std::string whole = get("/large");
  EXPECT_EQ(whole, response("200 OK", kText, std::string(8 << 20, 'x'), kClose));
}

TEST_F(Http, AtItsLimitClosesTheConnectionThatWasQuietForLongest) {
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string expected = response("200 OK", kMetricsType, kMetrics);
  const auto answered = [&](Client& client) {
    client.send(request);
    return client.receive(kMetrics.size()) == expected;
  };
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<Client>(endpoint_.port()));
    ASSERT_TRUE(answered(*clients.back())) << i;
  }
  ASSERT_TRUE(answered(*clients[0]));  // now the second is the quietest
  Client one_more(endpoint_.port());
  EXPECT_TRUE(answered(one_more));
  EXPECT_EQ(clients[1]->receive_all(), "");
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (i == 1) continue;
    EXPECT_TRUE(answered(*clients[i])) << i;
  }
}

TEST_F(Http, ClosesIdleAndSlowConnectionsAfterTenSeconds) {
  const auto start = std::chrono::steady_clock::now();
  Client idle(endpoint_.port());
  Client slow(endpoint_.port());
  std::atomic<bool> closed = false;
  std::jthread feeder([&] {
    while (!closed) {
      slow.send("G");
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  EXPECT_EQ(idle.receive_all(), "");
  EXPECT_EQ(slow.receive_all(), "");
  closed = true;
  const auto taken = std::chrono::steady_clock::now() - start;
  EXPECT_GE(taken, std::chrono::seconds(10));
  EXPECT_LT(taken, std::chrono::seconds(13));
}

TEST_F(Http, StopClosesConnectionsAndTheListener) {
  Client client(endpoint_.port());
  endpoint_.stop();
  EXPECT_EQ(client.receive_all(), "");
  work_.reset();
  thread_.join();  // nothing is left to do
  EXPECT_THROW(Client(endpoint_.port()), std::exception);
  thread_ = std::thread([] {});
}

TEST_F(Http, SaysInOneSentenceWhyItCantListen) {
  HttpEndpoint second(io_, {});
  const absl::Status taken = second.start("127.0.0.1", endpoint_.port());
  EXPECT_EQ(taken.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(taken.message(), "the HTTP endpoint can't listen on address 127.0.0.1, port " +
                                 std::to_string(endpoint_.port()) + ": Address already in use");
  HttpEndpoint third(io_, {});
  const absl::Status unknown = third.start("localhost", 9153);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(unknown.message(), "HTTP address \"localhost\" is not an IPv4 or IPv6 address");
  HttpEndpoint foreign(io_, {});
  EXPECT_THAT(std::string(foreign.start("192.0.2.1", 0).message()),
              EndsWith(": Cannot assign requested address"));
}

TEST_F(Http, ListensOnIpv6) {
  HttpEndpoint second(io_, {});
  EXPECT_TRUE(second.start("::1", 0).ok());
  EXPECT_NE(second.port(), 0);
}

}  // namespace
}  // namespace signpost::control
