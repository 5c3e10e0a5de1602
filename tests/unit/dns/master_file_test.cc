#include "dns/master_file.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "dns/rdata.h"
#include "tests/unit/dns/support.h"

namespace signpost::dns {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kSoaLine = "@ 3600 IN SOA ns1 host 1 7200 900 1209600 300\n";

absl::StatusOr<std::vector<Record>> parse(std::string_view text) {
  return parse_master_file(text, {"db.example", name("example.com."), {}});
}

// "OWNER TTL TYPE RDATA" of each record.
std::vector<std::string> lines_of(const absl::StatusOr<std::vector<Record>>& records) {
  if (!records.ok()) return {records.status().ToString()};
  std::vector<std::string> lines;
  for (const Record& record : *records) {
    lines.push_back(absl::StrCat(record.owner.text(), " ", record.ttl, " ", to_text(record.type),
                                 " ", format_rdata(record.type, record.rdata)));
  }
  return lines;
}

TEST(MasterFile, ReadsTheExampleOfRfc1035) {
  constexpr std::string_view kText =
      "@   IN  SOA     VENERA      Action\\.domains (\n"
      "                                 20     ; SERIAL\n"
      "                                 7200   ; REFRESH\n"
      "                                 600    ; RETRY\n"
      "                                 3600000; EXPIRE\n"
      "                                 60)    ; MINIMUM\n"
      "\n"
      "        NS      A.EXAMPLE.COM.\n"
      "        NS      VENERA\n"
      "        MX      10      VENERA\n"
      "\n"
      "A       A       192.0.2.103\n"
      "VENERA  A       192.0.2.52\n"
      "        A       198.51.100.52";
  const auto records = parse(kText);
  EXPECT_THAT(
      lines_of(records),
      ElementsAre("example.com. 60 SOA VENERA.example.com. Action\\.domains.example.com. 20 7200 "
                  "600 3600000 60",
                  "example.com. 60 NS A.EXAMPLE.COM.", "example.com. 60 NS VENERA.example.com.",
                  "example.com. 60 MX 10 VENERA.example.com.", "A.example.com. 60 A 192.0.2.103",
                  "VENERA.example.com. 60 A 192.0.2.52", "VENERA.example.com. 60 A 198.51.100.52"));
  EXPECT_EQ(records->at(0).line, 1u);
  EXPECT_EQ(records->at(1).line, 8u);
  EXPECT_EQ(records->at(6).line, 14u);
}

TEST(MasterFile, TakesTtlAndClassInEitherOrder) {
  EXPECT_THAT(lines_of(parse("a 60 IN A 192.0.2.1\nb in 1h30m a 192.0.2.2\nc CLASS1 A 192.0.2.3\n"
                             "d 1W2d3H4m5S TYPE1 \\# 4 c0000204\n\t0\tA\t192.0.2.5")),
              ElementsAre("a.example.com. 60 A 192.0.2.1", "b.example.com. 5400 A 192.0.2.2",
                          "c.example.com. 5400 A 192.0.2.3", "d.example.com. 788645 A 192.0.2.4",
                          "d.example.com. 0 A 192.0.2.5"));
}

TEST(MasterFile, TakesAMissingTtlFromTheNearestRule) {
  const std::string text = absl::StrCat("@ IN SOA ns1 host 1 7200 900 1209600 300\n",  //
                                        "minimum A 192.0.2.1\n",                       //
                                        "own 60 A 192.0.2.1\n",                        //
                                        "last A 192.0.2.1\n",                          //
                                        "$TTL 2h\n",                                   //
                                        "own2 30 A 192.0.2.1\n",                       //
                                        "default A 192.0.2.1\n",                       //
                                        "$ttl 10\n",                                   //
                                        "default2 A 192.0.2.1\n");
  std::map<std::string, std::uint32_t> ttls;
  const auto records = parse(text);
  ASSERT_TRUE(records.ok()) << records.status();
  for (const Record& record : *records) ttls[std::string(record.owner.label(0))] = record.ttl;
  EXPECT_EQ(ttls, (std::map<std::string, std::uint32_t>{{"example", 300},
                                                        {"minimum", 300},
                                                        {"own", 60},
                                                        {"last", 60},
                                                        {"own2", 30},
                                                        {"default", 7200},
                                                        {"default2", 10}}));
  EXPECT_THAT(parse("a A 192.0.2.1\n"), FailsWith("db.example:1: a record without TTL"));
}

TEST(MasterFile, CompletesNamesWithTheCurrentOrigin) {
  EXPECT_THAT(
      lines_of(parse("$TTL 1\n@ CNAME @\n$ORIGIN sub\n@ MX 1 a\n$ORIGIN net.\na NS b.c.\n")),
      ElementsAre("example.com. 1 CNAME example.com.", "sub.example.com. 1 MX 1 a.sub.example.com.",
                  "a.net. 1 NS b.c."));
}

TEST(MasterFile, ReadsAnyLineEndAndAnyWhiteSpace) {
  EXPECT_THAT(
      lines_of(
          parse("$TTL 1\r\n\r\n ; only a comment\r\na\tA\t192.0.2.1 \t; tail\r\n\tTXT ( \"a;b\"\r\n"
                "  c ) ; d\r\n   \r\nb A 192.0.2.2")),
      ElementsAre("a.example.com. 1 A 192.0.2.1", "a.example.com. 1 TXT \"a;b\" \"c\"",
                  "b.example.com. 1 A 192.0.2.2"));
  EXPECT_THAT(lines_of(parse("")), ElementsAre());
  EXPECT_THAT(lines_of(parse("\n;\n  \n")), ElementsAre());
}

TEST(MasterFile, ReadsEscapesAndQuotedStrings) {
  EXPECT_THAT(
      lines_of(parse("$TTL 1\na\\.b\\;c TXT \"\\\"q\\\"\" \"a\"\"b\" \\; un\\032quoted\n"
                     "\\$TTL A 192.0.2.1\n\\@ A 192.0.2.2\n")),
      ElementsAre("a\\.b\\;c.example.com. 1 TXT \"\\\"q\\\"\" \"a\" \"b\" \";\" \"un quoted\"",
                  "\\$TTL.example.com. 1 A 192.0.2.1", "\\@.example.com. 1 A 192.0.2.2"));
}

TEST(MasterFile, ReadsUnknownTypesInTheFormOfRfc3597) {
  EXPECT_THAT(
      lines_of(parse("$TTL 1\na TYPE65280 \\# 4 01 020304\na IN TYPE666 \\# 0\n")),
      ElementsAre("a.example.com. 1 TYPE65280 \\# 4 01020304", "a.example.com. 1 TYPE666 \\# 0"));
}

TEST(MasterFile, NamesTheLineOfAnError) {
  const std::map<std::string, std::string> errors = {
      {"$TTL 1\na A 192.0.2\n", "db.example:2: Invalid Resource Record: 'FATAL problem: ARRDATA"},
      {"\n\na 1 A (\n 192.0.2.1\n junk )\n", "db.example:5: Invalid Resource Record: "},
      {"@ 1 SOA a b (\n 1\n 2\n x\n 4 5 )\n",
       "db.example:4: Invalid Resource Record: SOA retry 'x'"},
      {"a 1 TXT \"open\n", "db.example:1: a quoted string does not end on its line"},
      {"\na 1 TXT ( a\nb\n\n", "db.example:2: '(' is never closed"},
      {"a 1 TXT a )\n", "db.example:1: ')' without '('"},
      {"a 1 TXT a\rb\n", "db.example:1: a carriage return without a line feed"},
      {"a 1 TXT a\\\nb\n", "db.example:1: '\\' at the end of a line"},
      {"\n A 192.0.2.1\n", "db.example:2: white space stands for the last owner name"},
      {"a..b 1 A 192.0.2.1\n", "db.example:1: FATAL problem: DomainLabelEmpty"},
      {"a 1 NOSUCH x\n", "db.example:1: unknown record type 'NOSUCH'"},
      {"a 1 \"A\" 192.0.2.1\n", "db.example:1: unknown record type 'A'"},
      {"a\n", "db.example:1: a record without type"},
      {"a 1 IN\n", "db.example:1: a record without type"},
      {"a 1 CH TXT version\n", "db.example:1: class CH; only class IN is served"},
      {"a CLASS3 1 TXT version\n", "db.example:1: class CLASS3"},
      {"a 1 ANY \\# 0\n", "db.example:1: class ANY"},
      {"a 1 AXFR \\# 0\n", "db.example:1: AXFR is not a type of data"},
      {"a 1 OPT \\# 0\n", "db.example:1: OPT is not a type of data"},
      {"a 1 TYPE0 \\# 0\n", "db.example:1: TYPE0 is not a type of data"},
      {"a 2147483648 A 192.0.2.1\n", "db.example:1: TTL '2147483648'; write seconds"},
      {"a 1x A 192.0.2.1\n", "db.example:1: TTL '1x'"},
      {"a 1 2 A 192.0.2.1\n", "db.example:1: unknown record type '2'"},
      {"$TTL\n", "db.example:1: $TTL needs one value"},
      {"$TTL 1 2\n", "db.example:1: $TTL needs one value"},
      {"$TTL -1\n", "db.example:1: TTL '-1'"},
      {"$ORIGIN a..b\n", "db.example:1: FATAL problem: DomainLabelEmpty"},
      {"$GENERATE 1-3 a$ A 192.0.2.$\n",
       "db.example:1: unknown directive '$GENERATE'; only $ORIGIN, $TTL and $INCLUDE"},
      {"$INCLUDE other\n", "db.example:1: $INCLUDE is not permitted here"},
      {"\xef\xbb\xbf$TTL 1\n", "db.example:1: a byte order mark before the text"},
      {"\xff\xfe$", "db.example:1: a byte order mark before the text"},
      {"\"a\" 1 A 192.0.2.1\n", "db.example:1: an owner name in quotation marks"},
  };
  for (const auto& [text, error] : errors) EXPECT_THAT(parse(text), FailsWith(error)) << text;
}

TEST(MasterFile, RefusesARecordOutsideItsZone) {
  EXPECT_THAT(parse(absl::StrCat("www.example.net. 1 A 192.0.2.1\n", std::string(kSoaLine))),
              FailsWith("db.example:1: www.example.net. is outside the zone example.com."));
}

TEST(MasterFile, RefusesRecordsThatMayNotBeTogether) {
  const std::string soa(kSoaLine);
  EXPECT_THAT(parse(soa + "@ 1 SOA ns2 host 1 2 3 4 5\n"),
              FailsWith("db.example:2: example.com. has a second SOA"));
  EXPECT_THAT(parse(soa + "sub 1 SOA ns1 host 1 7200 900 1209600 300\n"),
              FailsWith("db.example:2: sub.example.com. has a second SOA"));
  EXPECT_THAT(parse("a 1 CNAME b\na 1 TXT x\n"),
              FailsWith("db.example:2: a.example.com. has a CNAME and other"));
  EXPECT_THAT(parse("a 1 TXT x\n\nA 1 CNAME b\n"),
              FailsWith("db.example:3: A.example.com. has a CNAME and other"));
  EXPECT_THAT(parse("a 1 CNAME b\na 1 CNAME c\n"),
              FailsWith("db.example:2: a.example.com. has a second CNAME"));
  EXPECT_THAT(parse("a 1 DNAME b\na 1 DNAME c\n"),
              FailsWith("db.example:2: a.example.com. has a second DNAME"));
  EXPECT_EQ(lines_of(parse("a 1 CNAME b\na 1 NSEC c CNAME NSEC\nb 1 DNAME c\nb 1 TXT x\n")).size(),
            4u);
}

TEST(MasterFile, MergesDuplicates) {
  const std::string soa(kSoaLine);
  EXPECT_EQ(lines_of(parse(soa + soa)).size(), 1u);
  EXPECT_THAT(
      lines_of(parse(
          "a 1 CNAME B\nb 1 A 192.0.2.1\nA 2 CNAME b\nB 1 A 192.0.2.1\nb 1 TXT a\nb 1 TXT A\n")),
      ElementsAre("a.example.com. 1 CNAME B.example.com.", "b.example.com. 1 A 192.0.2.1",
                  "b.example.com. 1 TXT \"a\"", "b.example.com. 1 TXT \"A\""));
}

class Include : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<Record>> parse_main() {
    return parse_master_file(
        files_["main"],
        {"main", name("example.com."), [this](std::string_view path) { return read(path); }});
  }
  absl::StatusOr<std::string> read(std::string_view path) {
    ++reads_;
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return not_found("no such file");
    return found->second;
  }

