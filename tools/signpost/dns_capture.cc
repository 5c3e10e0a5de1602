#include "signpost/dns_capture.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/status.h"

namespace signpost::cli {
namespace {

constexpr std::size_t kHeaderOctets = 12;
constexpr std::uint16_t kNotAQuery = 0xf800;  // QR and OPCODE
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kSubnetOption = 8;
constexpr std::uint16_t kDnsPort = 53;
constexpr unsigned kUdp = 17;
constexpr std::uint16_t kEtherIpv4 = 0x0800;
constexpr std::uint16_t kEtherIpv6 = 0x86dd;
constexpr std::uint16_t kEtherVlan = 0x8100;
constexpr std::uint16_t kEtherServiceVlan = 0x88a8;
constexpr std::array<std::string_view, 6> kMagics = {"\xa1\xb2\xc3\xd4", "\xd4\xc3\xb2\xa1",
                                                     "\xa1\xb2\x3c\x4d", "\x4d\x3c\xb2\xa1",
                                                     "\x0a\x0d\x0d\x0a", "\xa1\xb2\xcd\x34"};

// Reads big-endian integers and strings off the front of octets; all is 0 once they have ended.
class Reader {
 public:
  explicit Reader(std::string_view octets) : rest_(octets) {}

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }
  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  unsigned u8() {
    const std::string_view octet = take(1);
    return octet.empty() ? 0 : static_cast<unsigned char>(octet[0]);
  }
  std::uint16_t u16() {
    const unsigned high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::string address_text(std::string_view octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = octets.size() == 4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, octets.data(), text.data(), text.size());
  return text.data();
}

// The name at the front, which in a question is never compressed.
std::optional<dns::Name> take_name(Reader& reader) {
  std::string wire;
  for (;;) {
    const unsigned length = reader.u8();
    if (!reader.ok() || length > 63 || wire.size() > 255) return std::nullopt;
    wire += static_cast<char>(length);
    if (length == 0) break;
    wire += reader.take(length);
  }
  auto name = dns::Name::from_wire(wire);
  return name.ok() ? std::optional(*std::move(name)) : std::nullopt;
}

// The client of a client subnet option: nothing if it says nothing of the client, or is malformed.
std::string subnet_text(std::string_view data) {
  Reader reader(data);
  const unsigned family = reader.u16();
  const unsigned length = reader.u8();
  reader.u8();
  const std::size_t size = family == 1 ? 4 : 16;
  if (!reader.ok() || (family != 1 && family != 2) || length == 0 || length > 8 * size ||
      reader.rest().size() != (length + 7) / 8)
    return "";
  std::string address(reader.rest());
  if (length % 8 != 0)
    address.back() = static_cast<char>(address.back() & static_cast<char>(0xff00 >> length % 8));
  address.resize(size, '\0');
  return absl::StrCat(address_text(address), "/", length);
}

// The client that an OPT record among `records` tells.
std::string subnet_in(Reader& reader, unsigned records) {
  for (unsigned i = 0; i < records && reader.ok(); ++i) {
    if (!take_name(reader)) return "";
    const std::uint16_t type = reader.u16();
    reader.take(6);  // class and TTL
    Reader options(reader.take(reader.u16()));
    if (type != static_cast<std::uint16_t>(dns::RRType::kOpt)) continue;
    while (options.ok() && !options.rest().empty()) {
      const std::uint16_t code = options.u16();
      const std::string_view data = options.take(options.u16());
      if (options.ok() && code == kSubnetOption) return subnet_text(data);
    }
  }
  return "";
}

std::optional<CapturedQuery> read_udp(std::string_view datagram, const std::string& source) {
  Reader reader(datagram);
  reader.u16();
  const std::uint16_t destination_port = reader.u16();
  const std::uint16_t length = reader.u16();
  reader.u16();
  if (!reader.ok() || destination_port != kDnsPort || length < 8) return std::nullopt;
  return read_query(reader.rest().substr(0, length - 8u), source);
}

std::optional<CapturedQuery> read_ipv4(std::string_view packet) {
  Reader reader(packet);
  const unsigned header = 4 * (reader.u8() & 15);
  reader.take(5);
  const bool fragment = (reader.u16() & 0x3fff) != 0;
  reader.u8();
  const unsigned protocol = reader.u8();
  reader.u16();
  const std::string_view source = reader.take(4);
  if (!reader.ok() || header < 20 || packet.size() < header || fragment || protocol != kUdp)
    return std::nullopt;
  return read_udp(packet.substr(header), address_text(source));
}

std::optional<CapturedQuery> read_ipv6(std::string_view packet) {
  Reader reader(packet);
  reader.take(6);
  const unsigned next_header = reader.u8();
  reader.u8();
  const std::string_view source = reader.take(16);
  reader.take(16);
  if (!reader.ok() || next_header != kUdp) return std::nullopt;
  return read_udp(reader.rest(), address_text(source));
}

// The IP packet in a frame of a link type; empty if it holds none.
std::string_view packet_in(int link_type, std::string_view frame) {
  Reader reader(frame);
  std::uint16_t type = 0;
  switch (link_type) {
    case DLT_RAW:
    case DLT_IPV4:
    case DLT_IPV6:
      return frame;
    case DLT_NULL:
    case DLT_LOOP:
      reader.take(4);
      return reader.rest();
    case DLT_EN10MB:
      reader.take(12);
      type = reader.u16();
      break;
    case DLT_LINUX_SLL:
      reader.take(14);
      type = reader.u16();
      break;
    case DLT_LINUX_SLL2:
      type = reader.u16();
      reader.take(18);
      break;
    default:
      return {};
  }
  for (int tags = 0; tags < 2 && (type == kEtherVlan || type == kEtherServiceVlan); ++tags) {
    reader.u16();
    type = reader.u16();
  }
  return type == kEtherIpv4 || type == kEtherIpv6 ? reader.rest() : std::string_view();
}

}  // namespace

std::optional<CapturedQuery> read_query(std::string_view message, const std::string& source) {
  if (message.size() < kHeaderOctets) return std::nullopt;
  Reader reader(message);
  reader.u16();
  const std::uint16_t flags = reader.u16();
  const std::uint16_t questions = reader.u16();
  const std::uint16_t answers = reader.u16();
  const std::uint16_t authorities = reader.u16();
  const std::uint16_t additionals = reader.u16();
  if ((flags & kNotAQuery) != 0 || questions != 1 || answers != 0 || authorities != 0)
    return std::nullopt;
  std::optional<dns::Name> name = take_name(reader);
  const auto type = static_cast<dns::RRType>(reader.u16());
  const std::uint16_t in = reader.u16();
  if (!name || !reader.ok() || in != kClassIn) return std::nullopt;
  const std::string subnet = subnet_in(reader, additionals);
  return CapturedQuery{subnet.empty() ? source : subnet, *std::move(name), type};
}

std::optional<CapturedQuery> read_packet(std::string_view packet) {
  if (packet.empty()) return std::nullopt;
  switch (static_cast<unsigned char>(packet[0]) >> 4) {
    case 4:
      return read_ipv4(packet);
    case 6:
      return read_ipv6(packet);
    default:
      return std::nullopt;
  }
}

absl::Status read_capture(const std::string& path,
                          const std::function<absl::Status(const CapturedQuery&)>& on_query) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> capture(
      pcap_open_offline(path.c_str(), error.data()), &pcap_close);
  if (capture == nullptr) return invalid_argument(path, ": ", error.data());
  const int link_type = pcap_datalink(capture.get());
  pcap_pkthdr* header = nullptr;
  const u_char* octets = nullptr;
  int result = 0;
  while ((result = pcap_next_ex(capture.get(), &header, &octets)) == 1) {
    const std::string_view frame(reinterpret_cast<const char*>(octets), header->caplen);
    const std::optional<CapturedQuery> query = read_packet(packet_in(link_type, frame));
    if (query) RETURN_IF_ERROR(on_query(*query));
  }
  if (result == PCAP_ERROR) return invalid_argument(path, ": ", pcap_geterr(capture.get()));
  return absl::OkStatus();
}

bool is_capture(std::string_view begin) {
  return std::any_of(kMagics.begin(), kMagics.end(),
                     [&](std::string_view magic) { return begin.starts_with(magic); });
}

}  // namespace signpost::cli
