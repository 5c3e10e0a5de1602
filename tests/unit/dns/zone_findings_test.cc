// check_master_file(): what named-checkzone and kzonecheck find, each with its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "dns/master_file.h"

namespace signpost::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Five lines.
constexpr const char* kGood =
    "$ORIGIN ex.test.\n$TTL 300\n@ SOA ns1 host 1 7200 900 1209600 300\n@ NS ns1\n"
    "ns1 A 192.0.2.1\n";

MasterFileReport check(const std::string& text) {
  MasterFileOptions options;
  options.file_name = "zone";
  return check_master_file(text, options);
}

// The findings about lines behind a good zone.
std::vector<std::string> found(const std::string& lines) {
  return check(absl::StrCat(kGood, lines)).lines;
}

TEST(ZoneCheck, FindsNothingInAGoodZone) {
  const MasterFileReport report =
      check(absl::StrCat(kGood,
                         "sub NS ns.sub\nsub NS ns.example.net.\nns.sub A 192.0.2.2\n"
                         "@ MX 10 mail.example.net.\nnull MX 0 .\n*.w A 192.0.2.3\n"
                         "_sip._tcp SRV 0 0 5060 a.w\n_srv._tcp SRV 0 0 0 .\n"));
  EXPECT_THAT(report.lines, IsEmpty());
  EXPECT_EQ(report.errors, 0u);
  EXPECT_EQ(report.records, 11u);
}

TEST(ZoneCheck, FindsWhatAZoneLacks) {
  EXPECT_THAT(check("$ORIGIN ex.test.\n$TTL 300\n@ NS ns1\n").lines,
              ElementsAre("zone:1: error: no SOA record; its owner names the zone"));
  EXPECT_THAT(check("$ORIGIN ex.test.\n$TTL 300\n@ SOA ns1 host 1 2 3 4 5\n").lines,
              ElementsAre("zone:3: error: ex.test. has no NS records; a zone names its servers"));
}

TEST(ZoneCheck, FindsServersThatCanNotBeFound) {
  EXPECT_THAT(
      found("@ NS ns2\n@ NS ns3\nns3 CNAME ns1\n"),
      ElementsAre(
          "zone:6: error: ex.test. NS ns2.ex.test. has no address; add its A or AAAA record",
          "zone:7: error: ex.test. NS ns3.ex.test. is an alias (CNAME); name servers must "
          "have addresses of their own"));
  EXPECT_THAT(
      found("sub NS ns.sub\nsub NS nope\nsub NS alias\nalias CNAME ns1\n"),
      ElementsAre(
          "zone:6: warning: sub.ex.test. NS ns.sub.ex.test. has no glue; add its A or AAAA record",
          "zone:7: warning: sub.ex.test. NS nope.ex.test. has no address; add its A or AAAA record",
          "zone:8: warning: sub.ex.test. NS alias.ex.test. is an alias (CNAME); name servers must "
          "have addresses of their own"));
}

TEST(ZoneCheck, FindsHostsThatCanNotBeFound) {
  EXPECT_THAT(
      found("@ MX 10 nope\n@ MX 20 m\nm CNAME ns1\n@ MX 30 192.0.2.1\n_x._tcp SRV 0 0 1 nope\n"),
      ElementsAre(
          "zone:6: warning: ex.test. MX nope.ex.test. has no address; add its A or AAAA "
          "record",
          "zone:7: warning: ex.test. MX m.ex.test. is an alias (CNAME); name the host itself "
          "(RFC 2181 section 10.3)",
          "zone:9: warning: ex.test. MX 192.0.2.1.ex.test. is an address, not the name of a "
          "host",
          "zone:10: warning: _x._tcp.ex.test. SRV nope.ex.test. has no address; add its A or "
          "AAAA record"));
}

TEST(ZoneCheck, FindsDataThatIsHidden) {
  EXPECT_THAT(
      found("d DNAME ex.net.\nx.d A 192.0.2.1\nsub NS ns1\nx.sub TXT text\n"
            "both DNAME ex.net.\nboth NS ns1\n"),
      ElementsAre("zone:7: warning: x.d.ex.test. is below the DNAME d.ex.test., which hides "
                  "it",
                  "zone:9: warning: x.sub.ex.test. is below the zone cut sub.ex.test., which "
                  "hides it",
                  "zone:10: warning: both.ex.test. has DNAME beside NS; the delegation hides "
                  "it"));
}

TEST(ZoneCheck, FindsRecordsWhereTheyMeanNothing) {
  EXPECT_THAT(
      found(
          "*.w NS ns1\n@ DS 1 13 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEF"
          "F\na_b A 192.0.2.1\nspf SPF \"v=spf1 -all\"\n"),
      ElementsAre(
          "zone:6: error: *.w.ex.test. delegates by a wildcard, which no resolver understands",
          "zone:7: error: ex.test. DS belongs into the parent zone",
          "zone:8: warning: a_b.ex.test. is no name of a host; letters, digits and '-' make "
          "one",
          "zone:9: warning: spf.ex.test. has SPF and no TXT record, which alone is looked for "
          "(RFC 7208 section 3.1)"));
}

TEST(ZoneCheck, FindsDuplicatesAndDifferentTtls) {
  EXPECT_THAT(found("w 60 A 192.0.2.1\nw 60 A 192.0.2.1\nw 90 A 192.0.2.2\n"),
              ElementsAre("zone:7: warning: w.ex.test. A is there already",
                          "zone:8: warning: w.ex.test. A has TTL 90 here and 60 on line 6; all get "
                          "the lowest (RFC 2181 section 5.2)"));
}

TEST(ZoneCheck, GoesOnBehindRecordsThatItCanNotRead) {
  const MasterFileReport report =
      check(absl::StrCat(kGood, "a A 192.0.2.256\nb BOGUS x\nc MX ns1\n"));
  ASSERT_EQ(report.lines.size(), 3u);
  EXPECT_EQ(report.errors, 3u);
  for (int i = 0; i < 3; ++i)
    EXPECT_THAT(report.lines[static_cast<std::size_t>(i)],
                ::testing::StartsWith(absl::StrCat("zone:", 6 + i, ": error: ")));
}

TEST(ZoneCheck, TellsWhatIsRefused) {
  EXPECT_THAT(
      found("a CNAME b\na A 192.0.2.1\n"),
      ElementsAre("zone:7: error: a.ex.test. has a CNAME and other data; remove one of them "
                  "(RFC 1034 section 3.6.2)"));
}

}  // namespace
}  // namespace signpost::dns
