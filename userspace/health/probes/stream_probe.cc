#include "health/probes/stream_probe.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

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
      connect_limit_(connect_limit),
      socket_(io) {}

void StreamProbe::set_limit() {
  arm(connect_limit_,
      "no connection to " + endpoint() + " within " + duration_text(connect_limit_));
}

void StreamProbe::on_address(const std::string& address) {
  error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error) return fail(address + " is not an IPv4 or IPv6 address");
  const tcp::endpoint remote(parsed, target().port);
  socket_.open(remote.protocol(), error);
  if (error) return discard("no socket: " + error.message());
  // Else the request would wait for the acknowledgement of a resumed handshake's last message.
  socket_.set_option(tcp::no_delay(true), error);
  socket_.async_connect(remote, [self = keep(this)](const error_code& outcome) {
    if (self->goes_on()) self->on_tcp_connected(outcome);
  });
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
  tls_stream_.emplace(socket_, settings().tls->get(tls_->verify_certificate));
  prepare_tls(tls_stream_->native_handle(), target(), *tls_, tls_sessions());
  arm(limits().tls_handshake,
      "no TLS handshake with " + endpoint() + " within " + duration_text(limits().tls_handshake));
  tls_stream_->async_handshake(asio::ssl::stream_base::client,
                               [self = keep(this)](const error_code& error) {
                                 if (self->goes_on()) self->on_handshake(error);
                               });
}

void StreamProbe::on_handshake(const error_code& error) {
  SSL* const ssl = tls_stream_->native_handle();
  if (error) {
    if (tls_sessions() != nullptr) tls_sessions()->clear();
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
  const auto certificate = certificate_of(tls_stream_->native_handle());
  if (!certificate) return true;
  set_certificate_expiry(certificate->expires);
  step("certificate of " + certificate->subject);
  if (!tls_->verify_certificate || certificate->expires > std::chrono::system_clock::now())
    return true;
  if (tls_sessions() != nullptr) tls_sessions()->clear();
  fail("no TLS handshake with " + endpoint() +
       ": its certificate is not accepted: certificate has expired");
  return false;
}

void StreamProbe::write(std::string octets) {
  sending_ = std::move(octets);
  with_stream([&](auto& stream) {
    asio::async_write(stream, asio::buffer(sending_),
                      [self = keep(this)](const error_code&, std::size_t) {});
  });
}

void StreamProbe::read() {
  with_stream([&](auto& stream) {
    stream.async_read_some(asio::buffer(received_),
                           [self = keep(this)](const error_code& error, std::size_t size) {
                             if (self->goes_on())
                               self->on_octets(error, {self->received_.data(), size});
                           });
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
  // We do not wait for the peer's close; without this OpenSSL would not let the session be resumed.
  if (tls_stream_) SSL_set_shutdown(tls_stream_->native_handle(), SSL_SENT_SHUTDOWN);
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace signpost::health
