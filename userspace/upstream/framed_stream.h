// Messages over TCP, each behind its length (RFC 7766 section 8).
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace signpost::upstream {

// One step at a time. What is called when a step has ended has to keep the stream alive; after
// close() it is called with an error.
class FramedStream {
 public:
  using OnEnded = std::function<void(const boost::system::error_code&)>;

  explicit FramedStream(boost::asio::io_context& io) : socket_(io) {}

  void connect(const boost::asio::ip::tcp::endpoint& remote, OnEnded on_ended);
  void send(std::string_view message, OnEnded on_ended);
  // The next message is message() then.
  void receive(OnEnded on_ended);
  const std::string& message() const { return message_; }

  void close();

 private:
  boost::asio::ip::tcp::socket socket_;
  std::string sent_;
  std::array<std::uint8_t, 2> size_{};
  std::string message_;
};

}  // namespace signpost::upstream
