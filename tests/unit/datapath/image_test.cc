#include "datapath/image.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "bpf/reasons.h"

namespace signpost::datapath {
namespace {

using testing::HasSubstr;

dns::Name name(const std::string& text) { return *dns::Name::parse(text); }

class ImageTest : public testing::Test {
 protected:
  ImageTest() {
    auto zone = std::make_shared<model::ZoneAnswers>();
    zone->id = 7;
    zone->apex = name("example.com.");
    zone->nodata = {
        .outcome = model::Outcome::kNodata, .nscount = 1, .tail = 7, .octets = {}, .choice = {}};
    zone->nxdomain = {.outcome = model::Outcome::kNxdomain,
                      .rcode = 3,
                      .nscount = 1,
                      .tail = 7,
                      .octets = {},
                      .choice = {}};
    zone->soa = std::string(61, 's');
    table_.zone_answers.set(7, zone);
    run_ = zone_run_for(zone->apex);
    run_.first = 100;
  }

  NodeImage image_of(const dns::Name& owner, const model::Node& node, std::uint32_t first = 500) {
    const NodeEncoder encoder(table_, {.zones = zones_, .partitions = partitions_});
    NodeImage image;
    encoder.encode(owner, node, first, image);
    const NodeSize size = encoder.size_of(owner, node);
    EXPECT_EQ(size.pages, image.pages.size());
    EXPECT_EQ(size.cells, image.cells.size());
    return image;
  }

  static model::AnswerPtr answer(std::size_t octets) {
    model::Variant variant;
    variant.ancount = 1;
    variant.octets = std::string(octets, 'v');
    return std::make_shared<model::Answer>(
        model::Answer{.by_locality = {}, .variants = {variant}, .ring = {}});
  }

  static model::Node node_with(std::uint16_t types) {
    model::Node node;
    node.zone = 7;
    for (std::uint16_t type = 1; type <= types; ++type)
      node.types.emplace_back(static_cast<dns::RRType>(type + 1000), answer(16));
    return node;
  }