  std::map<std::string, std::string> files_;
  int reads_ = 0;
};

TEST_F(Include, KeepsOriginAndOwnerOfTheIncludingFile) {
  files_ = {{"main",
             "$TTL 1\na A 192.0.2.1\n$INCLUDE \"a file\" sub\n TXT still-a\n$include plain\nb A "
             "192.0.2.2\n"},
            {"a file", "x A 192.0.2.3\n$ORIGIN deeper\n@ A 192.0.2.4\n"},
            {"plain", "y A 192.0.2.5"}};
  EXPECT_THAT(
      lines_of(parse_main()),
      ElementsAre("a.example.com. 1 A 192.0.2.1", "x.sub.example.com. 1 A 192.0.2.3",
                  "deeper.sub.example.com. 1 A 192.0.2.4", "a.example.com. 1 TXT \"still-a\"",
                  "y.example.com. 1 A 192.0.2.5", "b.example.com. 1 A 192.0.2.2"));
}

TEST_F(Include, NamesTheFileOfAnError) {
  files_ = {{"main", "$TTL 1\n$INCLUDE one\n"}, {"one", "\na A 192.0.2\n"}};
  EXPECT_THAT(parse_main(), FailsWith("one:2: Invalid Resource Record"));
  files_["one"] = "\n CNAME b\n";
  EXPECT_THAT(parse_main(), FailsWith("one:2: white space stands for"));
  files_["one"] = "a CNAME b\n$INCLUDE two\n";
  files_["two"] = "\n\na TXT x\n";
  EXPECT_THAT(parse_main(), FailsWith("two:3: a.example.com. has a CNAME and other"));
  files_.erase("two");
  EXPECT_THAT(parse_main(), FailsWith("one:2: $INCLUDE two: no such file"));
  files_["main"] = "$INCLUDE\n";
  EXPECT_THAT(parse_main(), FailsWith("main:1: $INCLUDE needs a file name"));
}

