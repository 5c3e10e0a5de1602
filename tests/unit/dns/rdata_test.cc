#include "dns/rdata.h"

#include <fstream>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dns/rdata_table.h"
#include "tests/unit/dns/support.h"

namespace signpost::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Golden {
  RRType type;
  std::string text;
  std::string their_text;
  std::string wire;
};

// What dnspython made of each text; see golden_rdata.py.
std::vector<Golden> golden_rdata() {
  std::ifstream file(SIGNPOST_SOURCE_DIR "/tests/unit/dns/golden_rdata.tsv");
  std::vector<Golden> rows;
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> columns = absl::StrSplit(line, '\t');
    rows.push_back({parse_rr_type(columns.at(0)).value(), columns.at(1), columns.at(2),
                    from_hex(columns.at(3))});
  }
  EXPECT_GT(rows.size(), 100u);
  return rows;
}

absl::StatusOr<std::string> parse(RRType type, std::string_view text) {
  return parse_rdata(type, text, name("example.com."));
}

TEST(Rdata, AgreesWithDnspython) {
  for (const Golden& golden : golden_rdata()) {
    SCOPED_TRACE(absl::StrCat(to_text(golden.type), " ", golden.text));
    const auto wire = parse(golden.type, golden.text);
    ASSERT_TRUE(wire.ok()) << wire.status();
    EXPECT_EQ(to_hex(*wire), to_hex(golden.wire));
    const auto theirs = parse(golden.type, golden.their_text);
    ASSERT_TRUE(theirs.ok()) << theirs.status();
    EXPECT_EQ(to_hex(*theirs), to_hex(golden.wire));
    EXPECT_TRUE(check_rdata(golden.type, *wire).ok()) << check_rdata(golden.type, *wire);
    const std::string formatted = format_rdata(golden.type, *wire);
    const auto again = parse_rdata(golden.type, formatted, Name());
    ASSERT_TRUE(again.ok()) << formatted << ": " << again.status();
    EXPECT_EQ(to_hex(*again), to_hex(golden.wire)) << formatted;
  }
}

TEST(Rdata, HasASampleOfEveryTypeInTheTable) {
  std::set<RRType> sampled;
  for (const Golden& golden : golden_rdata()) sampled.insert(golden.type);
  std::vector<std::string> missing;
  for (unsigned value = 0; value <= 65535; ++value) {
    const auto type = static_cast<RRType>(value);
    if (layout_of(type) != nullptr && !sampled.contains(type)) missing.push_back(to_text(type));
  }
  // Obsolete ones, and those that dnspython 2.3 does not know; their fields are those of others.
  EXPECT_THAT(missing, ElementsAre("MD", "MF", "MB", "MG", "MR", "MINFO", "TALINK", "RESINFO",
                                   "WALLET", "TA"));
}

TEST(Rdata, WritesWhatAnOperatorWouldWrite) {
  const std::map<std::string, std::string> texts = {
      {"AAAA", "2001:db8::1"},
      {"MX", "10 mail.example.com."},
      {"TXT", "\"v=spf1 -all\" \"\\\"\\\\\\000\\255\""},
      {"SOA", "ns1.example.com. john\\.doe.example.com. 1 7200 900 1209600 300"},
      {"CAA", "0 issue \"ca.example.net\""},
      {"HTTPS", "1 . mandatory=alpn alpn=\"h2,h3\" port=8443 ipv4hint=192.0.2.1,192.0.2.2"},
      {"RRSIG", "A 13 2 300 20380119031408 19700101000000 65535 . AQ=="},
      {"NSEC3", "1 0 0 - 2VPTU5TIMAMQTTGL4LUU9KG21E0AOR3S A RRSIG"},
      {"LOC", "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m"},
      {"TYPE65280", "\\# 2 abcd"},
      {"TYPE65281", "\\# 0"},
  };
  for (const auto& [type, text] : texts) {
    const auto wire = parse(*parse_rr_type(type), text);
    ASSERT_TRUE(wire.ok()) << type << ": " << wire.status();
    EXPECT_EQ(format_rdata(*parse_rr_type(type), *wire), text) << type;
  }
}

