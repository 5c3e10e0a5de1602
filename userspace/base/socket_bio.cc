#include "base/socket_bio.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace signpost::tls {
namespace {

SocketState& state_of(BIO* bio) { return *static_cast<SocketState*>(BIO_get_data(bio)); }

bool is_passing(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int receive(BIO* bio, char* buffer, int size) {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  if (state.octets_left == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t wanted = std::min(static_cast<std::size_t>(size), state.octets_left);
  const ssize_t got = ::recv(state.socket, buffer, wanted, 0);
  if (got < 0 && is_passing(errno)) {
    BIO_set_retry_read(bio);
  } else if (got < 0) {
    state.error = errno;
  } else {
    state.ended = got == 0;
    state.octets_left -= static_cast<std::size_t>(got);
  }
  return static_cast<int>(got);
}

int transmit(BIO* bio, const char* buffer, int size) {
  SocketState& state = state_of(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(state.socket, buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<int>(sent);
  if (is_passing(errno)) {
    BIO_set_retry_write(bio);
  } else {
    state.error = errno;
  }
  return -1;
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return state_of(bio).ended ? 1 : 0;
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
  BIO_meth_set_read(method, &receive);
  BIO_meth_set_write(method, &transmit);
  BIO_meth_set_ctrl(method, &control);
  return method;
}

}  // namespace

BIO* make_socket_bio(SocketState& state) {
  static BIO_METHOD* const method = make_method();
  BIO* const bio = BIO_new(method);
  BIO_set_data(bio, &state);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace signpost::tls
