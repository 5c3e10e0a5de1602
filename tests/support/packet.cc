#include "tests/support/packet.h"

#include <arpa/inet.h>

namespace signpost::testing {
namespace {

constexpr unsigned kUdp = 17;
const std::string kClientMac("\x02\x00\x00\x00\x00\x01", 6);
const std::string kServerMac("\x02\x00\x00\x00\x00\x02", 6);

unsigned number_16(std::string_view octets, std::size_t at) {
  return static_cast<unsigned char>(octets[at]) << 8 | static_cast<unsigned char>(octets[at + 1]);
}

bool is_ipv6(std::string_view text) { return text.find(':') != std::string_view::npos; }

std::string address_octets(const std::string& text) {
  char octets[16];
  const bool ipv6 = is_ipv6(text);
  if (inet_pton(ipv6 ? AF_INET6 : AF_INET, text.c_str(), octets) != 1) return "";
  return std::string(octets, ipv6 ? 16 : 4);
}

// The pseudo header of UDP (RFC 768, RFC 8200 section 8.1), in IPv6's form; the sum is the same.
std::string pseudo_header(std::string_view source, std::string_view destination,
                          std::size_t length) {
  return std::string(source) + std::string(destination) +
         octets_32(static_cast<std::uint32_t>(length)) + octets_32(kUdp);
}

std::string udp_datagram(const Frame& frame) {
  const std::size_t length = frame.udp_length.value_or(8 + frame.payload.size());
  std::string udp = octets_16(frame.client_port) + octets_16(frame.server_port) +
                    octets_16(static_cast<unsigned>(length)) + octets_16(0) + frame.payload;
  unsigned checksum = internet_checksum(
      pseudo_header(address_octets(frame.client), address_octets(frame.server), udp.size()) + udp);
  if (checksum == 0) checksum = 0xffff;
  udp.replace(6, 2, octets_16(frame.udp_checksum.value_or(checksum)));
  return udp;
}

std::string ipv4_packet(const Frame& frame, const std::string& udp) {
  const std::size_t header_length = 20 + frame.ipv4_options.size();
  const unsigned length =
      frame.ip_length.value_or(static_cast<unsigned>(header_length + udp.size()));
  std::string header;
  header += static_cast<char>(0x40 | header_length / 4);
  header += '\0';
  header += octets_16(length) + octets_16(0x4242) + octets_16(frame.fragment);
  header += static_cast<char>(57);
  header += static_cast<char>(frame.protocol);
  header += octets_16(0) + address_octets(frame.client) + address_octets(frame.server);
  header += frame.ipv4_options;
  header.replace(10, 2, octets_16(internet_checksum(header)));
  return header + udp;
}

std::string ipv6_packet(const Frame& frame, const std::string& udp) {
  const std::string payload = frame.ipv6_extension + udp;
  std::string header = octets_32(0x60012345);
  header += octets_16(frame.ip_length.value_or(static_cast<unsigned>(payload.size())));
  header += static_cast<char>(frame.protocol);
  header += static_cast<char>(57);
  return header + address_octets(frame.client) + address_octets(frame.server) + payload;
}

bool fail(std::string* error, const char* text) {
  *error = text;
  return false;
}

// Reads the IP header at the front of `packet`, which is left as the UDP datagram.
bool take_ipv4(std::string_view* packet, Reply* reply, std::string* error) {
  if (packet->size() < 28 || (*packet)[0] != 0x45) return fail(error, "no plain IPv4 header");
  if (number_16(*packet, 2) != packet->size()) return fail(error, "IPv4 total length");
  if (internet_checksum(packet->substr(0, 20)) != 0) return fail(error, "IPv4 header checksum");
  if (number_16(*packet, 6) != 0x4000) return fail(error, "IPv4 flags are not just DF");
  if ((*packet)[9] != kUdp) return fail(error, "IPv4 protocol");
  reply->hop_limit = static_cast<unsigned char>((*packet)[8]);
  reply->server = packet->substr(12, 4);
  reply->client = packet->substr(16, 4);
  packet->remove_prefix(20);
  return true;
}

bool take_ipv6(std::string_view* packet, Reply* reply, std::string* error) {
  if (packet->size() < 48 || static_cast<unsigned char>((*packet)[0]) >> 4 != 6)
    return fail(error, "no IPv6 header");
  if (number_16(*packet, 4) + 40 != packet->size()) return fail(error, "IPv6 payload length");
  if ((*packet)[6] != kUdp) return fail(error, "IPv6 next header");
  reply->hop_limit = static_cast<unsigned char>((*packet)[7]);
  reply->server = packet->substr(8, 16);
  reply->client = packet->substr(24, 16);
  packet->remove_prefix(40);
  return true;
}

bool take_link(std::string_view* frame, Reply* reply, unsigned* type, std::string* error) {
  std::size_t at = 12;
  do {
    if (frame->size() < at + 2) return fail(error, "frame ends in its link header");
    *type = number_16(*frame, at);
    at += *type == 0x8100 || *type == 0x88a8 ? 4 : 2;
  } while (*type == 0x8100 || *type == 0x88a8);
  reply->link = frame->substr(0, at);
  frame->remove_prefix(at);
  return true;
}

bool take_udp(std::string_view datagram, Reply* reply, std::string* error) {
  if (number_16(datagram, 4) != datagram.size()) return fail(error, "UDP length");
  if (number_16(datagram, 6) == 0) return fail(error, "no UDP checksum");
  if (internet_checksum(pseudo_header(reply->server, reply->client, datagram.size()) +
                        std::string(datagram)) != 0)
    return fail(error, "UDP checksum");
  reply->server_port = number_16(datagram, 0);
  reply->client_port = number_16(datagram, 2);
  reply->message = datagram.substr(8);
  return true;
}

}  // namespace

std::string octets_16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string octets_32(std::uint32_t value) {
  return octets_16(value >> 16) + octets_16(value & 0xffff);
}

std::string wire_name(const std::vector<std::string>& labels) {
  std::string wire;
  for (const std::string& label : labels) {
    wire += static_cast<char>(label.size());
    wire += label;
  }
  return wire + '\0';
}

std::string wire_name(std::string_view text) {
  std::vector<std::string> labels;
  while (!text.empty() && text != ".") {
    const std::size_t dot = std::min(text.find('.'), text.size());
    labels.emplace_back(text.substr(0, dot));
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return wire_name(labels);
}

std::uint16_t internet_checksum(std::string_view octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); i++)
    sum += static_cast<unsigned char>(octets[i]) << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::string Edns::wire() const {
  return std::string(1, '\0') + octets_16(41) + octets_16(udp_size) +
         octets_32(version << 16 | (dnssec_ok ? 0x8000u : 0u)) +
         octets_16(static_cast<unsigned>(options.size())) + options;
}

std::string edns_option(unsigned code, std::string_view data) {
  return octets_16(code) + octets_16(static_cast<unsigned>(data.size())) + std::string(data);
}

std::string client_subnet(unsigned family, unsigned source, unsigned scope,
                          std::string_view address) {
  std::string data = octets_16(family);
  data += static_cast<char>(source);
  data += static_cast<char>(scope);
  return edns_option(8, data + std::string(address));
}

std::string QueryMessage::wire() const {
  std::string message = octets_16(id) + octets_16(flags) + octets_16(qdcount) + octets_16(ancount) +
                        octets_16(nscount) + octets_16(arcount.value_or(edns ? 1 : 0));
  message += name + octets_16(type) + octets_16(qclass);
  if (edns) message += edns->wire();
  return message + trailing;
}

std::string Frame::wire() const {
  std::string frame = kServerMac + kClientMac;
  for (const std::uint32_t tag : vlan_tags) frame += octets_32(tag);
  const std::string udp = udp_datagram(*this);
  frame += is_ipv6(client) ? octets_16(0x86dd) + ipv6_packet(*this, udp)
                           : octets_16(0x0800) + ipv4_packet(*this, udp);
  return frame + padding;
}

std::string query_frame(const QueryMessage& query) {
  Frame frame;
  frame.payload = query.wire();
  return frame.wire();
}

std::optional<Reply> parse_reply(std::string_view frame, std::string* error) {
  Reply reply;
  unsigned type = 0;
  if (!take_link(&frame, &reply, &type, error)) return std::nullopt;
  if (type == 0x0800 ? !take_ipv4(&frame, &reply, error) : !take_ipv6(&frame, &reply, error))
    return std::nullopt;
  if (!take_udp(frame, &reply, error)) return std::nullopt;
  return reply;
}

std::optional<Reply> parse_reply_to(std::string_view query, std::string_view frame,
                                    std::string* error) {
  auto reply = parse_reply(frame, error);
  if (!reply) return std::nullopt;
  const std::size_t link = reply->link.size();
  const bool ipv6 = reply->client.size() == 16;
  const std::size_t addresses = link + (ipv6 ? 8 : 12);
  const std::size_t ports = link + (ipv6 ? 40 : 20);
  const std::string turned = std::string(query.substr(6, 6)) + std::string(query.substr(0, 6)) +
                             std::string(query.substr(12, link - 12));
  if (reply->link != turned) return *error = "link header is not the query's, turned", std::nullopt;
  if (query.substr(addresses, reply->client.size()) != reply->client ||
      query.substr(addresses + reply->client.size(), reply->server.size()) != reply->server)
    return *error = "addresses are not the query's, swapped", std::nullopt;
  if (number_16(query, ports) != reply->client_port ||
      number_16(query, ports + 2) != reply->server_port)
    return *error = "ports are not the query's, swapped", std::nullopt;
  return reply;
}

}  // namespace signpost::testing