TEST(Rdata, RefusesInTheWordsOfRoute53) {
  const auto refusal = [](RRType type, std::string_view text) {
    return std::string(parse(type, text).status().message());
  };
  EXPECT_EQ(
      refusal(RRType::kA, "192.0.2"),
      "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid "
      "IPv4 address) encountered with '192.0.2''; A address: write four numbers from 0 to 255, "
      "as in 192.0.2.1");
  EXPECT_THAT(parse(RRType::kTxt, "\"open"),
              FailsWith("'FATAL problem: InvalidCharacterString (Value should be enclosed in "
                        "quotation marks) encountered with '\"open''"));
  EXPECT_THAT(parse(RRType::kTxt, "v=DKIM1; k=rsa"), FailsWith("InvalidCharacterString"));
  EXPECT_THAT(parse(RRType::kTxt, absl::StrCat("\"", std::string(256, 'x'), "\"")),
              FailsWith("CharacterStringTooLong"));
  EXPECT_THAT(
      parse(RRType::kSrv, "1 2 3"),
      FailsWith("SRVRRDATANotFourFields (SRV record doesn't have 4 fields) encountered with "
                "'1 2 3''; SRV needs priority, weight, port, target"));
  EXPECT_THAT(parse(RRType::kSrv, "1 2 3 a b"), FailsWith("SRVRRDATANotFourFields"));
  EXPECT_THAT(parse(RRType::kSoa, "ns1 host 1 2 3 4"), FailsWith("SOARRDATANotSevenFields"));
  EXPECT_THAT(parse(RRType::kCaa, "0 is-sue \"x\""), FailsWith("CAARRDATAInvalidTag"));
  EXPECT_THAT(parse(RRType::kDs, "1 13 2 abcd"), FailsWith("DSRRDATAInvalidValue"));
  EXPECT_THAT(parse(RRType::kTlsa, "3 1 1"), FailsWith("TLSAMissingFields"));
  EXPECT_THAT(parse(RRType::kHttps, "1"), FailsWith("SVCBIncorrectNumberOfFields"));
  EXPECT_THAT(parse(RRType::kNaptr, "1 2"), FailsWith("NAPTRRRDATANotValid"));
  EXPECT_THAT(parse(RRType::kCname, "a..b"), FailsWith("DomainLabelEmpty"));
  EXPECT_THAT(parse(RRType::kMx, absl::StrCat("10 ", std::string(64, 'a'))),
              FailsWith("DomainLabelTooLong"));
}

TEST(Rdata, SaysWhichFieldIsWrongAndWhatToWrite) {
  EXPECT_THAT(parse(RRType::kMx, "ten mail"),
              FailsWith("MX preference 'ten'; write a number from 0 to 65535"));
  EXPECT_THAT(parse(RRType::kMx, "65536 mail"), FailsWith("MX preference '65536'"));
  EXPECT_THAT(parse(RRType::kNs, "\"ns1\""),
              FailsWith("NS target 'ns1'; remove the quotation marks"));
  EXPECT_THAT(parse(RRType{12345}, "abc"),
              FailsWith("TYPE12345 'abc'; write RDATA of this type as \\#"));
}

