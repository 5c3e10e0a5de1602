#include "server/tls_stream.h"

#include <openssl/err.h>

#include <new>

namespace signpost::server {
namespace {

using State = StreamStep::State;

// Alerts that came are numbered from here on.
constexpr int kAlertReasons = SSL_AD_REASON_OFFSET;

}  // namespace

TlsStream::TlsStream(const TlsContext& context, int socket, TlsHandshakeTallies& tallies)
    : ssl_(context.new_session()), tallies_(tallies) {
  socket_.socket = socket;
  BIO* const bio = ssl_ == nullptr ? nullptr : tls::make_socket_bio(socket_);
  if (bio == nullptr) throw std::bad_alloc();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

StreamStep TlsStream::read(std::span<std::uint8_t> into) {
  ERR_clear_error();
  std::size_t octets = 0;
  const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &octets);
  return step_of(result, octets);
}

StreamStep TlsStream::write(Octets from) {
  ERR_clear_error();
  std::size_t octets = 0;
  const int result = SSL_write_ex(ssl_.get(), from.data(), from.size(), &octets);
  return step_of(result, octets);
}

StreamStep TlsStream::step_of(int result, std::size_t octets) {
  if (!counted_ && SSL_is_init_finished(ssl_.get()) == 1)
    note(SSL_session_reused(ssl_.get()) == 1 ? TlsHandshake::kResumed : TlsHandshake::kFull);
  if (result == 1) return {State::kMoved, octets};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {State::kAwaitsReadable};
    case SSL_ERROR_WANT_WRITE:
      return {State::kAwaitsWritable};
    case SSL_ERROR_ZERO_RETURN:  // the client has nothing more to say, but may listen
      break;
    default:
      broken_ = true;
  }
  note(failure());
  return {State::kEnded};
}

void TlsStream::note(TlsHandshake handshake) {
  if (counted_) return;
  counted_ = true;
  tallies_[static_cast<std::size_t>(handshake)].add(1);
}

TlsHandshake TlsStream::failure() const {
  const unsigned long error = ERR_peek_error();
  if (error == 0) return TlsHandshake::kClosed;
  const int reason = ERR_GET_REASON(error);
  if (reason > kAlertReasons) return TlsHandshake::kAlert;
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_HTTP_REQUEST:
      return TlsHandshake::kVersion;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      return TlsHandshake::kCipher;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return TlsHandshake::kAlpn;
    default:
      return socket_.ended || socket_.error != 0 ? TlsHandshake::kClosed : TlsHandshake::kMalformed;
  }
}

bool TlsStream::suits_transfers_over_tls() const {
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  return SSL_version(ssl_.get()) >= TLS1_3_VERSION && size != 0;  // we select nothing but "dot"
}

void TlsStream::end() {
  note(TlsHandshake::kUnfinished);
  if (broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

}  // namespace signpost::server
