// A DNS server on a loopback port whose replies a test chooses, well-behaved or hostile.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/upstream/messages.h"
#include "upstream/server.h"

namespace signpost::upstream {

// A query as it came.
struct Asked {
  std::string octets;
  bool over_tcp = false;
  boost::asio::ip::udp::endpoint from = {};  // of a query over UDP
};

// The messages to send back, in that order; over UDP each is a datagram.
using Conduct = std::function<std::vector<std::string>(const Asked&)>;

class FakeDnsServer {
 public:
  // Serves on 127.0.0.1, UDP and TCP, as long as `io` runs.
  FakeDnsServer(boost::asio::io_context& io, Conduct conduct);

  Server server() const;
  // All queries so far.
  const std::vector<Asked>& asked() const;
  // From the next query on.
  void set_conduct(Conduct conduct);
  // Sends a datagram to where a query over UDP came from, from this server's port.
  void send(const Asked& asked, const std::string& message);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Replies with that to every query.
Conduct replies(TestReply reply);

// Replies with addresses of the name asked.
Conduct replies(std::vector<std::string> addresses, std::uint32_t ttl);

// Keeps silent.
Conduct silence();

}  // namespace signpost::upstream
