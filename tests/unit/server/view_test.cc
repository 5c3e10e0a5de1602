// Private zones: which clients the responder shows them to.
#include <gtest/gtest.h>

#include "policy/table_compiler.h"
#include "policy/validate.h"
#include "tests/support/config_builder.h"
#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

using dns::RRType;
using server::Transport;

constexpr const char* kZone = "example.com.";
constexpr const char* kPrivate = "example.com.@office";

model::AnswerTablePtr table_with_view() {
  const BatchBuilder batch =
      BatchBuilder()
          .view("office", {"203.0.113.0/24", "2001:db8:1::/48"})
          .zone(kZone, 1)
          .simple(kZone, "www.example.com.", RRType::kA, {"192.0.2.1"})
          .simple(kZone, "only.example.com.", RRType::kA, {"192.0.2.2"})
          .zone("example.org.", 2)
          .simple("example.org.", "moved.example.org.", RRType::kDname, {"example.com."})
          .simple("example.org.", "www.example.org.", RRType::kA, {"192.0.2.3"})
          .zone(kPrivate, 3)
          .simple(kPrivate, "www.example.com.@office", RRType::kA, {"10.0.0.1"})
          .simple(kPrivate, "moved.example.com.@office", RRType::kDname, {"example.org."})
          .simple(kPrivate, "home.example.com.@office", RRType::kDname, {"example.com."});
  policy::IdRegistry ids(1000, 1000);
  policy::TableCompiler compiler(ids);
  return compiler.compile_all(applied({}, batch.batch()), {}).table;
}

class InViews : public ::testing::TestWithParam<Transport> {
 protected:
  InViews() { server_.table = table_with_view(); }

  // The address at the end of the answer; "NXDOMAIN", or "CNAME" if no address follows one.
  std::string ask(const std::string& qname, const server::ClientAddress& client,
                  const std::optional<Opt>& edns = std::nullopt) {
    const std::string message =
        edns ? edns_query(qname, RRType::kA, *edns) : query(qname, RRType::kA);
    std::string reply = server_.ask(message, client);
    if ((reply[3] & 0x0f) == 3) return "NXDOMAIN";
    if (edns) reply.resize(reply.size() - 11 - edns->options.size());
    const std::string end = reply.substr(reply.size() - 6);
    if (end.substr(0, 2) != std::string("\0\4", 2)) return "CNAME";
    std::string text;
    for (const char octet : end.substr(2))
      text += (text.empty() ? "" : ".") + std::to_string(static_cast<unsigned char>(octet));
    return text;
  }

  Asking server_{GetParam()};
  const server::ClientAddress inside_ = ipv4(203, 0, 113, 5);
  const server::ClientAddress outside_ = ipv4(203, 0, 114, 5);
};

TEST_P(InViews, APrivateZoneIsSeenByTheClientsOfItsViewAlone) {
  EXPECT_EQ(ask("www.example.com.", inside_), "10.0.0.1");
  EXPECT_EQ(ask("WWW.example.com.", {0x20, 1, 0x0d, 0xb8, 0, 1, 9}), "10.0.0.1");
  EXPECT_EQ(ask("www.example.com.", outside_), "192.0.2.1");
  EXPECT_EQ(ask("www.example.com.", {0x20, 1, 0x0d, 0xb8, 0, 2, 9}), "192.0.2.1");
  EXPECT_EQ(ask("only.example.com.", inside_), "NXDOMAIN");
  EXPECT_EQ(ask("only.example.com.", outside_), "192.0.2.2");
  EXPECT_EQ(ask("www.example.org.", inside_), "192.0.2.3");
}

// A client writes its subnet option itself.
TEST_P(InViews, AClientSubnetOpensNoPrivateZone) {
  const Opt office{.options = option(8, u16(1) + std::string("\x18\0\xcb\0\x71", 5))};
  EXPECT_EQ(ask("www.example.com.", outside_, office), "192.0.2.1");
  const Opt elsewhere{.options = option(8, u16(1) + std::string("\x18\0\xc6\x33\x64", 5))};
  EXPECT_EQ(ask("www.example.com.", inside_, elsewhere), "10.0.0.1");
}

TEST_P(InViews, ADnameLeadsWhereTheClientSeesItsTarget) {
  EXPECT_EQ(ask("www.home.example.com.", inside_), "10.0.0.1");
  EXPECT_EQ(ask("www.moved.example.com.", inside_), "192.0.2.3");
  EXPECT_EQ(ask("www.moved.example.org.", inside_), "CNAME")
      << "a public reply does not go on into a private zone";
  EXPECT_EQ(ask("www.moved.example.org.", outside_), "CNAME") << "and is the same for everybody";
}

INSTANTIATE_TEST_SUITE_P(View, InViews, ::testing::Values(Transport::kUdp, Transport::kTcp));

}  // namespace
}  // namespace signpost::testing
