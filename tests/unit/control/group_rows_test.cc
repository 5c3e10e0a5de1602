#include "control/group_rows.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "base/status.h"
#include "control/stored_form.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

absl::StatusOr<std::int64_t> zone_id_of(const dns::Name& apex) {
  static const std::map<std::string, std::int64_t> kIds = {{"example.com.", 7},
                                                           {"example.net.", 3}};
  const auto known = kIds.find(apex.text());
  if (known == kIds.end()) return internal_error("zone ", apex.text(), " is not stored");
  return known->second;
}

TEST(GroupRows, ComeInTheOrderOfTheTablesKey) {
  const model::RecordGroupPtr a = simple(dns::RRType::kA, 60, {"192.0.2.1"});
  const model::RecordGroupPtr txt = simple(dns::RRType::kTxt, 60, {"x"});
  const std::vector<GroupDelta> groups = {
      {name("example.com"), name("www.example.com"), dns::RRType::kTxt, nullptr, txt},
      {name("example.com"), name("www.example.com"), dns::RRType::kA, nullptr, a},
      // The first octets of these two are alike.
      {name("example.com"), name("a-long-label-2.example.com"), dns::RRType::kA, nullptr, a},
      {name("example.com"), name("a-long-label-1.example.com"), dns::RRType::kA, nullptr, a},
      {name("example.net"), name("www.example.net"), dns::RRType::kA, nullptr, a}};
  const auto rows = GroupRows::of(groups, zone_id_of);
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::vector<std::tuple<std::int64_t, std::string, std::int64_t>> keys;
  for (std::size_t i = 0; i < rows->size(); ++i)
    keys.emplace_back((*rows)[i].zone_id, (*rows)[i].owner, (*rows)[i].type);
  EXPECT_EQ(keys, (decltype(keys){{3, name("www.example.net").key(), 1},
                                  {7, name("www.example.com").key(), 1},
                                  {7, name("www.example.com").key(), 16},
                                  {7, name("a-long-label-1.example.com").key(), 1},
                                  {7, name("a-long-label-2.example.com").key(), 1}}));
  EXPECT_EQ((*rows)[0].zone_apex, name("example.net").key());
}

TEST(GroupRows, HoldWhatIsStoredBeforeAndAfter) {
  const model::RecordGroupPtr one = simple(dns::RRType::kA, 60, {"192.0.2.1"});
  const model::RecordGroupPtr two = simple(dns::RRType::kA, 60, {"192.0.2.2"});
  const std::vector<GroupDelta> groups = {
      {name("example.com"), name("a.example.com"), dns::RRType::kA, nullptr, one},
      {name("example.com"), name("b.example.com"), dns::RRType::kA, one, two},
      {name("example.com"), name("c.example.com"), dns::RRType::kA, two, nullptr}};
  const auto rows = GroupRows::of(groups, zone_id_of);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)[0].before, std::nullopt);
  EXPECT_EQ((*rows)[0].after, encode_group(*one));
  EXPECT_EQ((*rows)[1].before, encode_group(*one));
  EXPECT_EQ((*rows)[1].after, encode_group(*two));
  EXPECT_EQ((*rows)[2].before, encode_group(*two));
  EXPECT_EQ((*rows)[2].after, std::nullopt);
}

TEST(GroupRows, NeedTheirZoneToBeStored) {
  const auto rows = GroupRows::of({{name("example.org"), name("www.example.org"), dns::RRType::kA,
                                    nullptr, simple(dns::RRType::kA, 60, {"192.0.2.1"})}},
                                  zone_id_of);
  EXPECT_EQ(rows.status().message(), "zone example.org. is not stored");
}

}  // namespace
}  // namespace signpost::control