  model::AnswerTable table_;
  ZoneRun run_;
  PartitionRun partition_run_{.first = 300, .cells = 1};
  PartitionFinder partitions_ = [this](const model::PartitionPtr&) { return &partition_run_; };
  ZoneFinder zones_ = [this](model::ZoneId id) { return id == 7 ? &run_ : nullptr; };
};

TEST_F(ImageTest, ANameWithOneAddressIsOnePageWithItsAnswer) {
  model::Node node;
  node.zone = 7;
  model::Variant address;
  address.ancount = 1;
  address.counter = 77;
  address.octets = std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1", 16);
  node.types = {{dns::RRType::kA, std::make_shared<model::Answer>(model::Answer{
                                      .by_locality = {}, .variants = {address}, .ring = {}})}};
  const NodeImage image = image_of(name("www.example.com."), node);

  ASSERT_EQ(image.pages.size(), 1u);
  const struct node& page = image.pages[0];
  EXPECT_EQ(page.flags, NODE_RECORD);
  EXPECT_EQ(page.pages, 1);
  ASSERT_EQ(page.type_count, 1);
  EXPECT_EQ(page.types[0], 1);
  EXPECT_EQ(page.other, 100u);
  EXPECT_EQ(page.nxdomain, 101u);
  EXPECT_TRUE(image.cells.empty());

  EXPECT_EQ(page.record.type, 1);
  EXPECT_EQ(page.record.length, 4);
  EXPECT_EQ(page.record.ttl, htonl(60));
  EXPECT_EQ(std::memcmp(page.record.data, "\xc0\0\2\1", 4), 0);
  EXPECT_EQ(page.record.counter, 77u);
  EXPECT_EQ(page.record.sum, htons(0x8250)) << "c00c + 1 + 1 + 3c + 4 + c000 + 201, carries added";
}

TEST_F(ImageTest, AnswersThatAreNotOneRecordOfTheNameLieInCells) {
  const std::string start("\xc0\x0c\0\x10\0\1\0\0\0\x3c\0", 11);
  const auto cells = [&](std::size_t length, auto&& edit) {
    model::Answer answer;
    model::Variant& only = answer.variants.emplace_back();
    only.ancount = 1;
    only.octets = start + static_cast<char>(length) + std::string(length, 't');
    edit(only);
    model::Node node;
    node.zone = 7;
    node.types = {{dns::RRType::kTxt, std::make_shared<model::Answer>(answer)}};
    return image_of(name("www.example.com."), node).cells.size();
  };
  EXPECT_EQ(cells(18, [](model::Variant&) {}), 0u);
  EXPECT_EQ(cells(19, [](model::Variant&) {}), 1u);
  EXPECT_EQ(cells(4, [](model::Variant& only) { only.rcode = 6; }), 1u);
  EXPECT_EQ(cells(4, [](model::Variant& only) { only.authoritative = false; }), 1u);
  EXPECT_EQ(cells(4, [](model::Variant& only) { only.ancount = 2; }), 1u);
  EXPECT_EQ(cells(4, [](model::Variant& only) { only.arcount = 1; }), 1u);
  EXPECT_EQ(cells(4, [](model::Variant& only) { only.tail = 7; }), 1u);
  EXPECT_EQ(cells(4, [](model::Variant& only) { only.octets = std::string(16, 'o'); }), 1u)
      << "another owner";
}

TEST_F(ImageTest, TheAnswersOfANameWithSeveralTypesLieInCells) {
  const NodeImage image = image_of(name("www.example.com."), node_with(8));
  ASSERT_EQ(image.pages.size(), 2u);
  const std::vector<answer_ref> first(image.pages[0].answers, image.pages[0].answers + 5);
  const std::vector<answer_ref> second(image.pages[1].answers, image.pages[1].answers + 3);
  EXPECT_EQ(first, (std::vector<answer_ref>{500, 501, 502, 503, 504}));
  EXPECT_EQ(second, (std::vector<answer_ref>{505, 506, 507}));
  EXPECT_EQ(image.cells.size(), 8u);
}

TEST_F(ImageTest, TheRunOfAZoneHasRoomForTheLongestSoa) {
  model::ZoneAnswers zone = **table_.zone_answers.find(7);
  zone.soa = std::string(13 + 10 + 255 + 255 + 20, 's');
  const auto cells = encode_zone(zone, run_);
  ASSERT_TRUE(cells.ok()) << cells.status();
  EXPECT_EQ(cells->size(), run_.cells);
  EXPECT_EQ(cells->back().octets[0], 's');

  zone.soa += 's';
  EXPECT_EQ(encode_zone(zone, run_).status().code(), absl::StatusCode::kInternal);
}

TEST_F(ImageTest, NegativeRepliesShareTheSoaOfTheirZone) {
  const auto cells = encode_zone(**table_.zone_answers.find(7), run_);
  ASSERT_TRUE(cells.ok()) << cells.status();
  variant nxdomain;
  std::memcpy(&nxdomain, (*cells)[1].octets, sizeof(nxdomain));
  EXPECT_EQ(ntohs(nxdomain.flags), VARIANT_AA | 3);
  EXPECT_EQ(nxdomain.length, 0);
  EXPECT_EQ(nxdomain.tail, 102u);
  EXPECT_EQ(nxdomain.outcome, REASON_NXDOMAIN);
  variant soa;
  std::memcpy(&soa, (*cells)[2].octets, sizeof(soa));
  EXPECT_EQ(soa.length, 61);
}

TEST_F(ImageTest, MoreTypesThanAPageHoldsFillFurtherPages) {
  for (const std::uint16_t types : {0, 1, 5, 6, 10, 11}) {
    const NodeImage image = image_of(name("www.example.com."), node_with(types));
    const std::size_t pages = types == 0 ? 1 : (types + NODE_TYPES - 1u) / NODE_TYPES;
    ASSERT_EQ(image.pages.size(), pages);
    std::uint16_t expected = 1001;
    for (const struct node& page : image.pages) {
      EXPECT_EQ(page.pages, pages);
      EXPECT_EQ(page.other, 100u);
      for (int i = 0; i < page.type_count; ++i) EXPECT_EQ(page.types[i], expected++);
    }
    EXPECT_EQ(expected, 1001 + types);
  }
}

TEST_F(ImageTest, ANameWithMoreTypesThanPagesCanHoldPassesAllOthers) {
  const NodeImage image = image_of(name("www.example.com."), node_with(49));
  EXPECT_EQ(image.pages.size(), 8u);
  EXPECT_EQ(image.pages[0].other, ANSWER_PASS);
}

TEST_F(ImageTest, DsIsPassedAtAZoneApexAndNowhereElse) {
  model::Node node = node_with(0);
  node.types = {{dns::RRType::kA, answer(16)},
                {dns::RRType::kDs, answer(30)},
                {dns::RRType::kHttps, answer(40)}};
  const NodeImage apex = image_of(name("EXAMPLE.com."), node);
  ASSERT_EQ(apex.pages[0].type_count, 3);
  EXPECT_EQ(apex.pages[0].types[1], 43);
  EXPECT_EQ(apex.pages[0].answers[1], ANSWER_PASS);
  EXPECT_NE(image_of(name("a.example.com."), node).pages[0].answers[1], ANSWER_PASS);

  node.types.erase(node.types.begin() + 1);
  const NodeImage without = image_of(name("example.com."), node);
  ASSERT_EQ(without.pages[0].type_count, 3);
  EXPECT_EQ(without.pages[0].types[1], 43);
  EXPECT_EQ(without.pages[0].answers[1], ANSWER_PASS);
  EXPECT_EQ(without.pages[0].types[2], 65);
}

TEST_F(ImageTest, CutsAndVoidNodesPassEverything) {
  model::Node node = node_with(2);
  node.is_zone_cut = true;
  const struct node cut = image_of(name("sub.example.com."), node).pages[0];
  EXPECT_EQ(cut.flags, NODE_CUT);
  EXPECT_EQ(cut.type_count, 0);
  EXPECT_EQ(cut.other, ANSWER_PASS);
  EXPECT_EQ(cut.nxdomain, ANSWER_PASS);

  node.is_zone_cut = false;
  node.is_void = true;
  node.encloser_labels = 2;
  EXPECT_EQ(image_of(name("b.example.com."), node).pages[0].encloser_labels, 2u);
  node.zone = 0;
  const struct node outside = image_of(name("com."), node).pages[0];
  EXPECT_EQ(outside.flags, NODE_VOID);
  EXPECT_EQ(outside.encloser_labels, ENCLOSER_NONE);
}

TEST_F(ImageTest, AZoneWithoutRecordsIsPassed) {
  auto waiting = std::make_shared<model::ZoneAnswers>(**table_.zone_answers.find(7));
  waiting->nodata = waiting->nxdomain = {.outcome = model::Outcome::kServfail,
                                         .rcode = 2,
                                         .authoritative = false,
                                         .octets = {},
                                         .choice = {}};
  waiting->soa.clear();
  table_.zone_answers.set(7, waiting);
  model::Node apex;
  apex.zone = 7;
  apex.is_apex = true;
  const NodeImage image = image_of(name("example.com."), apex);
  ASSERT_EQ(image.pages.size(), 1u);
  EXPECT_EQ(image.pages[0].other, ANSWER_PASS);
  EXPECT_EQ(image.pages[0].nxdomain, ANSWER_PASS);
  EXPECT_TRUE(encode_zone(*waiting, run_).ok());
}

TEST_F(ImageTest, ARingHoldsTheCellsOfItsVariantsSlotBySlot) {
  model::Answer ring = *answer(16);
  ring.variants.push_back(answer(200)->variants[0]);
  model::Ring slots_of_ring{.slots = {}, .mode = model::RingMode::kSticky, .id = 9};
  for (int i = 0; i < 31; ++i) slots_of_ring.slots.push_back(i % 3 == 0 ? 1 : 0);
  ring.ring = std::move(slots_of_ring);
  model::Node node = node_with(0);
  node.types = {{dns::RRType::kA, std::make_shared<model::Answer>(ring)}};
  const NodeImage image = image_of(name("www.example.com."), node);

  EXPECT_EQ(image.pages[0].answers[0], ANSWER_RING << ANSWER_KIND_SHIFT | 500u);
  ASSERT_EQ(image.cells.size(), 3u + 1u + 4u);
  struct ring head;
  std::memcpy(&head, image.cells[0].octets, sizeof(head));
  EXPECT_EQ(head.slots, 31);
  EXPECT_EQ(head.mode, RING_STICKY);
  EXPECT_EQ(head.id, 9u);
  std::uint32_t slots[31];
  std::memcpy(slots, head.variants, sizeof(head.variants));
  std::memcpy(slots + 14, image.cells[1].octets, 17 * sizeof(*slots));
  for (int i = 0; i < 31; ++i) EXPECT_EQ(slots[i], i % 3 == 0 ? 504u : 503u) << "slot " << i;
}

TEST_F(ImageTest, SaysWhyAnAnswerIsPassed) {
  const auto why = [&](auto&& edit) {
    model::Answer edited = *answer(16);
    edit(edited);
    return why_passed(edited, zones_);
  };
  EXPECT_EQ(why([](model::Answer&) {}), "");
  EXPECT_THAT(why([](model::Answer& a) { a.variants.clear(); }), HasSubstr("no variant"));
  EXPECT_THAT(why([](model::Answer& a) { a.variants[0].outcome = model::Outcome::kServfail; }),
              HasSubstr("SERVFAIL"));
  EXPECT_THAT(why([](model::Answer& a) { a.variants[0].outcome = model::Outcome::kReferral; }),
              HasSubstr("referral"));
  EXPECT_THAT(why([](model::Answer& a) { a.variants[0].tail = 8; }), HasSubstr("not held"));
  EXPECT_EQ(why([](model::Answer& a) { a.variants[0].octets = std::string(1215, 0); }), "");
  EXPECT_THAT(why([](model::Answer& a) { a.variants[0].octets = std::string(1216, 0); }),
              HasSubstr("1216 octets"));
  EXPECT_THAT(why([](model::Answer& a) {
                a.variants[0].tail = 7;
                a.variants[0].octets = std::string(1215 - 553 + 1, 0);
              }),
              HasSubstr("1216 octets"));
  EXPECT_THAT(why([](model::Answer& a) {
                a.variants.resize(2);
                a.ring = model::Ring{.slots = std::vector<std::uint16_t>(65536, 1)};
              }),
              HasSubstr("65536 slots"));
  EXPECT_THAT(why([](model::Answer& a) {
                a.variants.resize(2);
                a.ring = model::Ring{.slots = {0, 1, 2}};
              }),
              HasSubstr("names no variant"));
}

TEST_F(ImageTest, OneVariantThatIsPassedMakesTheWholeRingPass) {
  model::Answer ring = *answer(16);
  ring.variants.push_back(answer(1300)->variants[0]);
  ring.ring = model::Ring{.slots = {0, 0, 0, 1}};
  model::Node node = node_with(0);
  node.types = {{dns::RRType::kA, std::make_shared<model::Answer>(ring)}};
  const NodeImage image = image_of(name("www.example.com."), node);
  EXPECT_EQ(image.pages[0].answers[0], ANSWER_PASS);
  EXPECT_TRUE(image.cells.empty());
}

// An answer by locality over `answers`, one a class, for as many localities.
model::AnswerPtr by_locality(std::vector<model::AnswerPtr> answers) {
  auto partition = std::make_shared<model::Partition>();
  partition->count = static_cast<std::uint32_t>(answers.size());
  for (std::size_t i = 0; i < answers.size(); ++i)
    partition->classes.push_back(static_cast<std::uint16_t>(i));
  auto answer = std::make_shared<model::Answer>();
  answer->by_locality =
      model::AnswersByLocality{.partition = partition, .answers = std::move(answers)};
  return answer;
}

TEST_F(ImageTest, AnAnswerByLocalityListsTheAnswersOfItsClassesEachEncodedOnce) {
  std::vector<model::AnswerPtr> answers;
  for (std::size_t i = 0; i < 20; ++i) answers.push_back(answer(10 + i));
  answers[3] = answers[0];
  answers[15] = answers[1];
  answers[16] = answer(VARIANT_OCTETS_MAX + 1);
  model::Node node;
  node.zone = 7;
  node.types = {{dns::RRType::kA, by_locality(answers)}};
  const NodeImage image = image_of(name("www.example.com."), node);
  ASSERT_EQ(image.pages[0].answers[0], ANSWER_LOCAL << ANSWER_KIND_SHIFT | 500u);
  ASSERT_EQ(image.cells.size(), 2 + 17u) << "two cells of answers, and 17 that differ and fit";

  local head;
  std::memcpy(&head, &image.cells[0], sizeof(head));
  EXPECT_EQ(head.partition, 300u);
  EXPECT_EQ(head.classes, 20u);
  std::vector<answer_ref> refs(head.answers, head.answers + LOCAL_FIRST_ANSWERS);
  refs.resize(20);
  std::memcpy(&refs[LOCAL_FIRST_ANSWERS], &image.cells[1], 6 * sizeof(answer_ref));
  EXPECT_EQ(refs[3], refs[0]);
  EXPECT_EQ(refs[15], refs[1]);
  EXPECT_EQ(refs[16], ANSWER_PASS);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    if (i == 3 || i == 15 || i == 16) continue;
    variant first;
    std::memcpy(&first, &image.cells.at(refs[i] - 500), sizeof(first));
    EXPECT_EQ(first.length, 10 + i);
  }
}

TEST_F(ImageTest, AnAnswerByLocalityIsPassedIfNoClassIsResident) {
  const model::AnswerPtr large = answer(VARIANT_OCTETS_MAX + 1);
  model::Node node;
  node.zone = 7;
  node.types = {{dns::RRType::kA, by_locality({large, large})}};
  const NodeImage image = image_of(name("www.example.com."), node);
  EXPECT_EQ(image.pages[0].answers[0], ANSWER_PASS);
  EXPECT_TRUE(image.cells.empty());
  EXPECT_THAT(why_passed(*node.types[0].second, zones_), HasSubstr("exceeds"));
  EXPECT_EQ(why_passed(*by_locality({large, answer(16)}), zones_), "");
}

TEST_F(ImageTest, AnAnswerByLocalityThatIsNotWholeIsPassed) {
  for (const model::AnswerPtr& broken :
       {by_locality({}), by_locality({answer(16), nullptr}),
        by_locality({answer(16), by_locality({answer(16), answer(16)})})})
    EXPECT_NE(why_passed(*broken, zones_), "");
  auto fewer = std::make_shared<model::Answer>(*by_locality({answer(16), answer(17)}));
  fewer->by_locality =
      model::AnswersByLocality{.partition = fewer->by_locality->partition, .answers = {answer(16)}};
  EXPECT_NE(why_passed(*fewer, zones_), "");
}

// Blocks of 32 localities: of class 3, of several, of class 4, and 6 localities of class 1.
TEST_F(ImageTest, APartitionHasAnEntryForABlockOfOneClassAndACellForAnyOther) {
  model::Partition partition;
  partition.count = 5;
  partition.classes.assign(102, 1);
  std::fill_n(partition.classes.begin(), 32, 3);
  for (std::uint16_t i = 32; i < 64; ++i) partition.classes[i] = i % 5;
  std::fill_n(partition.classes.begin() + 64, 32, 4);
  const std::vector<cell> cells = encode_partition(partition);
  ASSERT_EQ(cells.size(), 2u);
  ASSERT_EQ(partition_cells(partition), 2u);
  std::uint32_t entries[4];
  std::memcpy(entries, cells[0].octets, sizeof(entries));
  EXPECT_THAT(entries,
              ::testing::ElementsAre(BLOCK_UNIFORM | 3, 1, BLOCK_UNIFORM | 4, BLOCK_UNIFORM | 1));
  std::uint16_t classes[32];
  std::memcpy(classes, cells[1].octets, sizeof(classes));
  for (std::uint16_t i = 0; i < 32; ++i) EXPECT_EQ(classes[i], (32 + i) % 5);
}

}  // namespace
}  // namespace signpost::datapath
