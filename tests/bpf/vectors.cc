#include "tests/bpf/vectors.h"

#include <utility>

#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

const std::string kHopByHop("\x11\0\x01\x04\0\0\0\0", 8);  // UDP follows; padding

class Collector {
 public:
  void add(const std::string& what, reason verdict, const Frame& frame) {
    vectors_.push_back({what, frame.wire(), verdict});
  }

  // A vector that differs from a plain query in its message.
  template <typename Change>
  void query(const std::string& what, reason verdict, Change change) {
    QueryMessage query;
    change(query);
    Frame frame;
    frame.payload = query.wire();
    add(what, verdict, frame);
  }

  // A vector that differs from a plain query in its frame.
  template <typename Change>
  void frame(const std::string& what, reason verdict, Change change) {
    Frame frame;
    frame.payload = QueryMessage{}.wire();
    change(frame);
    add(what, verdict, frame);
  }

  void ask(const std::string& name, unsigned type, reason verdict) {
    query(name + " " + std::to_string(type), verdict, [&](QueryMessage& q) {
      q.name = wire_name(name);
      q.type = type;
    });
  }

  void edns(const std::string& what, reason verdict, const Edns& edns) {
    query(what, verdict, [&](QueryMessage& q) { q.edns = edns; });
  }

  void option(const std::string& what, reason verdict, const std::string& options) {
    Edns edns;
    edns.options = options;
    this->edns(what, verdict, edns);
  }

  std::vector<Vector> take() { return std::move(vectors_); }

 private:
  std::vector<Vector> vectors_;
};

void add_names(Collector& c) {
  c.ask("www.example.com", 1, REASON_ANSWERED);
  c.ask("WWW.eXample.COM", 28, REASON_ANSWERED);
  c.ask("api.example.com", 1, REASON_ANSWERED);
  c.ask("hundred.example.com", 1, REASON_ANSWERED);
  c.ask("sticky.api.example.com", 1, REASON_ANSWERED);
  c.ask("long.example.com", 16, REASON_ANSWERED);
  c.ask("big.example.com", 16, REASON_CUT);
  for (unsigned type = 1; type <= 14; type++) c.ask("many.example.com", type, REASON_ANSWERED);
  c.ask("many.example.com", 15, REASON_NODATA);
  c.ask("www.example.com", 15, REASON_NODATA);
  c.ask("example.com", 1, REASON_NODATA);
  c.ask("missing.example.com", 1, REASON_NXDOMAIN);
  c.ask("far.below.a.missing.example.com", 1, REASON_NXDOMAIN);
  c.ask("below.www.example.com", 1, REASON_NXDOMAIN);
  c.ask("x.wild.example.com", 1, REASON_ANSWERED);
  c.ask("x.y.z.wild.example.com", 1, REASON_ANSWERED);
  c.ask("*.wild.example.com", 1, REASON_ANSWERED);
  c.ask("x.wild.example.com", 16, REASON_NODATA);
  c.ask("wild.example.com", 1, REASON_NODATA);
  c.ask("ent.wild.example.com", 1, REASON_NODATA);
  c.ask("x.ent.wild.example.com", 1, REASON_NXDOMAIN);
  c.ask("void.example.com", 1, REASON_NXDOMAIN);
  c.ask("x.void.example.com", 1, REASON_NXDOMAIN);
  c.ask("deep.void.example.com", 1, REASON_NODATA);
  c.ask("sub.example.com", 1, REASON_DELEGATION);
  c.ask("host.sub.example.com", 1, REASON_DELEGATION);
  c.ask("dname.example.com", 39, REASON_ANSWERED);
  c.ask("x.dname.example.com", 1, REASON_DELEGATION);
  c.ask("unheld.example.com", 1, REASON_NOT_PRECOMPUTED);
  c.ask(".", 2, REASON_OUT_OF_ZONE);
  c.ask("com", 2, REASON_OUT_OF_ZONE);
  c.ask("example.net", 1, REASON_OUT_OF_ZONE);
  c.ask("example.org", 1, REASON_OUT_OF_ZONE);
}

