#include "upstream/server.h"

#include <boost/asio/ip/address.hpp>
#include <optional>

#include "base/status.h"
#include "dns/text.h"

namespace signpost::upstream {
namespace {

constexpr std::uint64_t kPortMax = 65'535;

struct Parts {
  std::string_view address;
  std::optional<std::string_view> port;
};

// A colon separates a port only behind brackets or if it is the only one: others are IPv6's own.
Parts split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end + 1 == text.size()) return {text.substr(1, end - 1), std::nullopt};
    if (end != std::string_view::npos && text[end + 1] == ':')
      return {text.substr(1, end - 1), text.substr(end + 2)};
    return {};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon != text.rfind(':')) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

absl::StatusOr<Server> parse_server(std::string_view text) {
  const Parts parts = split(text);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(parts.address), error);
  const auto port = dns::parse_decimal(parts.port.value_or("53"), kPortMax);
  if (error || !port || *port == 0) {
    return invalid_argument(dns::quoted_excerpt(text),
                            " is no resolver: write ADDRESS, ADDRESS:PORT or [IPV6-ADDRESS]:PORT");
  }
  return Server{address.to_string(), static_cast<std::uint16_t>(*port)};
}

std::string to_text(const Server& server) {
  const bool ipv6 = server.address.find(':') != std::string::npos;
  return (ipv6 ? "[" + server.address + "]" : server.address) + ":" + std::to_string(server.port);
}

}  // namespace signpost::upstream
