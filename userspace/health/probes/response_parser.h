// How HTTP responses are parsed: the header at once, the body piece by piece.
#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <span>
#include <string>
#include <string_view>

namespace signpost::health {

using ResponseParser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

struct BodyPiece {
  std::string_view octets;  // without the transfer coding
  bool malformed = false;
  bool is_last_of_received = false;  // more must be received before there is another
};

// Moves octets of the body from `received`, which follow the header, into `buffer`, as many as it
// holds. Not to be called once the parser is done.
BodyPiece take_body_piece(ResponseParser& parser, std::string& received, std::span<char> buffer);

}  // namespace signpost::health
