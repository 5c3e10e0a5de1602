#include "server/synthesis.h"

#include <gtest/gtest.h>

#include "server/record_reader.h"
#include "tests/unit/server/asking.h"

namespace signpost::testing {
namespace {

using dns::RRType;

std::string dname_record(const std::string& owner, const std::string& target) {
  return record(owner, RRType::kDname, 60, std::string(name(target).wire()));
}

TEST(Dname, LeadsToTheAnswerOfTheNewName) {
  Asking server;
  const std::string asked = question("x.dname.example.com.", RRType::kA);
  // QNAME begins at 12, "dname" at 14, "example" at 20; the first record at 41, its RDATA,
  // "target", at 53.
  const std::string dname = dname_record(pointer(14), "target.example.com.");
  const std::string cname = record(kQnamePointer, RRType::kCname, 60, "\1x\6target" + pointer(20));
  const std::string reply = server.ask(header(0) + asked);
  EXPECT_EQ(hex(reply.substr(0, 12 + asked.size() + dname.size() + cname.size())),
            hex(header(kQr | kAa, {.answers = 3}) + asked + dname + cname));
  EXPECT_EQ(hex(reply.substr(reply.size() - 14)),
            hex(u16(1) + u16(1) + u32(60) + u16(4) + rdata(RRType::kA, "192.0.2.6")));
}

TEST(Dname, ExpandsNamesInsideTheRecordsThatItLeadsTo) {
  Asking server;
  const std::string asked = question("mx.dname.example.com.", RRType::kMx);
  const std::string reply = server.ask(header(0) + asked);
  EXPECT_EQ(hex(reply.substr(0, 12)), hex(header(kQr | kAa, {.answers = 3})));
  const server::Octets octets = server::as_octets(reply);
  std::size_t at = 12 + asked.size();
  for (int i = 0; i < 2; ++i) at = server::read_record(octets, at)->end();
  const auto mx = server::read_record(octets, at);
  ASSERT_TRUE(mx);
  EXPECT_EQ(mx->end(), reply.size());
  EXPECT_EQ(*server::read_name(octets, at), name("mx.target.example.com."));
  EXPECT_EQ(*server::expanded_rdata(octets, *mx), rdata(RRType::kMx, "10 x.target.example.com."));
}

TEST(Dname, EndsNegativelyWhereTheNewNameDoes) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("no.dname.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa | 3, {.answers = 2, .authority = 1})));
  EXPECT_EQ(hex(server.ask(query("x.dname.example.com.", RRType::kMx)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 2, .authority = 1})));
}

TEST(Dname, IsFollowedThroughFurtherDnames) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("x.twice.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 5})));
}

TEST(Dname, LeavesOurZonesWithTheCname) {
  Asking server;
  const std::string asked = question("x.out.example.com.", RRType::kA);
  EXPECT_EQ(
      hex(server.ask(header(0) + asked)),
      hex(header(kQr | kAa, {.answers = 2}) + asked + dname_record(pointer(14), "example.net.") +
          record(kQnamePointer, RRType::kCname, 60, std::string(name("x.example.net.").wire()))));
}

TEST(Dname, AnswersACnameQueryWithTheSynthesisedOne) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("x.dname.example.com.", RRType::kCname)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 2})));
}

TEST(Dname, GivesYxdomainWhereTheNewNameIsTooLong) {
  Asking server;
  const std::string qname = std::string(20, 'x') + ".far.example.com.";
  const std::string reply = server.ask(query(qname, RRType::kA));
  EXPECT_EQ(hex(reply.substr(0, 12)), hex(header(kQr | kAa | 6, {.answers = 1})));
}

TEST(Dname, LoopsEnd) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("x.one.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 4})));
}

TEST(Dname, ThatLeadsBelowItselfGivesOneStep) {
  Asking server;
  const std::string asked = question("x.self.example.com.", RRType::kA);
  // QNAME begins at 12, "self" at 14; the first record at 40, its RDATA, "in", at 52.
  EXPECT_EQ(hex(server.ask(header(0) + asked)),
            hex(header(kQr | kAa, {.answers = 2}) + asked +
                dname_record(pointer(14), "in.self.example.com.") +
                record(kQnamePointer, RRType::kCname, 60, "\1x\2in" + pointer(14))));
}

TEST(Dname, ThatLeadsBelowItselfEndsAChainOfAliasesToo) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("to-self.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 3})));
}

TEST(Dname, GivesYxdomainAtTheEndOfAChainOfAliasesToo) {
  Asking server;
  EXPECT_EQ(hex(server.ask(query("to-far.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa | 6, {.answers = 2})));
}

TEST(Dname, InALoopOfAliasesIsGivenOnce) {
  Asking server;
  // back.round → back.target by the DNAME, and back by a CNAME.
  EXPECT_EQ(hex(server.ask(query("back.round.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 3})));
}

TEST(Dname, MetTwiceInAChainOfAliasesIsGivenOnce) {
  Asking server;
  // The DNAME, again.round → again.target → x.round → x.target, and its address.
  EXPECT_EQ(hex(server.ask(query("again.round.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 5})));
  EXPECT_EQ(hex(server.ask(query("to-again.example.com.", RRType::kA)).substr(0, 12)),
            hex(header(kQr | kAa, {.answers = 6})));
}

TEST(Dname, ItselfIsAnsweredAtItsOwner) {
  Asking server;
  const std::string asked = question("dname.example.com.", RRType::kDname);
  EXPECT_EQ(hex(server.ask(header(0) + asked)),
            hex(header(kQr | kAa, {.answers = 1}) + asked +
                dname_record(kQnamePointer, "target.example.com.")));
}

}  // namespace
}  // namespace signpost::testing
