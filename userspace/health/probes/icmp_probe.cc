#include "health/probes/icmp_probe.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace signpost::health {
namespace {

using boost::system::error_code;

constexpr std::size_t kHeaderOctets = 8;

const model::IcmpProbe& probe_of(const ProbeRequest& request) {
  return std::get<model::IcmpProbe>(request.check->kind);
}

// RFC 1071.
std::uint16_t checksum(std::string_view octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); i += 2) {
    const unsigned high = static_cast<unsigned char>(octets[i]);
    const unsigned low = i + 1 < octets.size() ? static_cast<unsigned char>(octets[i + 1]) : 0;
    sum += high << 8 | low;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

// The kernel writes the identifier of datagram sockets, and ICMPv6 checksums.
std::string echo_request(bool v6, std::string_view token) {
  std::string packet(kHeaderOctets, '\0');
  packet[0] = static_cast<char>(v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO);
  packet += token;
  if (v6) return packet;
  const std::uint16_t sum = checksum(packet);
  packet[2] = static_cast<char>(sum >> 8);
  packet[3] = static_cast<char>(sum);
  return packet;
}

int connect_to(int descriptor, bool v6, const std::string& address) {
  if (v6) {
    sockaddr_in6 remote{};
    remote.sin6_family = AF_INET6;
    inet_pton(AF_INET6, address.c_str(), &remote.sin6_addr);
    return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&remote), sizeof(remote));
  }
  sockaddr_in remote{};
  remote.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &remote.sin_addr);
  return ::connect(descriptor, reinterpret_cast<const sockaddr*>(&remote), sizeof(remote));
}

}  // namespace

IcmpProbeRun::IcmpProbeRun(boost::asio::io_context& io, const ProbeSettings& settings,
                           const ProbeRequest& request, OnProbeResult on_result)
    : TargetedProbe(io, settings, request, probe_of(request).target, std::move(on_result)),
      socket_(io) {}

void IcmpProbeRun::set_limit() {
  arm(limits().icmp_reply,
      "no echo reply from " + endpoint() + " within " + duration_text(limits().icmp_reply));
}

// Datagram sockets need no privilege where the kernel lets our group have them, raw ones need
// CAP_NET_RAW.
bool IcmpProbeRun::open(bool v6) {
  const int family = v6 ? AF_INET6 : AF_INET;
  const int protocol = v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  v6_ = v6;
  int descriptor = ::socket(family, SOCK_DGRAM | flags, protocol);
  if (descriptor < 0 && (errno == EACCES || errno == EPERM)) {
    descriptor = ::socket(family, SOCK_RAW | flags, protocol);
    raw_ = true;
  }
  if (descriptor < 0) return false;
  socket_.assign(descriptor);
  return true;
}

void IcmpProbeRun::on_address(const std::string& address) {
  if (!open(address.find(':') != std::string::npos))
    return discard(std::string("no ICMP socket: ") + std::strerror(errno) +
                   "; signpostd needs CAP_NET_RAW, or its group in net.ipv4.ping_group_range");
  if (::getentropy(token_.data(), token_.size()) != 0) return discard("no random octets");
  const std::string packet = echo_request(v6_, {token_.data(), token_.size()});
  const int descriptor = socket_.native_handle();
  if (connect_to(descriptor, v6_, address) != 0 ||
      ::send(descriptor, packet.data(), packet.size(), 0) < 0)
    return fail("no echo request to " + endpoint() + ": " + std::strerror(errno));
  step("echo request sent to " + endpoint());
  await_reply();
}

void IcmpProbeRun::await_reply() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = keep(this)](const error_code& error) {
                       if (!error && self->goes_on()) self->on_readable();
                     });
}

void IcmpProbeRun::on_readable() {
  std::array<char, 512> packet;
  const ssize_t size = ::recv(socket_.native_handle(), packet.data(), packet.size(), 0);
  if (size < 0 && errno != EAGAIN)
    return fail("no echo reply from " + endpoint() + ": " + std::strerror(errno));
  if (size > 0 && is_reply({packet.data(), static_cast<std::size_t>(size)}))
    return succeed("echo reply from " + endpoint());
  await_reply();
}

bool IcmpProbeRun::is_reply(std::string_view packet) const {
  if (raw_ && !v6_) {
    const std::size_t header =
        packet.empty() ? 0 : std::size_t{static_cast<unsigned char>(packet[0]) & 0x0fu} * 4;
    packet.remove_prefix(std::min(header, packet.size()));
  }
  if (packet.size() != kHeaderOctets + token_.size()) return false;
  const unsigned type = static_cast<unsigned char>(packet[0]);
  return type == (v6_ ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
         packet.substr(kHeaderOctets) == std::string_view(token_.data(), token_.size());
}

void IcmpProbeRun::give_up() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace signpost::health
