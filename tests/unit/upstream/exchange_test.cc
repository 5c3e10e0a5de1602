#include "upstream/exchange.h"

#include <gmock/gmock.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <set>

#include "tests/unit/upstream/resolving.h"

namespace signpost::upstream {
namespace {

namespace asio = boost::asio;
using asio::ip::udp;
using dns::RRType;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What a resolver makes of what comes over the network.
class Exchanging : public Resolving {};

TEST_F(Exchanging, TurnsAtOnceFromAServerThatIsNotThere) {
  std::uint16_t refusing = 0;
  {
    udp::socket gone(io_, udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
    refusing = gone.local_endpoint().port();
  }
  FakeDnsServer second(io_, replies({"192.0.2.1"}, 300));
  Options options = slow({{"127.0.0.1", refusing}, second.server()});
  options.timeout = kGuard * 2;
  resolve(options);
  run_until_changes(1);
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
}

TEST_F(Exchanging, SaysWhichServerTimedOut) {
  FakeDnsServer server(io_, silence());
  Options options = slow({server.server()});
  options.timeout = milliseconds(20);
  resolve(options);
  run_until_failing();
  EXPECT_EQ(state().last_error, to_text(server.server()) + ": no reply within 20 ms over UDP");
}

TEST_F(Exchanging, IgnoresMessagesThatAreNotTheReply) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    const std::string forged = replies({"192.0.2.2"}, 300)(asked).front();
    std::string other_letters = forged;
    other_letters[13] ^= 0x20;
    const std::string other_question =
        replies({"192.0.2.2"}, 300)({query_for("other.example.com.", RRType::kA).octets}).front();
    const unsigned id = dns::read_message_head(asked.octets)->id;
    return std::vector<std::string>{with_u16(forged, 0, id ^ 1),
                                    other_letters,
                                    with_u16(other_question, 0, id),
                                    asked.octets,
                                    "",
                                    "no DNS message",
                                    replies({"192.0.2.1"}, 300)(asked).front()};
  });
  resolve(slow({server.server()}));
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
  EXPECT_THAT(server.asked(), SizeIs(1));
  EXPECT_THAT(metrics(), HasSubstr("signpost_upstream_messages_ignored_total{server=\"" +
                                   to_text(server.server()) + "\"} 6\n"));
}

// Whoever knows id, letters and port still has to send from the server's address and port.
TEST_F(Exchanging, IgnoresWhatOthersSend) {
  udp::socket other_port(io_, udp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  FakeDnsServer server(io_, silence());
  udp::socket other_address(
      io_, udp::endpoint(asio::ip::make_address("127.0.0.2"), server.server().port));
  server.set_conduct([&](const Asked& asked) {
    const std::string forged = replies({"192.0.2.2"}, 300)(asked).front();
    other_port.send_to(asio::buffer(forged), asked.from);
    other_address.send_to(asio::buffer(forged), asked.from);
    return replies({"192.0.2.1"}, 300)(asked);
  });
  resolve(slow({server.server()}));
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
}

TEST_F(Exchanging, AsksOverTcpWhenSomebodyGuesses) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    if (asked.over_tcp) return replies({"192.0.2.1"}, 300)(asked);
    std::string guess = replies({"192.0.2.2"}, 300)(asked).front();
    guess[0] = static_cast<char>(guess[0] + 1);
    return std::vector(10, guess);
  });
  Options options = slow({server.server()});
  options.timeout = kGuard * 2;
  resolve(options);
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
  ASSERT_THAT(server.asked(), SizeIs(2));
  EXPECT_TRUE(server.asked()[1].over_tcp);
}

TEST_F(Exchanging, IgnoresALateReplyToAnEarlierQuery) {
  FakeDnsServer server(io_, silence());
  Options options = slow({server.server()});
  options.attempts = 2;
  options.timeout = milliseconds(200);
  resolve(options);
  run_queries(server, 1);
  server.set_conduct([&](const Asked& asked) {
    const Asked earlier = server.asked().front();
    const std::string late = replies({"192.0.2.2"}, 300)(earlier).front();
    server.send(earlier, late);
    server.send(asked, late);
    return replies({"192.0.2.1"}, 300)(asked);
  });
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
}

