// The rest of an HTTP response whose verdict is there already.
#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "health/probes/probe_memory.h"
#include "health/probes/response_parser.h"

namespace signpost::health {

// A verdict does not wait for the end of a body, but the next request over the same connection has
// to. Bodies that do not end within kBodyOctetsMax or the limit cost the connection.
class RestOfResponse : public std::enable_shared_from_this<RestOfResponse> {
 public:
  // `parser` has the header; `received` is what came after it and was not parsed.
  RestOfResponse(boost::asio::io_context& io, ConnectionPtr connection,
                 std::unique_ptr<ResponseParser> parser, std::string received,
                 std::shared_ptr<ProbeMemory> memory);

  // Reads to the end of the response and has the connection kept.
  void read_within(std::chrono::milliseconds limit);

 private:
  void advance();
  void read();

  const ConnectionPtr connection_;
  const std::unique_ptr<ResponseParser> parser_;
  std::string received_;
  const std::shared_ptr<ProbeMemory> memory_;
  boost::asio::steady_timer timer_;
  std::size_t octets_ = 0;
  std::array<char, 4096> buffer_;
};

}  // namespace signpost::health
