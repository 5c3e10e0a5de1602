// A running server with the example zone on loopback.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "server/dns_server.h"
#include "server/live_guard.h"
#include "server/live_table.h"
#include "server/live_zones.h"
#include "tests/support/free_port.h"
#include "tests/unit/server/client_socket.h"
#include "tests/unit/server/example_zone.h"
#include "tests/unit/server/wire.h"

namespace signpost::testing {

class Running {
 public:
  explicit Running(server::ServerOptions options = {}) : port(free_port()) {
    options.port = port;
    if (options.listen.empty()) options.listen = {"127.0.0.1", "::1"};
    table.store(example_table());
    server = std::make_unique<server::DnsServer>(options, server::Sources{table, guard, zones});
    const absl::Status started = server->start();
    EXPECT_TRUE(started.ok()) << started;
  }

  ClientSocket udp(Family family = Family::kIpv4) { return ClientSocket::udp(family, port); }
  ClientSocket tcp(Family family = Family::kIpv4) { return ClientSocket::tcp(family, port); }

  std::uint16_t port;
  server::LiveTable table;
  server::LiveGuard guard;
  server::LiveZones zones;
  std::unique_ptr<server::DnsServer> server;
};

inline const std::string kQuery = query("www.example.com.", dns::RRType::kA);
inline const std::string kReply =
    header(kQr | kAa, {.answers = 1}) + question("www.example.com.", dns::RRType::kA) +
    record(kQnamePointer, dns::RRType::kA, 60, rdata(dns::RRType::kA, "192.0.2.1"));

}  // namespace signpost::testing