TEST_F(Exchanging, AsksWithAnIdLettersAndAPortOfItsOwnEachTime) {
  FakeDnsServer server(io_, replies({"192.0.2.1"}, 300));
  Options options = quick({server.server()});
  options.ttl_min = options.ttl_max = milliseconds(2);
  resolve(options);
  run_queries(server, 60);
  std::set<std::string> ids;
  std::set<std::string> names;
  std::set<std::uint16_t> ports;
  for (const Asked& asked : server.asked()) {
    ids.insert(asked.octets.substr(0, 2));
    names.insert(asked.octets.substr(12, 17));
    ports.insert(asked.from.port());
  }
  EXPECT_GT(ids.size(), 55u);
  EXPECT_GT(names.size(), 50u);
  EXPECT_GT(ports.size(), 50u);
}

TEST_F(Exchanging, AsksOverTcpIfTheReplyIsTruncated) {
  FakeDnsServer server(io_, [](const Asked& asked) {
    return asked.over_tcp ? replies({"192.0.2.1"}, 300)(asked)
                          : replies(TestReply{.truncated = true})(asked);
  });
  resolve(slow({server.server()}));
  run_until_done();
  ASSERT_THAT(changes_, SizeIs(1));
  EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
  ASSERT_THAT(server.asked(), SizeIs(2));
  EXPECT_NE(server.asked()[0].octets, "");
  EXPECT_TRUE(server.asked()[1].over_tcp);
}

TEST_F(Exchanging, ChecksRepliesOverTcpToo) {
  struct Case {
    Conduct over_tcp;
    const char* error;
  };
  const Conduct other_id = [](const Asked& asked) {
    std::string message = replies({"192.0.2.2"}, 300)(asked).front();
    message[0] = static_cast<char>(message[0] + 1);
    return std::vector{message};
  };
  const Conduct nothing_inside = [](const Asked&) { return std::vector<std::string>{""}; };
  for (const Case& expected :
       {Case{other_id, "what it sent over TCP is not the reply"},
        Case{nothing_inside, "what it sent over TCP is not the reply"},
        Case{replies(TestReply{.truncated = true}), "its reply is truncated over TCP too"},
        Case{silence(), "no reply within 200 ms over TCP"}}) {
    FakeDnsServer server(io_, [&](const Asked& asked) {
      return asked.over_tcp ? expected.over_tcp(asked)
                            : replies(TestReply{.truncated = true})(asked);
    });
    Options options = slow({server.server()});
    options.timeout = milliseconds(200);
    resolve(options);
    run_until_done();
    EXPECT_EQ(state().last_error, to_text(server.server()) + ": " + expected.error);
    EXPECT_THAT(changes_, IsEmpty());
  }
}

TEST_F(Exchanging, SurvivesHostileRepliesAndTurnsToTheNextServer) {
  const auto loop = [](const Asked& asked) {
    return replies(TestReply{{{"www.example.com.", RRType::kCname, 60, "a.example.com."},
                              {"a.example.com.", RRType::kCname, 60, "www.example.com."}}})(asked);
  };
  const auto pointer_to_itself = [](const Asked& asked) {
    std::string message = replies({"192.0.2.2"}, 300)(asked).front();
    const std::size_t record = dns::read_message_head(message)->end;
    return std::vector{with_u16(message, record, 0xc000 | static_cast<unsigned>(record))};
  };
  const auto counts_that_lie = [](const Asked& asked) {
    return std::vector{with_u16(replies({"192.0.2.2"}, 300)(asked).front(), 6, 0xffff)};
  };
  for (const auto& [hostile, error] : std::vector<std::pair<Conduct, const char*>>{
           {loop, "loop"}, {pointer_to_itself, "bad name"}, {counts_that_lie, "malformed"}}) {
    changes_.clear();
    FakeDnsServer bad(io_, hostile);
    FakeDnsServer good(io_, replies({"192.0.2.1"}, 300));
    resolve(slow({bad.server(), good.server()}));
    run_until_done();
    ASSERT_THAT(changes_, SizeIs(1));
    EXPECT_THAT(changes_[0].answer->rdata, ElementsAre(kFirst));
    changes_.clear();
    resolve(slow({bad.server()}));
    run_until_done();
    EXPECT_THAT(state().last_error, HasSubstr(error));
  }
}

}  // namespace
}  // namespace signpost::upstream
