#include "signpost/zone_file.h"

#include <gtest/gtest.h>

#include "tests/support/folder.h"

namespace signpost::cli {
namespace {

constexpr char kRecords[] =
    "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 300\n"
    "  3600 IN NS ns1\n"
    "ns1 3600 IN A 192.0.2.53\n"
    "www 60 IN A 192.0.2.1\n"
    "www 30 IN A 192.0.2.2\n";

absl::StatusOr<ZoneFile> read_whole(const std::string& path, const std::string& origin) {
  absl::StatusOr<ZoneRecords> records = read_zone_file(path, origin);
  if (!records.ok()) return records.status();
  return whole(*std::move(records));
}

TEST(ZoneFile, TakesTheOwnerOfTheSoaForTheZone) {
  const Folder folder;
  const auto file =
      read_whole(folder.write("zones.txt", std::string("$ORIGIN example.com.\n") + kRecords), "");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->zone.name(), "example.com.");
  EXPECT_EQ(file->record_count, 5u);
  ASSERT_EQ(file->zone.record_sets_size(), 4);
  const v1::RecordSet& www = file->zone.record_sets(3);
  EXPECT_EQ(www.name(), "www.example.com.");
  EXPECT_EQ(www.type(), "A");
  EXPECT_EQ(www.records(1), "192.0.2.2");
}

TEST(ZoneFile, GivesAnRRsetTheLowestOfItsTtlsAndSaysSo) {
  const Folder folder;
  const std::string path = folder.write("example.com.zone", kRecords);
  const auto file = read_whole(path, "");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->zone.record_sets(3).ttl(), 30u);
  ASSERT_EQ(file->warnings.size(), 1u);
  EXPECT_EQ(file->warnings[0], path +
                                   ": www.example.com. A has records of different TTLs; all get "
                                   "the lowest, 30 (RFC 2181 section 5.2)");
}

TEST(ZoneFile, GivesItsRecordSetsAPartAtATime) {
  const Folder folder;
  const std::string scattered =
      std::string(kRecords) + "mail 60 IN A 192.0.2.3\nwww 30 IN A 192.0.2.4\n";
  auto records = read_zone_file(folder.write("example.com", scattered), "");
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(records->zone().text(), "example.com.");
  v1::Zone first, second;
  EXPECT_TRUE(records->add_next(4, first));
  EXPECT_TRUE(records->add_next(4, second));
  EXPECT_FALSE(records->add_next(4, second));
  ASSERT_EQ(first.record_sets_size(), 4);
  ASSERT_EQ(first.record_sets(3).records_size(), 3);
  EXPECT_EQ(first.record_sets(3).records(2), "192.0.2.4");
  ASSERT_EQ(second.record_sets_size(), 1);
  EXPECT_EQ(second.record_sets(0).name(), "mail.example.com.");
}

TEST(ZoneFile, FindsTheOriginInTheNameOfTheFile) {
  const Folder folder;
  for (const char* name : {"example.com", "example.com.zone", "db.example.com", "example.com.db"}) {
    const auto file = read_whole(folder.write(name, kRecords), "");
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->zone.name(), "example.com.") << name;
  }
  const auto given = read_whole(folder.write("example.com", kRecords), "example.net");
  ASSERT_TRUE(given.ok()) << given.status();
  EXPECT_EQ(given->zone.name(), "example.net.");
}

TEST(ZoneFile, DoesNotTakeAFileWithoutAnOriginForTheRootZone) {
  const Folder folder;
  const std::string path = folder.write("zone", kRecords);
  EXPECT_EQ(read_zone_file(path, "").status().message(),
            path +
                ":1: the file does not say which zone it is; give --origin, or begin the file "
                "with $ORIGIN");
  const auto root = read_whole(path, ".");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->zone.name(), ".");
}

TEST(ZoneFile, RefusesAFileThatIsNoZone) {
  const Folder folder;
  const std::string path = folder.write("example.com", "www 60 IN A 192.0.2.1\n");
  EXPECT_EQ(read_zone_file(path, "").status().message(),
            path + ": no SOA record, so this is no zone; its owner names the zone");
  const std::string bad = folder.write("bad", "$ORIGIN example.com.\n@ 60 IN A 192.0.2.300\n");
  EXPECT_EQ(read_zone_file(bad, "").status().message().find(bad + ":2: "), 0u);
}

TEST(ZoneFile, NamesTheLineOfARecordOutsideItsZone) {
  const Folder folder;
  const std::string path =
      folder.write("example.com", std::string(kRecords) + "www.example.net. 60 IN A 192.0.2.1\n");
  EXPECT_EQ(read_zone_file(path, "").status().message().find(
                path + ":6: www.example.net. is outside the zone example.com."),
            0u);
}

TEST(ZoneFile, IncludesFilesBelowItsFolderOnly) {
  const Folder folder;
  folder.write("parts/hosts", "host 60 IN A 192.0.2.7\n");
  const auto file =
      read_whole(folder.write("example.com", std::string(kRecords) + "$INCLUDE parts/hosts\n"), "");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->record_count, 6u);
  for (const char* outside : {"/etc/passwd", "../secret", "parts/../../secret"}) {
    const auto refused = read_whole(
        folder.write("example.net", std::string(kRecords) + "$INCLUDE " + outside + "\n"), "");
    EXPECT_NE(refused.status().message().find("$INCLUDE reads files below"), std::string::npos)
        << refused.status();
  }
}

TEST(ZoneFile, WritesWhatItReads) {
  const Folder folder;
  const auto file = read_whole(folder.write("example.com", kRecords), "");
  ASSERT_TRUE(file.ok()) << file.status();
  const dns::Name apex = *dns::Name::parse("example.com");
  const auto text =
      to_master_file(apex, {file->zone.record_sets().begin(), file->zone.record_sets().end()});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->left_out, 0u);
  const auto again = read_whole(folder.write("again", text->text), "");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->zone.SerializeAsString(), file->zone.SerializeAsString());
}

TEST(ZoneFile, LeavesRecordSetsWithAPolicyAsComments) {
  v1::RecordSet set;
  set.set_name("api");
  set.set_type("A");
  set.set_set_identifier("one");
  set.mutable_weighted()->set_weight(1);
  set.add_records("192.0.2.1");
  const auto text = to_master_file(*dns::Name::parse("example.com"), {set});
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(text->left_out, 1u);
  EXPECT_NE(text->text.find("; api A set one: 192.0.2.1\n"), std::string::npos) << text->text;
}

}  // namespace
}  // namespace signpost::cli
