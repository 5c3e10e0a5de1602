#include "model/config.h"

#include <gtest/gtest.h>

#include "model/answer_table.h"

namespace signpost::model {
namespace {

using dns::RRType;

dns::Name name(std::string_view text) { return dns::Name::parse(text).value(); }

ZonePtr zone(ZoneId id, std::string_view apex) {
  auto made = std::make_shared<Zone>();
  made->id = id;
  made->apex = name(apex);
  return made;
}

RecordGroupPtr group(RRType type) {
  auto made = std::make_shared<RecordGroup>();
  made->type = type;
  return made;
}

TEST(Config, FindsTheZoneWithTheLongestApex) {
  Config config;
  for (const ZonePtr& each : {zone(1, "example.com."), zone(2, "sub.example.com.")})
    config.zones.set(each->apex, each);
  const auto id_of = [&](std::string_view text) {
    const ZonePtr found = config.zone_of(name(text));
    return found ? found->id : 0;
  };
  EXPECT_EQ(id_of("example.com."), 1u);
  EXPECT_EQ(id_of("WWW.Example.COM."), 1u);
  EXPECT_EQ(id_of("sub.example.com."), 2u);
  EXPECT_EQ(id_of("a.b.c.sub.EXAMPLE.com."), 2u);
  EXPECT_EQ(id_of("notsub.example.com."), 1u);
  EXPECT_EQ(id_of("example.net."), 0u);
  EXPECT_EQ(id_of("com."), 0u);
  EXPECT_EQ(id_of("."), 0u);
  config.zones.set(dns::Name(), zone(3, "."));
  EXPECT_EQ(id_of("example.net."), 3u);
  EXPECT_EQ(id_of("."), 3u);
}

TEST(Zone, FindsTheGroupOfAnOwnerAndType) {
  auto owner = std::make_shared<OwnerRecords>();
  owner->groups = {group(RRType::kA), group(RRType::kMx), group(RRType::kCaa)};
  Zone held;
  held.owners.set(name("www.example.com."), owner);
  for (const RRType type : {RRType::kA, RRType::kMx, RRType::kCaa}) {
    const RecordGroup* found = held.group(name("WWW.example.com."), type);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->type, type);
  }
  for (const RRType type : {RRType{0}, RRType::kNs, RRType::kTxt, RRType{65535}})
    EXPECT_EQ(held.group(name("www.example.com."), type), nullptr);
  EXPECT_EQ(held.group(name("example.com."), RRType::kA), nullptr);
  EXPECT_EQ(OwnerRecords().group(RRType::kA), nullptr);
}

AnswerPtr answer(std::string octets) {
  auto made = std::make_shared<Answer>();
  made->variants.emplace_back();
  made->variants.back().octets = std::move(octets);
  return made;
}

// A million names have one of each, beside the 16 octets of a shared_ptr's block: who makes one of
// them larger, adds as many megabytes (docs/performance.md has the sum).
TEST(Config, AndTableTakeFewOctetsForANameWithOneAddress) {
  EXPECT_EQ(sizeof(dns::Name), 8u);
  EXPECT_EQ(sizeof(OwnerRecords), 24u);
  EXPECT_EQ(sizeof(RecordGroup), 112u);
  EXPECT_EQ(sizeof(Node), 80u);
  EXPECT_EQ(sizeof(Answer), 80u);
}

TEST(Node, AnswersAListedTypeAndElseWithWhatItHasForOthers) {
  Node node;
  node.types = {{RRType::kA, answer("a")}, {RRType::kMx, answer("mx")}};
  EXPECT_EQ(node.answer(RRType::kA)->variants[0].octets.view(), "a");
  EXPECT_EQ(node.answer(RRType::kMx)->variants[0].octets.view(), "mx");
  EXPECT_EQ(node.answer(RRType::kTxt), nullptr);
  EXPECT_EQ(node.answer(RRType::kNs), nullptr);
  node.other = answer("cname");
  EXPECT_EQ(node.answer(RRType::kTxt)->variants[0].octets.view(), "cname");
  EXPECT_EQ(node.answer(RRType::kA)->variants[0].octets.view(), "a");
}

TEST(Node, ServesLikeAnotherWithEqualAnswers) {
  const auto make = [] {
    Node node;
    node.zone = 1;
    node.types = {{RRType::kA, answer("a")}};
    node.other = answer("other");
    return node;
  };
  Node changed = make();
  EXPECT_TRUE(make().serves_like(changed)) << "equal answers in different objects";
  changed.children = 7;
  changed.real_children = 5;
  EXPECT_TRUE(make().serves_like(changed)) << "counts of children do not matter";
  changed.types = {{RRType::kA, answer("b")}};
  EXPECT_FALSE(make().serves_like(changed));
  changed = make();
  changed.types.emplace_back(RRType::kMx, answer("mx"));
  EXPECT_FALSE(make().serves_like(changed));
  changed = make();
  changed.other = nullptr;
  EXPECT_FALSE(make().serves_like(changed));
  changed = make();
  changed.has_wildcard = true;
  EXPECT_FALSE(make().serves_like(changed));
  changed = make();
  changed.is_zone_cut = true;
  EXPECT_FALSE(make().serves_like(changed));
  changed = make();
  changed.dname_target = model::Boxed<dns::Name>(name("example.net."));
  EXPECT_FALSE(make().serves_like(changed));
}

}  // namespace
}  // namespace signpost::model