TEST_F(Include, EndsForAFileThatIncludesItself) {
  files_["main"] = "$INCLUDE main\n";
  EXPECT_THAT(parse_main(), FailsWith("does a file include itself?"));
  EXPECT_LE(reads_, 10);
  // Shallow, but more files at each depth than could ever be read.
  reads_ = 0;
  files_.clear();
  for (int depth = 0; depth < 7; ++depth) {
    for (int i = 0; i < 100; ++i)
      absl::StrAppend(&files_[depth == 0 ? "main" : absl::StrCat(depth)], "$INCLUDE ", depth + 1,
                      "\n");
  }
  files_["7"] = "";
  EXPECT_THAT(parse_main(), FailsWith("$INCLUDE deeper than 8 files or more than 1000 times"));
  EXPECT_LE(reads_, 1000);
}

TEST(MasterFile, ReadsBackWhatItWrites) {
  auto random = seeded_generator();
  const std::vector<std::pair<RRType, std::string>> data = {
      {RRType::kTxt, "\"a;b(c\" \"\\\"\\\\\\010\""},
      {RRType::kHttps, "1 . alpn=\"a b\" key700=\";\""},
      {RRType::kMx, "0 @"},
      {RRType{65280}, "\\# 3 3b2028"},
      {RRType::kCaa, "0 issue \"; x=1\""}};
  for (int round = 0; round < 200; ++round) {
    std::vector<Record> records;
    for (auto count = random() % 20; count > 0; --count) {
      const auto& [type, text] = data[random() % data.size()];
      records.push_back({random_name(random), type,
                         static_cast<std::uint32_t>(random() % 0x80000000),
                         parse_rdata(type, text, random_name(random)).value(), 0});
    }
    const auto again =
        parse_master_file(format_master_file(records), {"again", name("wrong."), {}});
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << format_master_file(records);
    const auto twice = parse_master_file(format_master_file(*again), {"twice", Name(), {}});
    ASSERT_EQ(lines_of(again), lines_of(twice));
    // Only duplicates are gone.
    std::set<std::string> before;
    for (const std::string& line : lines_of(records)) before.insert(line);
    for (const std::string& line : lines_of(again)) ASSERT_TRUE(before.contains(line)) << line;
    for (const Record& record : records) {
      ASSERT_TRUE(std::any_of(again->begin(), again->end(), [&](const Record& kept) {
        return kept.owner == record.owner && kept.type == record.type;
      }));
    }
  }
}

}  // namespace
}  // namespace signpost::dns