void add_questions(Collector& c) {
  for (const unsigned type : {0u, 41u, 128u, 250u, 251u, 252u, 255u})
    c.ask("www.example.com", type, REASON_QTYPE);
  c.ask("www.example.com", 256, REASON_NODATA);
  c.query("class CH", REASON_CLASS, [](QueryMessage& q) { q.qclass = 3; });
  c.query("class ANY", REASON_CLASS, [](QueryMessage& q) { q.qclass = 255; });
  c.query("a response", REASON_NOT_QUERY, [](QueryMessage& q) { q.flags = 0x8100; });
  c.query("NOTIFY", REASON_NOT_QUERY, [](QueryMessage& q) { q.flags = 0x2000; });
  c.query("TC", REASON_NOT_QUERY, [](QueryMessage& q) { q.flags = 0x0200; });
  c.query("every harmless flag", REASON_ANSWERED, [](QueryMessage& q) { q.flags = 0x05f0; });
  c.query("no question", REASON_NOT_QUERY, [](QueryMessage& q) { q.qdcount = 0; });
  c.query("two questions", REASON_NOT_QUERY, [](QueryMessage& q) { q.qdcount = 2; });
  c.query("an answer", REASON_NOT_QUERY, [](QueryMessage& q) { q.ancount = 1; });
  c.query("an authority", REASON_NOT_QUERY, [](QueryMessage& q) { q.nscount = 1; });
  c.query("a compressed name", REASON_BAD_NAME, [](QueryMessage& q) { q.name = "\xc0\x0c"; });
  c.query("a label of 64", REASON_BAD_NAME, [](QueryMessage& q) {
    q.name = wire_name({std::string(64, 'a'), "com"});
  });
  c.query("a name of 256", REASON_BAD_NAME, [](QueryMessage& q) {
    q.name = wire_name(
        {std::string(63, 'a'), std::string(63, 'b'), std::string(63, 'c'), std::string(62, 'd')});
  });
  c.query("a name without end", REASON_BAD_NAME, [](QueryMessage& q) {
    q.name =
        "\x3f"
        "abc";
  });
  c.query("octets behind the question", REASON_BAD_LENGTH,
          [](QueryMessage& q) { q.trailing = "x"; });
  c.query("too long", REASON_TOO_LONG, [](QueryMessage& q) {
    q.edns = Edns{};
    q.edns->options = edns_option(12, std::string(480, '\0'));
  });
}

