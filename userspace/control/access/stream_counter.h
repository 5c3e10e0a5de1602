// Counts the streams that a client opens on an HTTP/2 connection (RFC 9113), from its octets.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace signpost::control {

class StreamCounter {
 public:
  // How many HEADERS frames begin in the next octets that the client sent; those of a frame that
  // is cut off are remembered. Octets that are no HTTP/2 give any number: who reads them ends the
  // connection.
  std::size_t count(std::string_view octets);

 private:
  // RFC 9113 section 4.1: length, type, flags, stream.
  static constexpr std::size_t kFrameHeaderOctets = 9;
  // Section 3.4: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".
  static constexpr std::size_t kPrefaceOctets = 24;

  bool opens_stream() const;
  std::size_t payload() const;

  std::array<unsigned char, kFrameHeaderOctets> header_{};
  std::size_t held_ = 0;                  // octets of `header_`
  std::size_t skipped_ = kPrefaceOctets;  // octets still to come before the next header
};

}  // namespace signpost::control
