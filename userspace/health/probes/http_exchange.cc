#include "health/probes/http_exchange.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <utility>

#include "health/probes/body_search.h"
#include "health/probes/probe_memory.h"
#include "health/probes/rest_of_response.h"

namespace signpost::health {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t kHeaderOctetsMax = 16384;
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

}  // namespace

HttpExchange::HttpExchange(asio::io_context& io, const ProbeSettings& settings,
                           ProbeRequest request, const model::ProbeTarget& target,
                           const std::optional<model::TlsOptions>& tls, OnProbeResult on_result)
    : StreamProbe(io, settings, std::move(request), target, tls, settings.limits.http_connect,
                  std::move(on_result)) {
  parser_->header_limit(kHeaderOctetsMax);
  parser_->body_limit(boost::none);
}

std::string HttpExchange::status_text() const {
  return "HTTP status " + std::to_string(parser_->get().result_int()) + " from " + endpoint();
}

bool HttpExchange::keeps_connection() const {
  return memory() != nullptr && (method() == "GET" || method() == "HEAD");
}

void HttpExchange::on_connected() {
  arm(limits().http_status, "no HTTP status within " + duration_text(limits().http_status) +
                                " after connecting to " + endpoint());
  received_.clear();
  searched_ = 0;
  write(request_octets());
  read();
}

void HttpExchange::on_octets(const error_code& error, std::string_view octets) {
  received_ += octets;
  switch (phase_) {
    case Phase::kStatusLine:
      return await_status_line(error);
    case Phase::kHeader:
      return await_header(error);
    case Phase::kBody:
      body_received_ += octets.size();
      return take_body(error);
  }
}

void HttpExchange::await_status_line(const error_code& error) {
  if (received_.find('\n', searched_) == std::string::npos) {
    searched_ = received_.size();
    if (received_.size() >= kHeaderOctetsMax)
      return fail("HTTP header from " + endpoint() + " is longer than 16,384 octets");
    if (error && is_reused() && received_.empty()) return connect_anew();
    if (error) return fail_reading(error, "an HTTP status");
    return read();
  }
  if (is_reused() && is_farewell()) return connect_anew();
  if (!received_.starts_with("HTTP/1.")) return fail("no HTTP status from " + endpoint());
  arm(limits().http_header, "no complete HTTP header within " +
                                duration_text(limits().http_header) + " after the status from " +
                                endpoint());
  phase_ = Phase::kHeader;
  searched_ = 0;
  await_header(error);
}

// A server may announce by this that it closes a connection on which nothing was asked for a while
// (RFC 9110 section 15.5.9).
bool HttpExchange::is_farewell() const {
  return received_.starts_with("HTTP/1.") && received_.substr(8, 4) == " 408";
}

void HttpExchange::await_header(const error_code& error) {
  const std::size_t end = received_.find(kHeaderEnd, searched_);
  const bool complete = end != std::string::npos;
  if (complete ? end + kHeaderEnd.size() > kHeaderOctetsMax : received_.size() >= kHeaderOctetsMax)
    return fail("HTTP header from " + endpoint() + " is longer than 16,384 octets");
  if (complete) return on_header(end + kHeaderEnd.size());
  searched_ = received_.size() - std::min(received_.size(), kHeaderEnd.size() - 1);
  if (error) return fail_reading(error, "the end of the HTTP header");
  read();
}

void HttpExchange::on_header(std::size_t octets) {
  error_code malformed;
  parser_->skip(method() == "HEAD");
  parser_->put(asio::buffer(received_.data(), octets), malformed);
  if (malformed || !parser_->is_header_done())
    return fail("malformed HTTP header from " + endpoint() + ": " + malformed.message());
  received_.erase(0, octets);
  step(status_text());
  on_status(parser_->get().result_int());
}

void HttpExchange::read_body() {
  phase_ = Phase::kBody;
  arm(limits().http_body, "no complete HTTP body within " + duration_text(limits().http_body) +
                              " after the header from " + endpoint());
  const auto coding = parser_->get()[http::field::content_encoding];
  decoder_.emplace(std::string_view(coding.data(), coding.size()));
  body_received_ = received_.size();
  take_body({});
}

void HttpExchange::take_body(const error_code& error) {
  if (!parse_body()) return fail("malformed HTTP body from " + endpoint());
  const bool no_more = parser_->is_done() || error || body_.size() >= kBodyOctetsMax ||
                       body_received_ >= kBodyOctetsMax;
  if (on_body_octets() || no_more) {
    step(std::to_string(body_.size()) + " octets of the body read");
    return on_body_end();
  }
  read();
}

// Hands what was received to the parser and its output to the decoder. False if either refuses.
bool HttpExchange::parse_body() {
  std::array<char, 4096> piece;
  while (!parser_->is_done() && !received_.empty() && body_.size() < kBodyOctetsMax) {
    const BodyPiece taken = take_body_piece(*parser_, received_, piece);
    if (!decoder_->decode(taken.octets, kBodyOctetsMax, body_)) return false;
    if (taken.malformed) return false;
    if (taken.is_last_of_received) return true;
  }
  return true;
}

void HttpExchange::on_success() {
  if (!keeps_connection() || !parser_->is_header_done() || !parser_->keep_alive()) return;
  if (parser_->get().result_int() < 200) return;  // another response follows
  ConnectionPtr connection = release_connection();
  if (connection == nullptr) return;
  std::make_shared<RestOfResponse>(io(), std::move(connection), std::move(parser_),
                                   std::move(received_), memory())
      ->read_within(limits().http_body);
}

}  // namespace signpost::health
