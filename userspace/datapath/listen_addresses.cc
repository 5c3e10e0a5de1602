#include "datapath/listen_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/status.h"
#include "datapath/bpf_map.h"

namespace signpost::datapath {
namespace {

listen_address mapped(const in_addr& address) {
  listen_address result{};
  result.octets[2] = htonl(0xffff);
  result.octets[3] = address.s_addr;
  return result;
}

listen_address mapped(const in6_addr& address) {
  listen_address result;
  static_assert(sizeof(result) == sizeof(address));
  std::memcpy(&result, &address, sizeof(result));
  return result;
}

template <typename Address>
ListenAddress entry_of(int family, const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, &address, text.data(), text.size());
  return {.text = text.data(), .mapped = mapped(address)};
}

absl::StatusOr<std::vector<ListenAddress>> addresses_of(const std::vector<std::string>& interfaces,
                                                        int family) {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return system_error(errno, "listing the host's addresses");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(all, freeifaddrs);
  std::vector<ListenAddress> found;
  for (const ifaddrs* at = all; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != family ||
        std::find(interfaces.begin(), interfaces.end(), at->ifa_name) == interfaces.end())
      continue;
    if (family == AF_INET) {
      const auto* address = reinterpret_cast<const sockaddr_in*>(at->ifa_addr);
      found.push_back(entry_of(family, address->sin_addr));
    } else {
      const auto* address = reinterpret_cast<const sockaddr_in6*>(at->ifa_addr);
      found.push_back(entry_of(family, address->sin6_addr));
    }
  }
  return found;
}

absl::StatusOr<std::vector<ListenAddress>> resolve(const std::string& text,
                                                   const std::vector<std::string>& interfaces) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    if (v4.s_addr == INADDR_ANY) return addresses_of(interfaces, AF_INET);
    return std::vector{entry_of(AF_INET, v4)};
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) {
    if (IN6_IS_ADDR_UNSPECIFIED(&v6)) return addresses_of(interfaces, AF_INET6);
    return std::vector{entry_of(AF_INET6, v6)};
  }
  return invalid_argument("the listen address \"", text, "\" is not an IP address");
}

}  // namespace

absl::StatusOr<std::vector<ListenAddress>> resolve_listen_addresses(
    const std::vector<std::string>& texts, const std::vector<std::string>& interfaces) {
  std::vector<ListenAddress> addresses;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(const std::vector<ListenAddress> more, resolve(text, interfaces));
    for (const ListenAddress& address : more) {
      const auto same = [&](const ListenAddress& other) { return other.text == address.text; };
      if (std::none_of(addresses.begin(), addresses.end(), same)) addresses.push_back(address);
    }
  }
  return addresses;
}

}  // namespace signpost::datapath