void add_edns(Collector& c) {
  c.edns("EDNS", REASON_ANSWERED, {});
  c.edns("DO", REASON_ANSWERED, {.udp_size = 4096, .dnssec_ok = true});
  c.edns("size 0 means 512", REASON_ANSWERED, {.udp_size = 0});
  c.edns("version 1", REASON_EDNS_VERSION, {.version = 1});
  c.option("cookie, NSID, keepalive, padding and unknown", REASON_ANSWERED,
           edns_option(10, "01234567") + edns_option(3, "") + edns_option(11, "") +
               edns_option(12, std::string(20, '\0')) + edns_option(65001, "x"));
  c.option("a query for the zone's version", REASON_EDNS_OPTION, edns_option(19, ""));
  const std::string net("\xcb\x00\x71", 3);
  c.option("a client's /24", REASON_ANSWERED, client_subnet(1, 24, 0, net));
  c.option("a client's /0", REASON_ANSWERED, client_subnet(1, 0, 0, ""));
  c.option("a client's /0 of no family", REASON_ANSWERED, client_subnet(0, 0, 0, ""));
  c.option("a client's IPv6 /56", REASON_ANSWERED,
           client_subnet(2, 56, 0, std::string("\x20\x01\x0d\xb8\0\0\0", 7)));
  c.option("a client's IPv6 /128", REASON_ANSWERED, client_subnet(2, 128, 0, std::string(16, 'x')));
  c.option("a subnet with scope", REASON_BAD_EDNS, client_subnet(1, 24, 24, net));
  c.option("a subnet with host bits", REASON_BAD_EDNS, client_subnet(1, 23, 0, net));
  c.option("a subnet too short", REASON_BAD_EDNS, client_subnet(1, 25, 0, net));
  c.option("a subnet too long", REASON_BAD_EDNS, client_subnet(1, 16, 0, net));
  c.option("a subnet of 33 bits", REASON_BAD_EDNS,
           client_subnet(1, 33, 0, net + std::string(2, 0)));
  c.option("a subnet of family 3", REASON_BAD_EDNS, client_subnet(3, 24, 0, net));
  c.option("a subnet of 3 octets", REASON_BAD_EDNS, edns_option(8, std::string(3, '\0')));
  c.option("two subnets", REASON_BAD_EDNS,
           client_subnet(1, 24, 0, net) + client_subnet(1, 24, 0, net));
  c.option("half an option", REASON_BAD_EDNS, std::string("\0\x0a\0", 3));
  c.option("an option that exceeds OPT", REASON_BAD_EDNS,
           std::string("\0\x0a\0\x09"
                       "12345678",
                       12));
  std::string options;
  for (int i = 0; i < 8; i++) options += edns_option(65001, "");
  c.option("eight options", REASON_ANSWERED, options);
  c.option("nine options", REASON_EDNS_OPTION, options + edns_option(65001, ""));
  c.query("OPT cut off", REASON_BAD_EDNS, [](QueryMessage& q) {
    q.arcount = 1;
    q.trailing = Edns{}.wire().substr(0, 10);
  });
  c.query("two OPT", REASON_BAD_EDNS, [](QueryMessage& q) {
    q.edns = Edns{};
    q.arcount = 2;
    q.trailing = Edns{}.wire();
  });
  c.query("another additional record", REASON_BAD_EDNS, [](QueryMessage& q) {
    q.arcount = 1;
    q.trailing = wire_name("x") + std::string("\0\x01\0\x01\0\0\0\0\0\0", 10);
  });
  c.query("a root record that is no OPT", REASON_BAD_EDNS, [](QueryMessage& q) {
    q.arcount = 1;
    q.trailing = wire_name(".") + std::string("\0\x01\0\x01\0\0\0\0\0\0", 10);
  });
  c.query("octets behind OPT", REASON_BAD_LENGTH, [](QueryMessage& q) {
    q.edns = Edns{};
    q.trailing = "x";
  });
  c.query("a big answer that the client takes", REASON_ANSWERED, [](QueryMessage& q) {
    q.name = wire_name("big.example.com");
    q.type = 16;
    q.edns = Edns{.udp_size = 4096};
  });
}

