// Probes over TCP, with or without TLS: from the target's name or address to a stream of octets.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "health/probes/connection.h"
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
  // The stream is there: a new one, or that of the probe before.
  virtual void on_connected() = 0;
  // What the peer sent, or why there will be no more. Called after read().
  virtual void on_octets(const boost::system::error_code& error, std::string_view octets) = 0;

  void write(std::string octets) { connection_->write(std::move(octets)); }
  void read();

  // The probe before has used this connection as well.
  bool is_reused() const { return reused_; }
  // Instead of a connection that is of no use any more; on_connected() follows. What is left of the
  // limit for connecting is the limit.
  void connect_anew();
  // For whoever wants to use it further. Null if there is none, or something is under way on it.
  ConnectionPtr release_connection();

  // Ends the probe by `error`, which came while `awaited` was.
  void fail_reading(const boost::system::error_code& error, const std::string& awaited);

  void give_up() final;

 private:
  void set_limit() final;
  void on_address(const std::string& address) final;
  void connect();
  void on_tcp_connected(const boost::system::error_code& error);
  void shake_hands();
  void shake_hands_without_name();
  void on_handshake(const boost::system::error_code& error);
  bool certificate_is_valid();

  const std::optional<model::TlsOptions>& tls_;
  const std::chrono::milliseconds connect_limit_;
  boost::asio::ip::tcp::endpoint remote_;
  ConnectionPtr connection_;
  bool reused_ = false;
  bool reading_ = false;
  bool name_left_out_ = false;  // from this probe's second handshake
  std::array<char, 4096> received_;
};

}  // namespace signpost::health
