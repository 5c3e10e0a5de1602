#include "control/url.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/status.h"
#include "control/translate_target.h"

namespace signpost::control {
namespace {

constexpr std::size_t kUrlMax = 2000;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_address(const std::string& text) {
  unsigned char octets[16];
  return inet_pton(AF_INET, text.c_str(), octets) == 1 ||
         inet_pton(AF_INET6, text.c_str(), octets) == 1;
}

// Splits "HOST[:PORT]"; false if there is no such thing.
bool split_authority(std::string_view authority, std::string& host, std::uint16_t& port) {
  std::size_t end = 0;
  if (authority.starts_with('[')) {
    end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    ++end;
  } else {
    end = std::min(authority.find(':'), authority.size());
    host = authority.substr(0, end);
  }
  if (end == authority.size()) return !host.empty();
  const std::string_view digits = authority.substr(end + 1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return authority[end] == ':' && read.ec == std::errc() && port != 0 && !host.empty() &&
         read.ptr == digits.data() + digits.size();
}

}  // namespace

absl::StatusOr<HttpUrl> parse_http_url(const std::string& text, const std::string& field) {
  const absl::Status refused = invalid_argument(
      field, ": \"", text, "\" is not a URL; use for example https://hooks.example.com/notices");
  HttpUrl url;
  url.https = text.starts_with("https://");
  if ((!url.https && !text.starts_with("http://")) || text.size() > kUrlMax || !is_visible(text) ||
      text.find_first_of("#\\") != std::string::npos) {
    return refused;
  }
  const std::string_view rest = std::string_view(text).substr(url.https ? 8 : 7);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string host;
  std::uint16_t port = url.https ? kHttpsPort : kHttpPort;
  if (rest.substr(0, end).find('@') != std::string_view::npos ||
      !split_authority(rest.substr(0, end), host, port)) {
    return refused;
  }
  const bool address = is_address(host);
  ASSIGN_OR_RETURN(url.target, read_target(address ? host : "", address ? "" : host, port, field));
  url.path = rest.substr(end);
  if (!url.path.starts_with('/')) url.path.insert(0, "/");
  return url;
}

}  // namespace signpost::control
