#include "health/probes/stream_probe.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <utility>

#include "health/probes/probe_memory.h"
#include "health/probes/tls.h"

namespace signpost::health {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;

StreamProbe::StreamProbe(asio::io_context& io, const ProbeSettings& settings, ProbeRequest request,
                         const model::ProbeTarget& target,
                         const std::optional<model::TlsOptions>& tls, milliseconds connect_limit,
                         OnProbeResult on_result)
    : TargetedProbe(io, settings, std::move(request), target, std::move(on_result)),
      tls_(tls),
      connect_limit_(connect_limit) {}

void StreamProbe::set_limit() {
  const auto left = connect_limit_ - std::chrono::floor<milliseconds>(elapsed());
  arm(std::max(left, milliseconds(0)),
      "no connection to " + endpoint() + " within " + duration_text(connect_limit_));
}

void StreamProbe::on_address(const std::string& address) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) return fail(address + " is not an IPv4 or IPv6 address");
  remote_ = {parsed, target().port};
  if (memory() != nullptr)
    connection_ = memory()->take_connection(remote_, limits().kept_connection);
  if (connection_ == nullptr) return connect();
  reused_ = true;
  step("the connection of the probe before is used again");
  on_connected();
}

void StreamProbe::connect() {
  connection_ = std::make_shared<Connection>(io());
  const error_code error =
      connection_->connect(remote_, [self = keep(this)](const error_code& outcome) {
        if (self->goes_on()) self->on_tcp_connected(outcome);
      });
  if (error) discard("no socket: " + error.message());
}

void StreamProbe::connect_anew() {
  connection_->close();
  reused_ = false;
  step("a new connection, because the one before was closed");
  set_limit();
  connect();
}

void StreamProbe::on_tcp_connected(const error_code& error) {
  if (is_our_shortage(error)) return discard("no connection: " + error.message());
  if (error == asio::error::connection_refused)
    return fail("connection to " + endpoint() + " refused");
  if (error) return fail("no connection to " + endpoint() + ": " + error.message());
  step("connected to " + endpoint());
  if (tls_) return shake_hands();
  on_connected();
}

void StreamProbe::shake_hands() {
  SSL* const ssl =
      connection_->use_tls(settings().tls->get(tls_->verify_certificate).native_handle());
  model::TlsOptions options = *tls_;
  if (name_left_out_) {
    options.enable_sni = false;  // and its session is not one for the handshakes with the name
    prepare_tls(ssl, target(), options, nullptr);
  } else {
    prepare_tls(ssl, target(), options, memory() == nullptr ? nullptr : &memory()->tls_sessions());
    arm(limits().tls_handshake,
        "no TLS handshake with " + endpoint() + " within " + duration_text(limits().tls_handshake));
  }
  connection_->shake_hands([self = keep(this)](const error_code& error) {
    if (self->goes_on()) self->on_handshake(error);
  });
}

// Within the limit of the first handshake.
void StreamProbe::shake_hands_without_name() {
  step("its certificate does not have the name " + target().host +
       ": another handshake without it");
  if (memory() != nullptr) memory()->tls_sessions().clear();
  connection_->close();
  name_left_out_ = true;
  connect();
}

void StreamProbe::on_handshake(const error_code& error) {
  SSL* const ssl = connection_->ssl();
  if (!name_left_out_ && tells_name(target(), *tls_) &&
      lacks_name(ssl, error.failed(), target().host))
    return shake_hands_without_name();  // by Route 53's rule (route53 section 2.2)
  if (error) {
    if (memory() != nullptr) memory()->tls_sessions().clear();
    const std::string reason =
        error == asio::error::eof || error == asio::ssl::error::stream_truncated
            ? "connection closed"
            : error.message();
    return fail("no TLS handshake with " + endpoint() + ": " + tls_failure_text(ssl, reason));
  }
  step("TLS: " + tls_text(ssl));
  if (certificate_is_valid()) on_connected();
}

// A resumed handshake does not look at the certificate again.
bool StreamProbe::certificate_is_valid() {
  const auto certificate = certificate_of(connection_->ssl());
  if (!certificate) return true;
  set_certificate_expiry(certificate->expires);
  step("certificate of " + certificate->subject);
  if (!tls_->verify_certificate || certificate->expires > std::chrono::system_clock::now())
    return true;
  if (memory() != nullptr) memory()->tls_sessions().clear();
  fail("no TLS handshake with " + endpoint() +
       ": its certificate is not accepted: certificate has expired");
  return false;
}

ConnectionPtr StreamProbe::release_connection() {
  if (connection_ == nullptr || reading_ || !connection_->is_sent()) return nullptr;
  return std::exchange(connection_, nullptr);
}

void StreamProbe::read() {
  reading_ = true;
  connection_->read(asio::buffer(received_),
                    [self = keep(this)](const error_code& error, std::size_t size) {
                      self->reading_ = false;
                      if (self->goes_on()) self->on_octets(error, {self->received_.data(), size});
                    });
}

void StreamProbe::fail_reading(const error_code& error, const std::string& awaited) {
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
    return fail("connection closed by " + endpoint() + " before " + awaited);
  if (error == asio::error::connection_reset)
    return fail("connection reset by " + endpoint() + " before " + awaited);
  fail("no more from " + endpoint() + " before " + awaited + ": " + error.message());
}

void StreamProbe::give_up() {
  if (connection_ != nullptr) connection_->close();
}

}  // namespace signpost::health
