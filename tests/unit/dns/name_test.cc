#include "dns/name.h"

#include <algorithm>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/hash/hash_testing.h"
#include "dns/name_text.h"
#include "tests/unit/dns/support.h"

namespace signpost::dns {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

std::vector<std::string> labels_of(const Name& name) {
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < name.label_count(); ++i) labels.emplace_back(name.label(i));
  return labels;
}

// RFC 4034 section 6.1, written down as simply as possible.
std::vector<std::vector<unsigned char>> sort_key(const Name& name) {
  std::vector<std::vector<unsigned char>> key;
  for (const std::string& label : labels_of(name)) {
    const std::string folded = lower(label);
    key.insert(key.begin(), {folded.begin(), folded.end()});
  }
  return key;
}

TEST(Name, CompletesARelativeNameWithTheOrigin) {
  const Name origin = name("example.com.");
  EXPECT_EQ(Name::parse("www", origin)->wire(), from_hex("03777777076578616d706c6503636f6d00"));
  EXPECT_EQ(Name::parse("www.", origin)->wire(), from_hex("0377777700"));
  EXPECT_EQ(Name::parse("@", origin)->wire(), origin.wire());
  EXPECT_EQ(Name::parse(".", origin)->wire(), from_hex("00"));
  EXPECT_EQ(Name::parse("\\@", origin)->text(), "\\@.example.com.");
  EXPECT_EQ(Name::parse("www")->text(), "www.");
}

TEST(Name, ReadsAndWritesEscapes) {
  EXPECT_EQ(name("a\\.b.\\000\\255\\032.").wire(), from_hex("03612e620300ff2000"));
  EXPECT_EQ(name("a\\.b.\\000\\255\\032.").text(), "a\\.b.\\000\\255\\032.");
  EXPECT_EQ(name("0/25.*._x-y.").text(), "0\\/25.*._x-y.");
  EXPECT_EQ(name("\\097\\.\\092.").text(), "a\\.\\\\.");
}

TEST(Name, RefusesTextThatIsNoName) {
  const std::string label63(63, 'a');
  const std::string name_of_255 =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b') + ".";
  EXPECT_EQ(name(name_of_255).wire().size(), 255u);
  EXPECT_THAT(Name::parse(name_of_255.substr(0, name_of_255.size() - 1) + "c."),
              FailsWith("DomainNameTooLong (Domain name is too long)"));
  EXPECT_THAT(Name::parse("x", name(name_of_255)), FailsWith("DomainNameTooLong"));
  EXPECT_TRUE(Name::parse(label63 + ".").ok());
  EXPECT_THAT(Name::parse(label63 + "a."),
              FailsWith("DomainLabelTooLong (Domain label is too long) encountered with 'aaa"));
  for (const char* text : {"a..b", ".a", "..", "", "a.."})
    EXPECT_THAT(Name::parse(text), FailsWith("DomainLabelEmpty")) << text;
  for (const char* text : {"\\256.", "\\25.", "\\1", "a\\"})
    EXPECT_THAT(Name::parse(text), FailsWith("\\DDD")) << text;
}

TEST(Name, RefusesWireFormThatIsNoName) {
  EXPECT_TRUE(Name::from_wire(from_hex("00")).ok());
  for (const char* wire : {"", "0161", "c00c", "0161c000",
                           "40"
                           "00",
                           "80"
                           "00",
                           "0061",
                           "016100"
                           "00"})
    EXPECT_FALSE(Name::from_wire(from_hex(wire)).ok()) << wire;
  std::string wire;
  for (int i = 0; i < 127; ++i) wire += from_hex("0161");
  EXPECT_TRUE(Name::from_wire(wire + '\0').ok());  // 255 octets
  EXPECT_EQ(Name::from_wire(wire + '\0')->label_count(), 127u);
  EXPECT_FALSE(Name::from_wire(from_hex("026161") + wire.substr(2) + '\0').ok());  // 256 octets
}

TEST(Name, SortsAsTheExampleOfRfc4034) {
  const std::vector<std::string> sorted = {
      "example.",   "a.example.",       "yljkjljk.a.example.", "Z.a.example.",    "zABC.a.EXAMPLE.",
      "z.example.", "\\001.z.example.", "*.z.example.",        "\\200.z.example."};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j)
      EXPECT_EQ(name(sorted[i]) <=> name(sorted[j]), i <=> j) << sorted[i] << " " << sorted[j];
  }
}

TEST(Name, KnowsTheWildcardsOfRfc4592) {
  EXPECT_TRUE(name("*.example.").is_wildcard());
  EXPECT_TRUE(name("*.").is_wildcard());
  EXPECT_TRUE(name("\\042.example.").is_wildcard());
  for (const char* text : {"host1.example.", "sub.*.example.", "**.example.", "*a.example.", "."})
    EXPECT_FALSE(name(text).is_wildcard()) << text;
}

