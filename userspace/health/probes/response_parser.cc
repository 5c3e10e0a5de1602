#include "health/probes/response_parser.h"

#include <boost/asio/buffer.hpp>

namespace signpost::health {

namespace http = boost::beast::http;

BodyPiece take_body_piece(ResponseParser& parser, std::string& received, std::span<char> buffer) {
  auto& body = parser.get().body();
  body.data = buffer.data();
  body.size = buffer.size();
  body.more = true;
  parser.eager(true);
  boost::system::error_code error;
  const std::size_t taken = parser.put(boost::asio::buffer(received), error);
  received.erase(0, taken);
  const std::size_t size = buffer.size() - body.size;
  const bool wants_more = error == http::error::need_more || (taken == 0 && size == 0);
  return {
      .octets = {buffer.data(), size},
      .malformed = error && error != http::error::need_more && error != http::error::need_buffer,
      .is_last_of_received = wants_more || received.empty()};
}

}  // namespace signpost::health
