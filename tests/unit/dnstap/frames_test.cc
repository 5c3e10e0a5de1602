#include "dnstap/frames.h"

#include <gtest/gtest.h>

#include <string>

#include "dnstap/dnstap.pb.h"

namespace signpost::dnstap {
namespace {

using namespace std::string_literals;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

system_clock::time_point at(std::int64_t whole, std::int64_t fraction) {
  return system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(seconds(whole) + nanoseconds(fraction)));
}

// A query of 192.0.2.7 over UDP; `query` and `reply` must outlive what is returned.
server::Tapped tapped(const std::string& query, const std::string& reply) {
  server::Tapped tapped;
  tapped.client = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7}, 5353};
  tapped.received = at(1785765909, 123456789);
  tapped.answered = at(1785765909, 123500000);
  tapped.query = server::as_octets(query);
  tapped.reply = server::as_octets(reply);
  return tapped;
}

::dnstap::Dnstap parsed(const std::string& frame) {
  ::dnstap::Dnstap message;
  EXPECT_TRUE(message.ParseFromString(frame));
  return message;
}

TEST(DnstapFrames, TellOfAQueryWhoAskedWhenAndWhat) {
  const std::string query("\0\1query", 7);
  const ::dnstap::Dnstap frame = parsed(query_frame(tapped(query, ""), {"ns1", "signpostd 1"}));
  EXPECT_EQ(frame.identity(), "ns1");
  EXPECT_EQ(frame.version(), "signpostd 1");
  EXPECT_FALSE(frame.has_extra());
  EXPECT_EQ(frame.type(), ::dnstap::Dnstap::MESSAGE);
  const ::dnstap::Message& message = frame.message();
  EXPECT_EQ(message.type(), ::dnstap::Message::AUTH_QUERY);
  EXPECT_EQ(message.socket_family(), ::dnstap::INET);
  EXPECT_EQ(message.socket_protocol(), ::dnstap::UDP);
  EXPECT_EQ(message.query_address(), "\xC0\x00\x02\x07"s);
  EXPECT_EQ(message.query_port(), 5353u);
  EXPECT_FALSE(message.has_response_address());
  EXPECT_EQ(message.query_time_sec(), 1785765909u);
  EXPECT_EQ(message.query_time_nsec(), 123456789u);
  EXPECT_EQ(message.query_message(), query);
  EXPECT_FALSE(message.has_response_message());
}

TEST(DnstapFrames, TellOfAReplyWhatItAnsweredToWhomAndWhen) {
  const std::string reply("\0\1reply", 7);
  server::Tapped both = tapped("query", reply);
  both.transport = server::Transport::kTcp;
  both.client.address = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  both.server =
      server::TappedSocket{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2}, 53};
  const ::dnstap::Dnstap frame = parsed(reply_frame(both, {"ns1", "signpostd 1"}));
  const ::dnstap::Message& message = frame.message();
  EXPECT_EQ(message.type(), ::dnstap::Message::AUTH_RESPONSE);
  EXPECT_EQ(message.socket_family(), ::dnstap::INET6);
  EXPECT_EQ(message.socket_protocol(), ::dnstap::TCP);
  EXPECT_EQ(message.query_address().size(), 16u);
  EXPECT_EQ(message.response_address().back(), '\2');
  EXPECT_EQ(message.response_port(), 53u);
  EXPECT_EQ(message.response_time_nsec(), 123500000u);
  EXPECT_EQ(message.response_message(), reply);
  EXPECT_FALSE(message.has_query_message());
}

TEST(DnstapFrames, SayHowManyQueriesASampleStandsFor) {
  const std::string query = "query", reply = "reply";
  server::Tapped sample = tapped(query, reply);
  sample.stands_for = 100;
  EXPECT_EQ(parsed(query_frame(sample, {})).extra(), "sample 1/100");
  EXPECT_EQ(parsed(reply_frame(sample, {})).extra(), "sample 1/100");
}

}  // namespace
}  // namespace signpost::dnstap
