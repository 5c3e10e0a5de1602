// A TLS server for tests.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "tests/unit/health/certificates.h"
#include "tests/unit/health/loopback_server.h"

namespace signpost {

std::shared_ptr<boost::asio::ssl::context> server_context(const Certificate& certificate);

// What the server saw of the last handshake.
struct SeenHandshake {
  std::string server_name;
  bool resumed = false;
};

// Speaks TLS on a connection, reads up to the end of a line, sends `response` and closes. `seen`
// may be null.
Conduct serve_tls(std::shared_ptr<boost::asio::ssl::context> context,
                  std::shared_ptr<SeenHandshake> seen, std::string response);

}  // namespace signpost
