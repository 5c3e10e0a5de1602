#include "tests/support/question_corpus.h"

#include <arpa/inet.h>

#include "tests/support/config_builder.h"
#include "tests/support/local_answers.h"

namespace signpost::testing {

using dns::RRType;
using model::FailoverRole;
using model::RingMode;

namespace {

const char kZone[] = "example.com.";

model::RecordGroup group(RRType type, RingMode mode, model::RecordSets sets) {
  model::RecordGroup group;
  group.type = type;
  group.ring_mode = mode;
  group.sets = std::move(sets);
  return group;
}

void add_policies(BatchBuilder& batch) {
  for (const RRType type : {RRType::kA, RRType::kAaaa}) {
    const std::string prefix = type == RRType::kA ? "203.0.113." : "2001:db8::";
    batch.group(kZone, "api.example.com.",
                group(type, RingMode::kExact,
                      {weighted("Primary", 50, prefix + "1", "up", type),
                       weighted("Secondary", 30, prefix + "2", "unknown", type),
                       weighted("Tertiary", 20, prefix + "3", "down", type)}));
    batch.group(kZone, "failover.api.example.com.",
                group(type, RingMode::kExact,
                      {failover("p", FailoverRole::kPrimary, prefix + "4", "down", type),
                       failover("s", FailoverRole::kSecondary, prefix + "5", "", type)}));
    batch.group(kZone, "sticky.example.com.",
                group(type, RingMode::kSticky,
                      {weighted("a", 1, prefix + "6", "", type),
                       weighted("b", 2, prefix + "7", "", type)}));
    batch.group(kZone, "random.example.com.",
                group(type, RingMode::kRandom,
                      {weighted("a", 1, prefix + "8", "", type),
                       weighted("b", 3, prefix + "9", "", type)}));
  }
  batch.group(kZone, "split.example.com.",
              group(RRType::kCname, RingMode::kExact,
                    {weighted("w", 3, "www.example.com.", "", RRType::kCname),
                     weighted("x", 1, "api.example.com.", "", RRType::kCname),
                     weighted("y", 1, "nowhere.example.com.", "", RRType::kCname)}));
}

void add_aliases_and_cuts(BatchBuilder& batch) {
  batch.simple(kZone, "alias.example.com.", RRType::kCname, {"www.example.com."})
      .simple(kZone, "chain.example.com.", RRType::kCname, {"alias.example.com."})
      .simple(kZone, "away.example.com.", RRType::kCname, {"www.example.net."})
      .simple(kZone, "across.example.com.", RRType::kCname, {"www.example.org."})
      .simple(kZone, "dangling.example.com.", RRType::kCname, {"gone.example.com."})
      .simple(kZone, "loop.example.com.", RRType::kCname, {"pool.example.com."})
      .simple(kZone, "pool.example.com.", RRType::kCname, {"loop.example.com."})
      .simple(kZone, "tocut.example.com.", RRType::kCname, {"www.sub.example.com."})
      .simple(kZone, "sub.example.com.", RRType::kNs, {"ns.sub.example.com.", "ns.example.net."})
      .simple(kZone, "ns.sub.example.com.", RRType::kA, {"203.0.113.60"})
      .simple(kZone, "moved.example.com.", RRType::kDname, {"example.org."})
      .simple(kZone, "*.wild.example.com.", RRType::kA, {"203.0.113.70", "203.0.113.71"})
      .simple(kZone, "*.wild.example.com.", RRType::kMx, {"10 mail.example.com."})
      .simple(kZone, "own.wild.example.com.", RRType::kTxt, {"\"not the wildcard\""})
      .simple(kZone, "*.aliased.example.com.", RRType::kCname, {"www.example.com."});
}

std::string text_of_address(const std::string& octets) {
  char text[INET6_ADDRSTRLEN];
  const int family = octets.size() == 16 ? AF_INET6 : AF_INET;
  return inet_ntop(family, octets.data(), text, sizeof(text));
}

std::string text_of(std::size_t octets) { return '"' + std::string(octets, 't') + '"'; }

}  // namespace

model::ChangeBatch corpus_batch() {
  BatchBuilder batch;
  batch.check("up").check("down").check("unknown");
  batch.zone(kZone, 1).zone("deep.example.com.", 2).zone("example.org.", 3);
  batch
      .simple(kZone, "www.example.com.", RRType::kA,
              {"203.0.113.20", "203.0.113.21", "203.0.113.22"})
      .simple(kZone, "www.example.com.", RRType::kAaaa, {"2001:db8::20"})
      .simple(kZone, "mail.example.com.", RRType::kA, {"203.0.113.25"})
      .simple(kZone, kZone, RRType::kMx, {"10 mail.example.com.", "20 mail.example.net."})
      .simple(kZone, kZone, RRType::kTxt, {"\"v=spf1 -all\""})
      .simple(kZone, kZone, RRType::kCaa, {"0 issue \"ca.example.net\""})
      .simple(kZone, kZone, RRType::kHttps, {"1 . alpn=h2"})
      .simple(kZone, "_sip._tcp.example.com.", RRType::kSrv, {"10 5 5060 www.example.com."})
      .simple(kZone, "a.b.c.d.example.com.", RRType::kA, {"203.0.113.30"})
      .simple(kZone, "many.example.com.", RRType::kA, {"203.0.113.31"})
      .simple(kZone, "large.example.com.", RRType::kTxt,
              {text_of(200), text_of(201), text_of(202), text_of(203)})
      .simple(kZone, "huge.example.com.", RRType::kTxt,
              {text_of(240), text_of(241), text_of(242), text_of(243), text_of(244), text_of(245)})
      .simple("deep.example.com.", "www.deep.example.com.", RRType::kA, {"203.0.113.40"})
      .simple("example.org.", "www.example.org.", RRType::kA, {"203.0.113.50"});
  // More types at one name than a node's first page holds.
  for (unsigned type = 65280; type < 65290; ++type) {
    batch.simple(kZone, "many.example.com.", RRType{static_cast<std::uint16_t>(type)},
                 {"\\# 2 abcd"});
  }
  add_policies(batch);
  add_aliases_and_cuts(batch);
  return batch.batch();
}

model::Observations corpus_observations() {
  model::Observations seen;
  seen.health.set("up", model::Health::kHealthy);
  seen.health.set("down", model::Health::kUnhealthy);
  return seen;
}

std::string QuestionCorpus::qname() {
  static const char* const kNames[] = {"example.com",
                                       "www.example.com",
                                       "api.example.com",
                                       "failover.api.example.com",
                                       "sticky.example.com",
                                       "random.example.com",
                                       "split.example.com",
                                       "alias.example.com",
                                       "chain.example.com",
                                       "away.example.com",
                                       "across.example.com",
                                       "dangling.example.com",
                                       "loop.example.com",
                                       "tocut.example.com",
                                       "sub.example.com",
                                       "ns.sub.example.com",
                                       "moved.example.com",
                                       "wild.example.com",
                                       "own.wild.example.com",
                                       "aliased.example.com",
                                       "mail.example.com",
                                       "_sip._tcp.example.com",
                                       "_tcp.example.com",
                                       "a.b.c.d.example.com",
                                       "c.d.example.com",
                                       "many.example.com",
                                       "large.example.com",
                                       "huge.example.com",
                                       "deep.example.com",
                                       "www.deep.example.com",
                                       "example.org",
                                       "www.example.org",
                                       "ns1.example.com",
                                       "com",
                                       "",
                                       "example.net",
                                       "org"};
  static const char* const kLabels[] = {"www", "*", "x", "a", "wild", "none", "_tcp"};
  std::string name = kNames[draw(std::size(kNames))];
  for (unsigned more = draw(3) == 0 ? 1 + draw(3) : 0; more > 0; --more) {
    std::string label =
        draw(4) == 0 ? std::string(1 + draw(40), 'l') : kLabels[draw(std::size(kLabels))];
    name = name.empty() ? label : label + "." + name;
  }
  if (draw(3) == 0) {
    for (char& letter : name) {
      if (draw(2) == 0 && letter >= 'a' && letter <= 'z')
        letter = static_cast<char>(letter - 'a' + 'A');
    }
  }
  return name.empty() ? "." : name;
}

unsigned QuestionCorpus::qtype() {
  static const unsigned kTypes[] = {1,  28, 5,   2,     6,     15,  16,  33, 39,
                                    43, 65, 257, 65281, 65289, 255, 252, 99, 666};
  return draw(2) == 0 ? 1 : kTypes[draw(std::size(kTypes))];
}

std::string subnet_near(std::mt19937& random) {
  const bool is_ipv6 = random() % 2 == 0;
  std::string address = client_near(random, is_ipv6);
  const auto source = static_cast<unsigned>(random() % (address.size() * 8 + 1));
  return subnet_of(address, source);
}

std::string subnet_of(std::string address, unsigned source) {
  const unsigned family = address.size() == 16 ? 2 : 1;
  address.resize((source + 7) / 8);
  if (source % 8 != 0) address.back() = static_cast<char>(address.back() & 0xff00 >> source % 8);
  return client_subnet(family, source, 0, address);
}

std::string QuestionCorpus::edns_options() {
  switch (draw(8)) {
    case 0:
    case 1:
      return subnet_near(random_);
    case 2:
      return client_subnet(1, 0, 0, "");
    case 3:
      return edns_option(10, "12345678");
    case 4:
      return edns_option(3, "") + edns_option(65001, "unknown");
    default:
      return "";
  }
}

std::optional<Edns> QuestionCorpus::edns() {
  if (draw(3) == 0) return std::nullopt;
  static const unsigned kSizes[] = {0, 512, 600, 900, 1232, 4096, 65535};
  Edns edns;
  edns.udp_size = kSizes[draw(std::size(kSizes))];
  edns.dnssec_ok = draw(2) == 0;
  edns.version = draw(40) == 0 ? 1 : 0;
  edns.options = edns_options();
  return edns;
}

Frame QuestionCorpus::next() {
  QueryMessage query;
  query.name = wire_name(qname());
  query.type = qtype();
  query.qclass = draw(60) == 0 ? 3 : 1;
  query.id = draw(65536);
  static const unsigned kFlags[] = {0x0100, 0x0000, 0x0110, 0x0120, 0x0130};
  query.flags = kFlags[draw(std::size(kFlags))];
  query.edns = edns();
  Frame frame;
  frame.payload = query.wire();
  frame.client_port = 1024 + draw(60000);
  const bool is_ipv6 = draw(2) == 0;
  if (is_ipv6) frame.server = "2001:db8::53";
  frame.client = text_of_address(client_near(random_, is_ipv6));
  if (draw(20) == 0) frame.vlan_tags = {0x81000005};
  if (draw(10) == 0) frame.padding = std::string(1 + draw(20), '\0');
  return frame;
}

}  // namespace signpost::testing
