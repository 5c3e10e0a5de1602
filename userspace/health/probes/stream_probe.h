// Probes over TCP, with or without TLS: from the target's name or address to a stream of octets.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "health/probes/targeted_probe.h"

namespace signpost::health {

class StreamProbe : public TargetedProbe {
 public:
  // `target` and `tls` are parts of the request's check. The limit is for resolving and connecting
  // together; the handshake has its own.
  StreamProbe(boost::asio::io_context& io, const ProbeSettings& settings, ProbeRequest request,
              const model::ProbeTarget& target, const std::optional<model::TlsOptions>& tls,
              std::chrono::milliseconds connect_limit, OnProbeResult on_result);

 protected:
  // The stream is there.
  virtual void on_connected() = 0;
  // What the peer sent, or why there will be no more. Called after read().
  virtual void on_octets(const boost::system::error_code& error, std::string_view octets) = 0;

  // Sends octets. An error is not told: an endpoint may answer and close without reading, and what
  // it sent decides.
  void write(std::string octets);
  void read();

  // Ends the probe by `error`, which came while `awaited` was.
  void fail_reading(const boost::system::error_code& error, const std::string& awaited);

  void give_up() final;

 private:
  void set_limit() final;
  void on_address(const std::string& address) final;
  void on_tcp_connected(const boost::system::error_code& error);
  void shake_hands();
  void on_handshake(const boost::system::error_code& error);
  bool certificate_is_valid();

  template <typename Use>
  void with_stream(Use&& use) {
    if (tls_stream_) {
      use(*tls_stream_);
    } else {
      use(socket_);
    }
  }

  const std::optional<model::TlsOptions>& tls_;
  const std::chrono::milliseconds connect_limit_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_stream_;
  std::string sending_;
  std::array<char, 4096> received_;
};

}  // namespace signpost::health
