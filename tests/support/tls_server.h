// A TLS server for tests.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "tests/support/certificates.h"
#include "tests/support/loopback_server.h"

namespace signpost {

std::shared_ptr<boost::asio::ssl::context> server_context(const Certificate& certificate);

// What the server saw of the last handshake.
struct SeenHandshake {
  std::string server_name;
  bool resumed = false;
  friend bool operator==(const SeenHandshake&, const SeenHandshake&) = default;
};

// Speaks TLS on a connection, and sends `response` after the end of the first line and, but for the
// last, after each empty line; closes after `responses` of them. `seen` may be null.
Conduct serve_tls(std::shared_ptr<boost::asio::ssl::context> context,
                  std::shared_ptr<SeenHandshake> seen, std::string response, int responses = 1);

}  // namespace signpost