TEST(Rdata, RefusesMalformedText) {
  const std::multimap<std::string, std::string> texts = {
      {"A", ""},
      {"A", "1.2.3.256"},
      {"A", "01.2.3.4"},
      {"A", "192.0.2.1 192.0.2.2"},
      {"A", "192.0.2.1\n192.0.2.2"},
      {"AAAA", "2001:db8:::1"},
      {"AAAA", "fe80::1%eth0"},
      {"AAAA", "192.0.2.1"},
      {"TXT", ""},
      {"TXT", "\"a\\25\""},
      {"TXT", "\"\\256\""},
      {"TXT", "a)b"},
      {"TXT", "(a"},
      {"TXT", "a\\"},
      {"SOA", "ns1 host -1 1 1 1 1"},
      {"SOA", "ns1 host 1 1x 1 1 1"},
      {"SOA", "ns1 host 1h 1 1 1 1"},
      {"SOA", "ns1 host 1 7102w 1 1 1"},
      {"DS", "1 nosuch 2 ab"},
      {"DS", "1 8 9 abc"},
      {"SSHFP", "1 1 zz"},
      {"DNSKEY", "256 3 8 AQI"},
      {"DNSKEY", "256 3 8 AR=="},
      {"DNSKEY", "256 3 8 ===="},
      {"DNSKEY", "256 3 8 A==A"},
      {"RRSIG", "A 5 3 86400 20031322173103 20030220173103 2642 . AQID"},
      {"RRSIG", "A 5 3 86400 20030230000000 20030220173103 2642 . AQID"},
      {"RRSIG", "A 5 3 86400 4294967296 0 2642 . AQID"},
      {"NSEC", "a.example. A NOSUCH"},
      {"NSEC3", "1 0 0 - W"},
      {"NSEC3", "1 0 0 -- 00"},
      {"NSEC3", "1 0 0 - 01"},
      {"NSEC3PARAM", "1 0 0 abc"},
      {"EUI48", "00-00-5e-00-53"},
      {"EUI48", "00:00:5e:00:53:2a"},
      {"NID", "10 14:4fff:ff20:ee64"},
      {"LOC", "91 N 0 E 0"},
      {"LOC", "90 0 0.001 N 0 E 0"},
      {"LOC", "0 60 N 0 E 0"},
      {"LOC", "0 E 0 N 0"},
      {"LOC", "0 N 0 E"},
      {"LOC", "0 N 0 E -100000.01"},
      {"LOC", "0 N 0 E 0 1 1 1 1"},
      {"LOC", "0 0 0 0 N 0 E 0"},
      {"LOC", "0 N 0 E 0 90000000.01"},
      {"CERT", "65536 1 1 AQ=="},
      {"URI", "1 1"},
      {"SVCB", "1 . alpn"},
      {"SVCB", "1 . alpn="},
      {"SVCB", "1 . alpn=h2,,h3"},
      {"SVCB", "1 . no-default-alpn"},
      {"SVCB", "1 . alpn=h2 no-default-alpn=x"},
      {"SVCB", "1 . port=65536"},
      {"SVCB", "1 . port=1 port=2"},
      {"SVCB", "1 . port=1 key3=2"},
      {"SVCB", "1 . ipv4hint="},
      {"SVCB", "1 . ipv4hint=192.0.2.1,"},
      {"SVCB", "1 . ipv6hint=192.0.2.1"},
      {"SVCB", "1 . ech=A"},
      {"SVCB", "1 . mandatory=port"},
      {"SVCB", "1 . mandatory=mandatory"},
      {"SVCB", "1 . mandatory=port,port port=1"},
      {"SVCB", "1 . nosuch=1"},
      {"SVCB", "1 . key65535=x"},
      {"SVCB", "1 . key00004=x"},
      {"SVCB", "1 . key=x"},
      {"SVCB", "1 . alpn=a\\"},
      {"SVCB", "1 . \"alpn=h2\""},
      {"SVCB", "1 . alpn= \"h2\""},
      {"SVCB", "1 . dohpath=dns-query"},
      {"TYPE65280", "\\#"},
      {"TYPE65280", "\\# 1"},
      {"TYPE65280", "\\# 1 abc"},
      {"TYPE65280", "\\# 2 ab"},
      {"TYPE65280", "\\# 65536 00"},
      {"A", "\\# 3 c00002"},
      {"MX", "\\# 4 000ac00c"},
  };
  for (const auto& [type, text] : texts)
    EXPECT_THAT(parse(*parse_rr_type(type), text), FailsWith("Invalid Resource Record: "))
        << type << " " << text;
}

TEST(Rdata, TakesValuesOfSeveralLinesInParentheses) {
  const auto wire = parse(RRType::kSoa, "ns1 host (\n  1 ; serial\n 2 3 4 5 )");
  ASSERT_TRUE(wire.ok()) << wire.status();
  EXPECT_EQ(format_rdata(RRType::kSoa, *wire), "ns1.example.com. host.example.com. 1 2 3 4 5");
}

TEST(Rdata, RefusesMalformedWireForm) {
  const std::multimap<std::string, std::string> wires = {
      {"A", "c00002"},
      {"A", "c000020101"},
      {"NS", "c00c"},
      {"NS", "0161"},
      {"MX", "000a"},
      {"MX", "000a0000"},
      {"TXT", ""},
      {"TXT", "0261"},
      {"TXT",
       "016100"
       "05"},
      {"SOA",
       "0000"
       "00000000"},
      {"CAA", "0000"},
      {"CAA", "00012d"},
      {"DS", "00010801ab"},
      {"DS", "000108"},
      {"NSEC",
       "00"
       "0000"},
      {"NSEC",
       "00"
       "000100"},
      {"NSEC",
       "00"
       "000140"
       "000140"},
      {"NSEC",
       "00"
       "0021"
       "0000000000000000000000000000000000000000000000000000000000000000"
       "01"},
      {"HTTPS",
       "000100"
       "0003"
       "0001"
       "01"},
      {"HTTPS",
       "000100"
       "0003000200010003000200"
       "02"},
      {"HTTPS",
       "000100"
       "00020000"},
      {"HTTPS",
       "000100"
       "000000020003"},
      {"HTTPS",
       "000100"
       "ffff0000"},
      {"HTTPS",
       "000100"
       "00010003"
       "026832"
       "00000002"
       "0001"},
      {"HTTPS",
       "000100"
       "0001000302683"
       "2"
       "0004000301020"
       "3"},
      {"LOC", "01121613800000008000000000989680"},
      {"LOC", "00a21613800000008000000000989680"},
      {"LOC", "0012161300000000800000000098968000"},
      {"EUI48", "0000"},
      {"NSEC3",
       "0100000000"
       "00"},
  };
  for (const auto& [type, wire] : wires) {
    const RRType rr_type = *parse_rr_type(type);
    EXPECT_FALSE(check_rdata(rr_type, from_hex(wire)).ok()) << type << " " << wire;
    EXPECT_EQ(format_rdata(rr_type, from_hex(wire)).substr(0, 3), "\\# ") << type << " " << wire;
  }
  EXPECT_TRUE(check_rdata(RRType{12345}, "anything").ok());
  EXPECT_FALSE(check_rdata(RRType{12345}, std::string(65536, 'x')).ok());
}

