// Asking the responder as a client does.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "server/responder.h"
#include "tests/unit/server/example_zone.h"
#include "tests/unit/server/wire.h"

namespace signpost::testing {

inline server::ClientAddress ipv4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
  return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d};
}

// One thread of a server that holds the example zone.
class Asking {
 public:
  explicit Asking(server::Transport transport = server::Transport::kUdp) : transport_(transport) {}

  std::string ask(const std::string& message) { return ask(message, ipv4(198, 51, 100, 7)); }
  std::string ask(const std::string& message, const server::ClientAddress& client) {
    last = server::respond(
        {table.get(), settings, zones, buckets_, now, unix}, server::as_octets(message),
        {transport_, client, idle_timeout, may_transfer_over_tls}, slots_, buffer_);
    return std::string(server::as_text(server::Octets(buffer_).first(last.size)));
  }

  model::AnswerTablePtr table = example_table();
  guard settings{};
  server::ServedZonesPtr zones = std::make_shared<const server::ServedZones>();
  std::chrono::milliseconds idle_timeout{};
  bool may_transfer_over_tls = false;
  std::uint64_t now = 1'000'000'000;   // in nanoseconds
  std::uint64_t unix = 1'700'000'000;  // in seconds
  server::Reply last;

 private:
  server::Transport transport_;
  server::LimitBuckets buckets_{server::constant_digest_key()};
  server::SlotSource slots_{1000, 1, {0x0706050403020100, 0x0f0e0d0c0b0a0908}};
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(server::kTcpReplyMax);
};

}  // namespace signpost::testing
