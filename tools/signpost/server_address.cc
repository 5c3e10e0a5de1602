#include "signpost/server_address.h"

#include <sys/un.h>

#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace signpost::cli {
namespace {

constexpr std::string_view kUnix = "unix://";
constexpr std::string_view kTls = "tls://";

}  // namespace

std::string ServerAddress::target() const {
  if (!is_tls()) return absl::StrCat("unix://", path);
  const bool is_v6 = host.find(':') != std::string::npos;
  return is_v6 ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

absl::StatusOr<ServerAddress> parse_server(const std::string& text) {
  ServerAddress address;
  if (text.starts_with(kUnix)) {
    address.path = text.substr(kUnix.size());
    if (address.path.size() >= sizeof(sockaddr_un::sun_path))
      return invalid_argument("--server: the path of the socket is longer than ",
                              sizeof(sockaddr_un::sun_path) - 1, " characters");
    if (!address.path.empty()) return address;
  }
  if (text.starts_with(kTls)) {
    const std::string rest = text.substr(kTls.size());
    const std::size_t colon = rest.rfind(':');
    if (colon != std::string::npos && colon > 0 && colon + 1 < rest.size()) {
      address.host = rest.substr(0, colon);
      address.port = rest.substr(colon + 1);
      if (address.host.front() == '[' && address.host.back() == ']')
        address.host = address.host.substr(1, address.host.size() - 2);
      return address;
    }
  }
  return invalid_argument("--server: \"", text, "\" is not unix:///PATH or tls://HOST:PORT");
}

}  // namespace signpost::cli
