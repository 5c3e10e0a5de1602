#include "model/tags.h"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

const Tags kTags{{"site", "lon"}, {"env", ""}};

bool selects(std::string_view text, const Tags& tags = kTags) {
  const absl::StatusOr<TagSelector> selector = TagSelector::parse(text);
  EXPECT_TRUE(selector.ok()) << selector.status();
  return selector.ok() && selector->matches(tags);
}

TEST(TagSelector, NeedsAllOfItsTerms) {
  EXPECT_TRUE(selects("site=lon"));
  EXPECT_TRUE(selects("site=lon,env"));
  EXPECT_FALSE(selects("site=lon,env=live"));
  EXPECT_FALSE(selects("site=fra"));
}

TEST(TagSelector, TakesAnEmptyValueForAValue) {
  EXPECT_TRUE(selects("env="));
  EXPECT_FALSE(selects("site="));
}

TEST(TagSelector, CountsAMissingKeyAsDifferent) {
  EXPECT_TRUE(selects("team!=web"));
  EXPECT_TRUE(selects("site!=fra"));
  EXPECT_FALSE(selects("site!=lon"));
}

TEST(TagSelector, SelectsEverythingWithoutTerms) {
  EXPECT_TRUE(selects(""));
  EXPECT_TRUE(selects("", {}));
}

TEST(TagSelector, RefusesWhatIsNoTerm) {
  for (const char* text : {"=lon", "!=lon", "site==lon", "a,,b", "a b", "site=l,=x"})
    EXPECT_FALSE(TagSelector::parse(text).ok()) << text;
}

TEST(Tags, AreRefusedWithoutAKeyTwiceAndBeyondFifty) {
  Tags tags;
  EXPECT_TRUE(add_tag("site=lon", tags).ok());
  EXPECT_EQ(add_tag("site=fra", tags).message(), "\"site\" is there twice");
  EXPECT_FALSE(add_tag("=lon", tags).ok());
  EXPECT_FALSE(add_tag("site", tags).ok());
  EXPECT_FALSE(add_tag("a=" + std::string(64, 'x'), tags).ok());
  for (int i = 1; i < 50; ++i) EXPECT_TRUE(add_tag("t" + std::to_string(i) + "=", tags).ok());
  EXPECT_FALSE(add_tag("last=straw", tags).ok());
}

TEST(Tags, AreWrittenInTheOrderOfTheirKeys) {
  EXPECT_EQ(tag_texts(kTags), (std::vector<std::string>{"env=", "site=lon"}));
}

}  // namespace
}  // namespace signpost::model
