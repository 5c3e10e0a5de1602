#include "dns/name_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/hash/hash.h"
#include "dns/name.h"

namespace signpost::dns {
namespace {

NameSpace space(const std::string& view) { return NameSpace::named(view).value(); }
Name name(const std::string& text) { return Name::parse_with_view(text).value(); }

TEST(NameSpace, IsKnownByTheNameOfItsView) {
  EXPECT_TRUE(NameSpace().is_public());
  EXPECT_EQ(space(""), NameSpace());
  EXPECT_EQ(space("office"), space("office"));
  EXPECT_NE(space("office"), space("lab"));
  EXPECT_EQ(space("office").view(), "office");
  EXPECT_EQ(NameSpace::numbered(space("lab").number()), space("lab"));
  EXPECT_LT(NameSpace(), space("lab"));
  EXPECT_LT(space("lab"), space("office")) << "by name, whichever was named first";
}

TEST(NameSpace, RefusesWhatNoViewCanBeCalled) {
  for (const std::string& view : {std::string("Office"), std::string("a.b"), std::string("a b"),
                                  std::string("a@b"), std::string(33, 'a')}) {
    EXPECT_EQ(NameSpace::named(view).status().code(), absl::StatusCode::kInvalidArgument) << view;
  }
}

TEST(PrivateName, IsNoneOfAnotherNameSpace) {
  const Name here = name("www.example.com@office");
  EXPECT_NE(here, name("www.example.com"));
  EXPECT_NE(here, name("www.example.com@lab"));
  EXPECT_EQ(here, name("WWW.example.com.@office"));
  EXPECT_FALSE(here.is_at_or_below(name("example.com")));
  EXPECT_FALSE(name("www.example.com").is_at_or_below(name("example.com@office")));
  EXPECT_FALSE(here.is_at_or_below(name("example.com@lab")));
  EXPECT_FALSE(here.is_at_or_below(Name()));
  EXPECT_TRUE(here.is_at_or_below(name("example.com@office")));
  EXPECT_TRUE(here.is_at_or_below(name(".@office")));
}

TEST(PrivateName, HasTheOctetsOfThePublicOne) {
  const Name here = name("*.Example.com@office");
  EXPECT_EQ(here.wire(), name("*.Example.com").wire());
  EXPECT_EQ(here.label_count(), 3u);
  EXPECT_TRUE(here.is_wildcard());
  EXPECT_FALSE(here.is_root());
  EXPECT_TRUE(name(".@office").is_root());
  EXPECT_EQ(here.in(NameSpace()), name("*.example.com"));
  EXPECT_EQ(name("*.example.com").in(space("office")), here);
}

TEST(PrivateName, StaysInItsNameSpaceWhateverIsMadeOfIt) {
  const Name here = name("a.b.Example.com@office");
  EXPECT_EQ(here.parent(), name("b.example.com@office"));
  EXPECT_EQ(here.suffix(1), name("com@office"));
  EXPECT_EQ(here.suffix(0), name(".@office"));
  EXPECT_EQ(here.suffix(0).parent(), name(".@office"));
  EXPECT_EQ(here.folded().text(), "a.b.example.com.@office");
  EXPECT_EQ(here.with_prefix("*").value(), name("*.a.b.example.com@office"));
  EXPECT_EQ(Name::parse("www", here).value(), name("www.a.b.example.com@office"));
  EXPECT_EQ(Name::parse("www.example.net.", here).value(), name("www.example.net@office"));
  EXPECT_EQ(here.with_suffix_replaced(name("b.example.com@office"), name("c.test")).value(),
            name("a.c.test"))
      << "the name space of what replaces the suffix";
  for (NameView view(here), *at = &view; !at->is_root(); *at = at->parent()) {
    EXPECT_TRUE(at->name().is_at_or_below(name(".@office")));
    EXPECT_EQ(absl::Hash<NameView>{}(*at), absl::Hash<Name>{}(at->name()));
  }
}

TEST(PrivateName, IsAsLongAsAPublicOneMayBe) {
  const std::string label(63, 'x');
  const Name longest =
      name(label + "." + label + "." + label + "." + std::string(61, 'x') + ".@office");
  EXPECT_EQ(longest.wire().size(), 255u);
  EXPECT_EQ(absl::Hash<Name>{}(longest), absl::Hash<Name>{}(longest.folded()));
  EXPECT_FALSE(longest.with_prefix("a").ok());
  EXPECT_EQ(name(label + ".@office").with_prefix("a").value().label_count(), 2u);
}

TEST(PrivateName, ComesBackFromItsTextAndItsKey) {
  for (const char* text : {".", "www.example.com.", "www.example.com.@office", ".@lab",
                           "a\\@b.example.com.", "a\\@b.example.com.@office"}) {
    EXPECT_EQ(name(text).text(), text);
    EXPECT_EQ(Name::from_key(name(text).key()).value(), name(text)) << text;
  }
  EXPECT_EQ(name("example.com").key(), name("example.com").wire())
      << "what was stored before there were views is read as before";
  for (const char* text : {"example.com@", "example.com@Office", "example.com@a.b"})
    EXPECT_FALSE(Name::parse_with_view(text).ok()) << text;
  EXPECT_FALSE(Name::from_key(std::string("\3com\0Office", 11)).ok());
  EXPECT_FALSE(Name::from_key("\3com").ok());
}

TEST(PrivateName, IsSortedByItsNameSpaceFirst) {
  std::vector<Name> names = {name("a.example@office"), name("b.example"), name("example@lab"),
                             name("example@office"), name("a.example")};
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<Name>{name("a.example"), name("b.example"), name("example@lab"),
                                      name("example@office"), name("a.example@office")}));
}

}  // namespace
}  // namespace signpost::dns
