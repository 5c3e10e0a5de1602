// What stands between the clients of the unix socket and gRPC: how streams are counted, paced and
// carried.
#include "control/access/connection_relay.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "control/access/stream_counter.h"

namespace signpost::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum FrameType : char { kData = 0, kHeaders = 1, kReset = 3, kSettings = 4 };

// RFC 9113 section 4.1.
std::string frame(FrameType type, std::size_t payload) {
  std::string octets = {static_cast<char>(payload >> 16), static_cast<char>(payload >> 8),
                        static_cast<char>(payload), type};
  octets.append(5, '\0');               // flags and stream
  return octets.append(payload, '\1');  // as type: HEADERS
}

std::string streams(int count) {
  std::string octets;
  for (int i = 0; i < count; ++i) octets += frame(kHeaders, 40) + frame(kReset, 4);
  return octets;
}

TEST(StreamCounter, CountsHeadersFramesWhereverTheOctetsAreCut) {
  const std::string octets = std::string(kPreface) + frame(kSettings, 0) + streams(3) +
                             frame(kData, 70'000) + frame(kHeaders, 0) + frame(kSettings, 12);
  for (std::size_t step = 1; step < 100; ++step) {
    StreamCounter counter;
    std::size_t counted = 0;
    for (std::size_t at = 0; at < octets.size(); at += step)
      counted += counter.count(std::string_view(octets).substr(at, step));
    EXPECT_EQ(counted, 4u) << "in steps of " << step;
  }
}

TEST(StreamPacer, LetsABurstThroughAndThenTheRateInTheOrderOfReserving) {
  StreamPacer pacer({.per_second = 10, .burst = 5});
  const StreamPacer::Time now{seconds(1000)};
  EXPECT_EQ(pacer.reserve("a", 5, now), milliseconds(0));
  EXPECT_EQ(pacer.reserve("a", 0, now), milliseconds(0)) << "what opens no stream never waits";
  EXPECT_EQ(pacer.reserve("a", 2, now), milliseconds(200));
  EXPECT_EQ(pacer.reserve("a", 1, now), milliseconds(300)) << "behind those two";
  EXPECT_EQ(pacer.reserve("b", 5, now), milliseconds(0)) << "nobody waits for another";
  EXPECT_EQ(pacer.reserve("a", 1, now + milliseconds(300)), milliseconds(100));
  EXPECT_EQ(pacer.reserve("a", 5, now + seconds(60)), milliseconds(0))
      << "and no more than a burst";
  EXPECT_EQ(pacer.reserve("a", 1, now + seconds(60)), milliseconds(100));
}

// Both ends of a connection that is carried.
struct Carried {
  Carried(ConnectionRelay& relay, const std::string& owner) {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    client = ends[0];
    const absl::StatusOr<int> carried = relay.carry(ends[1], owner);
    EXPECT_TRUE(carried.ok()) << carried.status();
    server = carried.value_or(-1);
  }
  ~Carried() {
    close(client);
    close(server);
  }
  int client;
  int server;
};

void send_all(int descriptor, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t sent = send(descriptor, octets.data(), octets.size(), MSG_NOSIGNAL);
    ASSERT_GT(sent, 0);
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// So many octets, or fewer if the other end closes. The relay's descriptor does not block.
std::string receive(int descriptor, std::size_t size) {
  std::string octets;
  while (octets.size() < size) {
    pollfd ready{descriptor, POLLIN, 0};
    if (poll(&ready, 1, 10'000) != 1) break;
    std::array<char, 4096> chunk;
    const ssize_t got =
        recv(descriptor, chunk.data(), std::min(chunk.size(), size - octets.size()), 0);
    if (got <= 0) break;
    octets.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return octets;
}

bool is_ended(int descriptor) {
  pollfd ready{descriptor, POLLRDHUP, 0};
  return poll(&ready, 1, 10'000) == 1;
}

TEST(ConnectionRelay, CarriesOctetsBothWaysAsTheyAre) {
  ConnectionRelay relay({});
  const Carried carried(relay, "alice");
  const std::string request = std::string(kPreface) + frame(kData, 100'000);
  std::thread sender([&] { send_all(carried.client, request); });
  EXPECT_EQ(receive(carried.server, request.size()), request);
  sender.join();
  const std::string reply = frame(kData, 50'000);
  send_all(carried.server, reply);
  EXPECT_EQ(receive(carried.client, reply.size()), reply);
}

TEST(ConnectionRelay, EndsOneEndWhenTheOtherEnds) {
  ConnectionRelay relay({});
  const Carried first(relay, "alice");
  send_all(first.client, kPreface);
  shutdown(first.client, SHUT_WR);
  EXPECT_EQ(receive(first.server, 1000), kPreface) << "what was sent before comes first";
  EXPECT_TRUE(is_ended(first.server));
  send_all(first.server, "bye");
  shutdown(first.server, SHUT_RDWR);
  EXPECT_EQ(receive(first.client, 1000), "bye");
  const Carried second(relay, "alice");
  shutdown(second.server, SHUT_RDWR);
  EXPECT_TRUE(is_ended(second.client));
}

TEST(ConnectionRelay, EndsAllConnectionsWithItself) {
  auto relay = std::make_unique<ConnectionRelay>(StreamLimits{});
  const Carried carried(*relay, "alice");
  relay.reset();
  EXPECT_TRUE(is_ended(carried.client));
  EXPECT_TRUE(is_ended(carried.server));
}

TEST(ConnectionRelay, HoldsBackTheStreamsOfOneOwnerBeyondTheLimitAndNobodyElses) {
  ConnectionRelay relay({.per_second = 1e-3, .burst = 4});
  const Carried first(relay, "alice");
  const Carried second(relay, "alice");
  const std::string within = std::string(kPreface) + streams(2);
  for (const Carried* carried : {&first, &second}) {
    send_all(carried->client, within);
    EXPECT_EQ(receive(carried->server, within.size()), within);
  }
  send_all(first.client, streams(1));
  send_all(second.client, streams(1));
  const Carried other(relay, "bob");
  send_all(other.client, within);
  EXPECT_EQ(receive(other.server, within.size()), within);
  std::array<pollfd, 2> held = {{{first.server, POLLIN, 0}, {second.server, POLLIN, 0}}};
  EXPECT_EQ(poll(held.data(), held.size(), 0), 0) << "one more would be let through in 1,000 s";
}

}  // namespace
}  // namespace signpost::control