void add_frames(Collector& c) {
  const auto ipv6 = [](Frame& f) {
    f.client = "2001:db8:1::7";
    f.server = "2001:db8::53";
  };
  c.frame("IPv6", REASON_ANSWERED, ipv6);
  c.frame("one VLAN tag", REASON_ANSWERED, [](Frame& f) { f.vlan_tags = {0x81000005}; });
  c.frame("two VLAN tags, IPv6", REASON_ANSWERED, [&](Frame& f) {
    ipv6(f);
    f.vlan_tags = {0x88a80005, 0x81002006};
  });
  c.frame("three VLAN tags", REASON_NOT_DNS, [](Frame& f) {
    f.vlan_tags = {0x88a80005, 0x81000006, 0x81000007};
  });
  c.frame("padding", REASON_ANSWERED, [](Frame& f) { f.padding = std::string(18, '\0'); });
  c.frame("no UDP checksum", REASON_ANSWERED, [](Frame& f) { f.udp_checksum = 0; });
  c.frame("a partial UDP checksum", REASON_ANSWERED, [](Frame& f) { f.udp_checksum = 0x1234; });
  c.frame("TCP", REASON_NOT_DNS, [](Frame& f) { f.protocol = 6; });
  c.frame("another port", REASON_NOT_DNS, [](Frame& f) { f.server_port = 54; });
  c.frame("another address", REASON_NOT_DNS, [](Frame& f) { f.server = "192.0.2.54"; });
  c.frame("another IPv6 address", REASON_NOT_DNS, [&](Frame& f) {
    ipv6(f);
    f.server = "2001:db8::54";
  });
  c.frame("more fragments", REASON_FRAGMENT, [](Frame& f) { f.fragment = 0x2000; });
  c.frame("a later fragment", REASON_FRAGMENT, [](Frame& f) { f.fragment = 0x0010; });
  c.frame("DF", REASON_ANSWERED, [](Frame& f) { f.fragment = 0x4000; });
  c.frame("IPv4 options", REASON_FRAGMENT, [](Frame& f) { f.ipv4_options = "\x01\x01\x01\x01"; });
  c.frame("an IPv6 extension header", REASON_FRAGMENT, [&](Frame& f) {
    ipv6(f);
    f.protocol = 0;
    f.ipv6_extension = kHopByHop;
  });
  c.frame("an IPv6 fragment", REASON_FRAGMENT, [&](Frame& f) {
    ipv6(f);
    f.protocol = 44;
    f.ipv6_extension = kHopByHop;
  });
  c.frame("ICMPv6", REASON_NOT_DNS, [&](Frame& f) {
    ipv6(f);
    f.protocol = 58;
  });
  for (const int difference : {-1, 1}) {
    const unsigned length =
        static_cast<unsigned>(static_cast<int>(QueryMessage{}.wire().size()) + difference);
    c.frame("UDP length", REASON_BAD_LENGTH, [&](Frame& f) { f.udp_length = 8 + length; });
    c.frame("IPv4 total length", REASON_BAD_LENGTH, [&](Frame& f) { f.ip_length = 28 + length; });
    c.frame("both lengths", REASON_BAD_LENGTH, [&](Frame& f) {
      if (difference < 0) f.payload += "x";  // a message that goes on behind its question
      f.udp_length = 8 + length + (difference < 0 ? 2 : 0);
      f.ip_length = 28 + length + (difference < 0 ? 2 : 0);
    });
    c.frame("IPv6 payload length", REASON_BAD_LENGTH, [&](Frame& f) {
      ipv6(f);
      f.ip_length = 8 + length;
    });
  }
  c.frame("an IPv4 total length of 0", REASON_BAD_LENGTH, [](Frame& f) { f.ip_length = 0; });
  c.frame("a header alone", REASON_BAD_LENGTH, [](Frame& f) { f.payload.resize(12); });
  c.frame("an empty datagram", REASON_BAD_LENGTH, [](Frame& f) { f.payload.clear(); });
  c.frame("source port 0", REASON_BAD_SOURCE, [](Frame& f) { f.client_port = 0; });
  c.frame("source port 53", REASON_BAD_SOURCE, [](Frame& f) { f.client_port = 53; });
  for (const char* source : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.53"})
    c.frame(source, REASON_BAD_SOURCE, [&](Frame& f) { f.client = source; });
  for (const char* source : {"::", "::1", "ff02::1", "::ffff:127.0.0.1", "2001:db8::53"})
    c.frame(source, REASON_BAD_SOURCE, [&](Frame& f) {
      ipv6(f);
      f.client = source;
    });
}

void add_broken(std::vector<Vector>& vectors) {
  std::string group = query_frame({});
  group[0] = '\x01';
  vectors.push_back({"a group address", group, REASON_NOT_DNS});
  std::string arp = query_frame({});
  arp[13] = '\x06';
  vectors.push_back({"ARP", arp, REASON_NOT_DNS});
  std::string version = query_frame({});
  version[14] = '\x65';
  vectors.push_back({"IPv4 that says 6", version, REASON_NOT_DNS});
  Frame ipv6;
  ipv6.payload = QueryMessage{}.wire();
  ipv6.client = "2001:db8:1::7";
  ipv6.server = "2001:db8::53";
  version = ipv6.wire();
  version[14] = '\x45';
  vectors.push_back({"IPv6 that says 4", version, REASON_NOT_DNS});
}

void add_local(Collector& c) {
  c.ask("local.example.com", 1, REASON_ANSWERED);
  c.ask("local.example.com", 2, REASON_NODATA);
  const auto subnet = [&c](unsigned family, unsigned source, const std::string& address,
                           reason verdict) {
    const std::string what =
        "local to " + std::to_string(family) + "/" + std::to_string(source) + " of client subnet";
    c.query(what, verdict, [&](QueryMessage& q) {
      q.name = wire_name("local.example.com");
      const std::string sent = address.substr(0, (source + 7) / 8);
      q.edns = Edns{.options = client_subnet(family, source, 0, sent)};
    });
  };
  const std::string halves("\xcb\x00\x71\x00", 4);
  const std::string ring("\xc0\x58\x63\x00", 4);
  const std::string large("\xc0\x58\x64\x00", 4);
  const std::string passed("\xcb\x00\x71\x80", 4);
  const std::string documentation("\x20\x01\x0d\xb8\x00", 5);
  const std::string deep = documentation + '\2' + std::string(9, '\0') + '\1';
  const std::string site = documentation + '\1' + std::string(10, '\0');
  for (unsigned source = 25; source <= 32; ++source) {
    subnet(1, source, halves, REASON_ANSWERED);
    subnet(1, source, passed, REASON_NOT_PRECOMPUTED);
  }
  for (unsigned source = 22; source <= 24; ++source)
    subnet(1, source, std::string("\xcb\x00\x70\x00", 4), REASON_ANSWERED);
  subnet(1, 24, halves, REASON_LOCALITY_UNSURE);
  subnet(1, 8, halves, REASON_ANSWERED);  // the leaf of 203.0.0.0 is that of all addresses
  subnet(1, 0, halves, REASON_ANSWERED);
  subnet(0, 0, halves, REASON_ANSWERED);
  subnet(2, 0, deep, REASON_ANSWERED);
  for (int i = 0; i < 12; ++i) subnet(1, 24, ring, REASON_ANSWERED);
  subnet(1, 30, large, REASON_ANSWERED);
  subnet(1, 29, large, REASON_LOCALITY_UNSURE);
  subnet(2, 128, deep, REASON_ANSWERED);
  subnet(2, 127, documentation + '\2' + std::string(10, '\0'), REASON_LOCALITY_UNSURE);
  subnet(2, 48, site, REASON_ANSWERED);
  subnet(2, 56, site, REASON_ANSWERED);
  subnet(2, 47, documentation + std::string(11, '\0'), REASON_ANSWERED);
  for (const char* client : {"2001:db8:1::7", "2001:db8:2::", "2001:db8:2::1", "2001:db8:2::2"})
    c.frame(client, REASON_ANSWERED, [&](Frame& f) {
      f.client = client;
      f.server = "2001:db8::53";
      QueryMessage query;
      query.name = wire_name("local.example.com");
      f.payload = query.wire();
    });
  c.frame("a client whose class is passed", REASON_NOT_PRECOMPUTED, [&](Frame& f) {
    f.client = "203.0.113.200";
    QueryMessage query;
    query.name = wire_name("local.example.com");
    f.payload = query.wire();
  });
  c.frame("a client whose answer is too large", REASON_CUT, [&](Frame& f) {
    f.client = "192.88.100.3";
    QueryMessage query;
    query.name = wire_name("local.example.com");
    f.payload = query.wire();
  });
}

}  // namespace

std::vector<Vector> example_vectors() {
  Collector collector;
  add_names(collector);
  add_questions(collector);
  add_edns(collector);
  add_frames(collector);
  add_local(collector);
  std::vector<Vector> vectors = collector.take();
  add_broken(vectors);
  return vectors;
}

}  // namespace signpost::testing
