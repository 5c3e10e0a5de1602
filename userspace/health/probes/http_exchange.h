// One HTTP/1.1 request and its response, under Route 53's limits (route53 section 2.2). After a
// success the connection is kept for the next probe, if the server allows it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "health/probes/content_decoder.h"
#include "health/probes/response_parser.h"
#include "health/probes/stream_probe.h"

namespace signpost::health {

class HttpExchange : public StreamProbe {
 public:
  HttpExchange(boost::asio::io_context& io, const ProbeSettings& settings, ProbeRequest request,
               const model::ProbeTarget& target, const std::optional<model::TlsOptions>& tls,
               OnProbeResult on_result);

 protected:
  virtual std::string request_octets() const = 0;
  virtual std::string_view method() const { return "GET"; }
  // The header is there. Ends the probe, or calls read_body().
  virtual void on_status(unsigned status) = 0;
  // More of body() is there; true: no more is needed, and on_body_end() follows.
  virtual bool on_body_octets() { return false; }
  // The body has ended or is longer than we read. Ends the probe.
  virtual void on_body_end() = 0;

  void read_body();
  // Decoded, at most kBodyOctetsMax.
  const std::string& body() const { return body_; }
  std::string status_text() const;
  // What request_octets() should ask the server for. False if the request must not come twice,
  // which it might where a kept connection is closed (RFC 9110 section 9.2.2).
  bool keeps_connection() const;

 private:
  void on_connected() final;
  void on_success() final;
  void on_octets(const boost::system::error_code& error, std::string_view octets) final;
  void await_status_line(const boost::system::error_code& error);
  bool is_farewell() const;
  void await_header(const boost::system::error_code& error);
  void on_header(std::size_t octets);
  void take_body(const boost::system::error_code& error);
  bool parse_body();

  enum class Phase { kStatusLine, kHeader, kBody };
  Phase phase_ = Phase::kStatusLine;
  std::string received_;  // and not parsed yet
  std::size_t searched_ = 0;
  std::size_t body_received_ = 0;
  std::unique_ptr<ResponseParser> parser_ = std::make_unique<ResponseParser>();
  std::optional<ContentDecoder> decoder_;
  std::string body_;
};

}  // namespace signpost::health