// Octets that check_rdata() accepts are what parse_rdata() makes of their text; none crash.
TEST(Rdata, ReadsBackWhateverItWrites) {
  auto random = seeded_generator();
  const std::vector<Golden> golden = golden_rdata();
  int accepted = 0;
  for (int round = 0; round < 60'000; ++round) {
    const Golden& sample = golden[random() % golden.size()];
    std::string wire = sample.wire;
    for (auto changes = random() % 4; changes > 0 && !wire.empty(); --changes) {
      const std::size_t at = random() % wire.size();
      const auto octet = static_cast<char>(random() % 3 == 0 ? random() % 4 : random());
      if (random() % 4 == 0)
        wire.erase(at, 1);
      else if (random() % 4 == 0)
        wire.insert(at, 1, octet);
      else
        wire[at] = octet;
    }
    const bool valid = check_rdata(sample.type, wire).ok();
    const std::string text = format_rdata(sample.type, wire);
    const auto again = parse_rdata(sample.type, text, name("origin."));
    ASSERT_EQ(again.ok(), valid) << to_text(sample.type) << " " << text << " " << again.status();
    if (!valid) continue;
    ++accepted;
    ASSERT_EQ(to_hex(*again), to_hex(wire)) << to_text(sample.type) << " " << text;
    std::string folded = wire;
    fold_names_in_rdata(sample.type, folded);
    ASSERT_EQ(names_in_rdata(sample.type, wire), names_in_rdata(sample.type, folded));
  }
  EXPECT_GT(accepted, 15'000);
}

TEST(Rdata, NamesTheNamesItHolds) {
  EXPECT_THAT(names_in_rdata(RRType::kSoa, *parse(RRType::kSoa, "ns1 host 1 2 3 4 5")),
              ElementsAre(name("ns1.example.com."), name("host.example.com.")));
  EXPECT_THAT(names_in_rdata(RRType::kSrv, *parse(RRType::kSrv, "1 2 3 sip")),
              ElementsAre(name("sip.example.com.")));
  EXPECT_THAT(names_in_rdata(RRType::kHttps, *parse(RRType::kHttps, "1 svc alpn=h2")),
              ElementsAre(name("svc.example.com.")));
  EXPECT_THAT(names_in_rdata(RRType::kA, *parse(RRType::kA, "192.0.2.1")), IsEmpty());
  EXPECT_THAT(names_in_rdata(RRType{12345}, "x"), IsEmpty());
}

TEST(Soa, IsReadFromAndWrittenToRdata) {
  const std::string rdata = *parse(RRType::kSoa, "ns1 host 2026010100 7200 900 1209600 300");
  const auto soa = parse_soa(rdata);
  ASSERT_TRUE(soa.ok());
  EXPECT_EQ(soa->mname, name("ns1.example.com."));
  EXPECT_EQ(soa->rname, name("host.example.com."));
  EXPECT_EQ(soa->serial, 2026010100u);
  EXPECT_EQ(soa->refresh, 7200u);
  EXPECT_EQ(soa->retry, 900u);
  EXPECT_EQ(soa->expire, 1209600u);
  EXPECT_EQ(soa->minimum, 300u);
  EXPECT_EQ(soa->to_rdata(), rdata);
  EXPECT_FALSE(parse_soa(rdata.substr(1)).ok());
  EXPECT_FALSE(parse_soa(rdata + "x").ok());
}

}  // namespace
}  // namespace signpost::dns
