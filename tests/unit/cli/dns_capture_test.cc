#include "signpost/dns_capture.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/support/folder.h"

namespace signpost::cli {
namespace {

using namespace std::string_literals;

std::string u16(std::size_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

// A query for www.example.com A, with an OPT record of these options.
std::string query(const std::string& options = "") {
  return "\x12\x34\x01\0\0\1\0\0\0\0\0\1"s + "\3www\7example\3com\0\0\1\0\1"s +
         "\0\0\x29\4\xd0\0\0\0\0"s + u16(options.size()) + options;
}

// A client subnet option (RFC 7871).
std::string subnet(int family, int length, const std::string& address) {
  const std::string data = u16(static_cast<std::size_t>(family)) +
                           std::string{static_cast<char>(length), '\0'} + address;
  return "\0\x08"s + u16(data.size()) + data;
}

std::string udp(const std::string& payload, std::size_t port = 53) {
  return u16(40000) + u16(port) + u16(8 + payload.size()) + "\0\0"s + payload;
}

std::string ipv4(const std::string& datagram, const std::string& offset = "\0\0"s) {
  return "\x45\0"s + u16(20 + datagram.size()) + "\0\1"s + offset + "\x40\x11\0\0"s +
         "\xc0\0\2\1"s + "\xc0\0\2\x35"s + datagram;
}

std::string ipv6(const std::string& datagram) {
  const std::string host = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0"s;
  return "\x60\0\0\0"s + u16(datagram.size()) + "\x11\x40"s + host + "\1" + host + "\2" + datagram;
}

std::string ethernet(const std::string& type, const std::string& packet) {
  return std::string(12, '\2') + type + packet;
}

std::string text(const std::optional<CapturedQuery>& query) {
  if (!query) return "none";
  return absl::StrCat(query->client, " ", query->name.text(), " ", dns::to_text(query->type));
}

TEST(DnsCapture, ReadsTheQuestionAndTheSource) {
  EXPECT_EQ(text(read_packet(ipv4(udp(query())))), "192.0.2.1 www.example.com. A");
  EXPECT_EQ(text(read_packet(ipv6(udp(query())))), "2001:db8::1 www.example.com. A");
}

TEST(DnsCapture, PrefersTheClientSubnetToTheSource) {
  const auto client = [](const std::string& options) {
    return read_query(query(options), "192.0.2.1")->client;
  };
  EXPECT_EQ(client(subnet(1, 24, "\xc6\x33\x64")), "198.51.100.0/24");
  EXPECT_EQ(client("\0\x0a\0\2xy"s + subnet(1, 20, "\xc6\x33\x6f")), "198.51.96.0/20")
      << "bits behind the prefix do not count";
  EXPECT_EQ(client(subnet(2, 56, "\x20\x01\x0d\xb8\0\0\1"s)), "2001:db8:0:100::/56");
  EXPECT_EQ(client(subnet(1, 0, "")), "192.0.2.1") << "it says nothing of the client";
  EXPECT_EQ(client(subnet(1, 24, "\xc6\x33")), "192.0.2.1") << "it is cut off";
  EXPECT_EQ(client(subnet(3, 8, "x")), "192.0.2.1");
  EXPECT_EQ(client(subnet(1, 33, "abcde")), "192.0.2.1");
}

TEST(DnsCapture, PassesOverWhatIsNoQuery) {
  EXPECT_FALSE(read_packet(""));
  EXPECT_FALSE(read_packet(ipv4(udp(query(), 5353))));
  EXPECT_FALSE(read_packet(ipv4(udp(query()), "\0\1"s))) << "a fragment";
  std::string other = query();
  other[2] = static_cast<char>(0x81);
  EXPECT_FALSE(read_query(other, "")) << "a reply";
  other = query();
  other[2] = 0x28;
  EXPECT_FALSE(read_query(other, "")) << "an update";
  other = query();
  other[32] = 3;
  EXPECT_FALSE(read_query(other, "")) << "class CHAOS";
}

TEST(DnsCapture, SurvivesAnyOctets) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 random(seed);
  const std::string packet = ipv4(udp(query(subnet(1, 24, "\xc6\x33\x64"))));
  for (std::size_t size = 0; size < packet.size(); ++size) read_packet(packet.substr(0, size));
  for (int i = 0; i < 100000; ++i) {
    std::string damaged = packet;
    for (int flips = 0; flips < 3; ++flips)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    read_packet(damaged);
  }
}

// A capture file in the byte order of this machine.
std::string capture(std::uint32_t link_type, const std::vector<std::string>& frames) {
  const auto u32 = [](std::uint32_t value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  std::string file =
      u32(0xa1b2c3d4) + u32(0x00040002) + u32(0) + u32(0) + u32(65535) + u32(link_type);
  for (const std::string& frame : frames) {
    const auto size = static_cast<std::uint32_t>(frame.size());
    file += u32(1) + u32(0) + u32(size) + u32(size) + frame;
  }
  return file;
}

TEST(DnsCapture, ReadsFilesOfSeveralLinkTypes) {
  constexpr std::uint32_t kEthernet = 1;
  constexpr std::uint32_t kRaw = 101;
  constexpr std::uint32_t kLinuxCooked = 113;
  const std::string packet = ipv4(udp(query()));
  const Folder folder;
  const auto queries = [&](const std::string& file) {
    const std::string path = folder.write("capture.pcap", file);
    EXPECT_TRUE(is_capture(file));
    std::string found;
    const absl::Status status = read_capture(path, [&](const CapturedQuery& query) {
      absl::StrAppend(&found, text(query), "\n");
      return absl::OkStatus();
    });
    return status.ok() ? found : "error: " + std::string(status.message());
  };
  const std::string a = "192.0.2.1 www.example.com. A\n";
  const std::string b = "2001:db8::1 www.example.com. A\n";
  EXPECT_EQ(queries(capture(kEthernet, {ethernet("\x08\0"s, packet), ethernet("\x08\x06"s, packet),
                                        ethernet("\x81\0\0\1\x86\xdd"s, ipv6(udp(query()))),
                                        ethernet("\x88\xa8\0\1\x81\0\0\2\x08\0"s, packet)})),
            a + b + a);
  EXPECT_EQ(queries(capture(kRaw, {packet, ipv6(udp(query()))})), a + b);
  EXPECT_EQ(queries(capture(kLinuxCooked, {std::string(14, '\0') + "\x08\0"s + packet})), a);
  EXPECT_EQ(queries(capture(kRaw, {packet}).substr(0, 60)).substr(0, 6), "error:");
}

TEST(DnsCapture, IsToldFromText) {
  EXPECT_FALSE(is_capture("192.0.2.1 www.example.com A"));
  EXPECT_FALSE(is_capture(""));
  EXPECT_TRUE(is_capture("\x0a\x0d\x0d\x0a"));
}

}  // namespace
}  // namespace signpost::cli
