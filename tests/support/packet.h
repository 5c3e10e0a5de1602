// Builds the frames that clients send, and takes reply frames apart, checking every length and
// checksum on the way. Nothing here shares code with the program under test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::testing {

// Octets of numbers on the wire.
std::string octets_16(unsigned value);
std::string octets_32(std::uint32_t value);

// The wire form of a name in text, "www.example.com" or "." (no escapes), and the name of `labels`.
std::string wire_name(std::string_view text);
std::string wire_name(const std::vector<std::string>& labels);

// The Internet checksum (RFC 1071) of octets: 0 over data that holds a right checksum.
std::uint16_t internet_checksum(std::string_view octets);

// An OPT record (RFC 6891).
struct Edns {
  unsigned udp_size = 1232;
  unsigned version = 0;
  bool dnssec_ok = false;
  std::string options = {};  // as on the wire

  std::string wire() const;
};

// One EDNS option on the wire.
std::string edns_option(unsigned code, std::string_view data);
// The client subnet option (RFC 7871); `address` holds the octets that are sent.
std::string client_subnet(unsigned family, unsigned source, unsigned scope,
                          std::string_view address);

// A DNS query; every default is that of a plain one.
struct QueryMessage {
  std::string name = wire_name("www.example.com");
  unsigned type = 1;
  unsigned qclass = 1;
  unsigned id = 0x1234;
  unsigned flags = 0x0100;  // RD
  unsigned qdcount = 1;
  unsigned ancount = 0;
  unsigned nscount = 0;
  std::optional<unsigned> arcount;  // none: 1 with EDNS, else 0
  std::optional<Edns> edns;
  std::string trailing;  // octets behind OPT

  std::string wire() const;
};

// A frame with a UDP datagram; every default is right.
struct Frame {
  std::string payload;
  std::string client = "198.51.100.7";  // IPv6 if it has a colon, and then so must the server be
  std::string server = "192.0.2.53";
  unsigned client_port = 40000;
  unsigned server_port = 53;
  std::vector<std::uint32_t> vlan_tags;  // TPID << 16 | TCI, the outer one first
  std::string padding;                   // behind the IP packet

  // Deviations for hostile packets.
  std::optional<unsigned> udp_length;
  std::optional<unsigned> ip_length;  // IPv4: total length; IPv6: payload length
  std::optional<unsigned> udp_checksum;
  unsigned protocol = 17;
  unsigned fragment = 0;       // IPv4: flags and offset
  std::string ipv4_options;    // a multiple of 4 octets
  std::string ipv6_extension;  // between IPv6 and UDP; `protocol` is its type

  std::string wire() const;
};

// A frame with a query, for the common case.
std::string query_frame(const QueryMessage& query);

// A reply frame taken apart.
struct Reply {
  std::string message;         // the DNS message
  std::string link;            // Ethernet header and VLAN tags
  std::string client, server;  // addresses, in octets
  unsigned client_port = 0, server_port = 0;
  unsigned hop_limit = 0;
};

// Takes a frame apart. On anything wrong (a length, a checksum, IPv4 without DF, octets behind the
// message) nothing, and what is wrong in *error.
std::optional<Reply> parse_reply(std::string_view frame, std::string* error);

// The same, and that it goes back where `query` came from: addresses, ports, MACs and VLAN tags.
std::optional<Reply> parse_reply_to(std::string_view query, std::string_view frame,
                                    std::string* error);

}  // namespace signpost::testing