TEST(Name, KnowsWhatLiesBelowIt) {
  EXPECT_TRUE(name("www.Example.com.").is_at_or_below(name("eXAMPLE.COM.")));
  EXPECT_TRUE(name("example.com.").is_at_or_below(name("example.com.")));
  EXPECT_TRUE(name("com.").is_at_or_below(Name()));
  EXPECT_FALSE(name("com.").is_at_or_below(name("example.com.")));
  EXPECT_FALSE(name("badexample.com.").is_at_or_below(name("example.com.")));
  // The octets of com. end this name, but inside a label.
  EXPECT_FALSE(name("a\\003com.").is_at_or_below(name("com.")));
}

TEST(Name, ReplacesASuffixAsDnameDoes) {
  EXPECT_EQ(
      name("a.b.example.com.").with_suffix_replaced(name("EXAMPLE.com."), name("net."))->text(),
      "a.b.net.");
  EXPECT_EQ(name("example.com.").with_suffix_replaced(name("example.com."), Name())->text(), ".");
  const std::string label(63, 'a');
  const Name target = name(label + "." + label + "." + label + ".");
  EXPECT_FALSE(name(label + ".com.").with_suffix_replaced(name("com."), target).ok());
}

TEST(Name, GrowsByALabelWithinItsLimits) {
  EXPECT_EQ(name("example.com.").with_prefix("a.b")->text(), "a\\.b.example.com.");
  EXPECT_FALSE(name("com.").with_prefix("").ok());
  EXPECT_FALSE(name("com.").with_prefix(std::string(64, 'a')).ok());
  const std::string label(63, 'a');
  const Name long_name = name(label + "." + label + "." + label + ".");
  EXPECT_TRUE(long_name.with_prefix(std::string(61, 'b')).ok());
  EXPECT_FALSE(long_name.with_prefix(std::string(62, 'b')).ok());
}

TEST(Name, HashesAsItCompares) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {Name(), name("a."), name("A."), name("com."), name("example.com."), name("EXAMPLE.com."),
       name("example\\.com."), name("[.example.com."), name("{.example.com."),
       name("\\193.example.com."), name("\\225.example.com.")}));
}

TEST(NameView, StandsForTheNameAndItsAncestors) {
  auto random = seeded_generator();
  for (int round = 0; round < 2'000; ++round) {
    const Name held = random_name(random);
    Name above = held;
    for (NameView view(held);; view = view.parent(), above = above.parent()) {
      ASSERT_EQ(view.name().wire(), above.wire());
      ASSERT_TRUE(above.folded() == view);
      ASSERT_TRUE(NameView(above) == view);
      ASSERT_EQ(absl::Hash<NameView>{}(view), absl::Hash<Name>{}(above));
      ASSERT_EQ(view.is_wildcard(), above.is_wildcard());
      ASSERT_EQ(view.is_root(), above.is_root());
      if (view.is_root()) break;
      ASSERT_FALSE(above.parent() == view);
    }
  }
}

TEST(Name, AgreesWithASimpleModelOnRandomNames) {
  auto random = seeded_generator();
  for (int round = 0; round < 20'000; ++round) {
    const Name a = random_name(random);
    const Name b = random() % 4 == 0 ? Name::from_wire(lower(std::string(a.wire()))).value()
                                     : random_name(random);
    ASSERT_EQ(Name::parse(a.text(), name("origin."))->wire(), a.wire()) << a.text();
    ASSERT_EQ(Name::from_wire(a.wire())->wire(), a.wire());
    ASSERT_EQ(a.folded().wire(), lower(std::string(a.wire())));
    ASSERT_EQ(a == b, lower(std::string(a.wire())) == lower(std::string(b.wire())))
        << a.text() << " " << b.text();
    ASSERT_EQ(a <=> b, sort_key(a) <=> sort_key(b)) << a.text() << " " << b.text();
    if (a == b) {
      ASSERT_EQ(absl::Hash<Name>{}(a), absl::Hash<Name>{}(b));
    }
    const auto key_a = sort_key(a);
    const auto key_b = sort_key(b);
    const bool below =
        key_b.size() <= key_a.size() && std::equal(key_b.begin(), key_b.end(), key_a.begin());
    ASSERT_EQ(a.is_at_or_below(b), below) << a.text() << " " << b.text();
    ASSERT_EQ(a.suffix(a.label_count()), a);
    ASSERT_TRUE(a.suffix(0).is_root());
    if (!a.is_root()) {
      ASSERT_EQ(a.parent(), a.suffix(a.label_count() - 1));
      ASSERT_EQ(a.parent().with_prefix(a.label(0))->wire(), a.wire());
    }
  }
}

}  // namespace
}  // namespace signpost::dns
