#include "geo/geo_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <maxminddb.h>

#include <cmath>
#include <optional>
#include <random>

#include "tests/support/mmdb_writer.h"
#include "tests/unit/geo/support.h"

namespace signpost::geo {
namespace {

using model::Coordinates;
using model::Place;
using model::PlaceSource;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::mmdb_array;
using testing::mmdb_double;
using testing::mmdb_flat_place;
using testing::mmdb_map;
using testing::mmdb_pointer;
using testing::mmdb_text;
using testing::MmdbWriter;

absl::StatusOr<GeoDatabase> open_octets(std::string_view octets) {
  const TemporaryFile file(octets);
  return GeoDatabase::open({file.path()});
}

Place place_at(const GeoDatabase& database, std::string_view address) {
  const model::Prefix at = prefix(address);
  const PlaceTrie& trie = at.is_ipv6 ? database.ipv6() : database.ipv4();
  PlaceTrie::Record record = trie.root();
  for (unsigned bit = 0; bit < at.length; ++bit) record = trie.child(record, at.bit(bit));
  EXPECT_TRUE(PlaceTrie::is_place(record)) << std::string(address);
  return database.places().place(PlaceTrie::place(record));
}

Place place(std::string continent, std::string country, std::string subdivision, std::string city,
            std::optional<Coordinates> coordinates) {
  return {PlaceSource::kData,     std::move(continent), std::move(country),
          std::move(subdivision), std::move(city),      std::move(coordinates)};
}

// Why a file with these octets is refused.
std::string refusal(std::string_view octets) {
  const TemporaryFile file(octets);
  const auto opened = GeoDatabase::open({file.path()});
  if (opened.ok()) return "";
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr(file.path()));
  return std::string(opened.status().message());
}

// A file of the flat layout whose record at 192.0.2.0/24 is `record`.
std::string file_with(std::string_view record) {
  MmdbWriter writer;
  writer.insert(prefix("198.51.100.0/24"), mmdb_flat_place("NL", "", "Utrecht", 52.09, 5.12));
  writer.insert(prefix("192.0.2.0/24"), record);
  return writer.file();
}

// A small file with all that a database has.
std::string rich_file() {
  MmdbWriter writer;
  writer.insert(prefix("192.0.2.0/24"), mmdb_flat_place("NL", "", "Utrecht", 52.09, 5.12));
  writer.insert(prefix("192.0.2.128/25"), mmdb_flat_place("US", "Texas", "Austin", 30.25, -97.75));
  writer.insert(
      prefix("2001:db8::/32"),
      mmdb_map({{"continent", mmdb_map({{"code", mmdb_text("EU")}})},
                {"country", mmdb_map({{"iso_code", mmdb_text("DE")}})},
                {"city", mmdb_map({{"names", mmdb_map({{"en", mmdb_text("Jena")}})}})},
                {"location",
                 mmdb_map({{"latitude", mmdb_double(50.93)}, {"longitude", mmdb_double(11.59)}})},
                {"subdivisions", mmdb_array({mmdb_map({{"iso_code", mmdb_text("TH")}})})}}));
  writer.insert(prefix("198.51.100.0/24"), mmdb_pointer(0));
  writer.alias(prefix("2002::/16"), prefix("::/96"));
  writer.alias(prefix("::ffff:0:0/96"), prefix("::/96"));
  return writer.file();
}

TEST(GeoDatabase, ReadsMaxMindsLayout) {
  MmdbWriter writer;
  writer.insert(
      prefix("192.0.2.0/24"),
      mmdb_map({{"city", mmdb_map({{"geoname_id", testing::mmdb_uint(MMDB_DATA_TYPE_UINT32, 3, 5)},
                                   {"names", mmdb_map({{"de", mmdb_text("Neu York")},
                                                       {"en", mmdb_text("New York")}})}})},
                {"continent", mmdb_map({{"code", mmdb_text("NA")}})},
                {"country", mmdb_map({{"iso_code", mmdb_text("US")}})},
                {"location",
                 mmdb_map({{"latitude", mmdb_double(40.75)}, {"longitude", mmdb_double(-74.5)}})},
                {"subdivisions", mmdb_array({mmdb_map({{"iso_code", mmdb_text("NY")}})})}}));
  const auto database = open_octets(writer.file());
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(place_at(*database, "192.0.2.1"),
            place("NA", "US", "NY", "New York", Coordinates{40.75, -74.5}));
  EXPECT_EQ(place_at(*database, "192.0.3.1"), Place{});
}

TEST(GeoDatabase, ReadsTheFlatLayoutWithStatesByName) {
  MmdbWriter writer;
  writer.insert(prefix("192.0.2.0/24"), mmdb_flat_place("US", "New York", "Albany", 42.5, -73.75));
  writer.insert(prefix("198.51.100.0/24"),
                mmdb_flat_place("NL", "North Holland", "Amsterdam", 52.5, 4.75));
  writer.insert(prefix("203.0.113.0/24"), mmdb_map({{"country_code", mmdb_text("JP")}}));
  const auto database = open_octets(writer.file());
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(place_at(*database, "192.0.2.1"),
            place("NA", "US", "NY", "Albany", Coordinates{42.5, -73.75}));
  EXPECT_EQ(place_at(*database, "198.51.100.255"),
            place("EU", "NL", "", "Amsterdam", Coordinates{52.5, 4.75}));
  EXPECT_EQ(place_at(*database, "203.0.113.0"), place("AS", "JP", "", "", std::nullopt));
}

TEST(GeoDatabase, FindsStatesByTheNamesOfTheNestedLayout) {
  const auto database = open_octets(file_with(
      mmdb_map({{"country", mmdb_map({{"iso_code", mmdb_text("US")}})},
                {"subdivisions",
                 mmdb_array({mmdb_map({{"names", mmdb_map({{"en", mmdb_text("Ohio")}})}})})}})));
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(place_at(*database, "192.0.2.1"), place("NA", "US", "OH", "", std::nullopt));
}

TEST(GeoDatabase, TakesTheContinentsOfRoute53BeforeThoseOfTheFile) {
  const auto of = [](std::string_view continent, std::string_view country) {
    const auto database = open_octets(
        file_with(mmdb_map({{"continent", mmdb_map({{"code", mmdb_text(continent)}})},
                            {"country", mmdb_map({{"iso_code", mmdb_text(country)}})}})));
    return place_at(database.value(), "192.0.2.1");
  };
  EXPECT_EQ(of("AS", "TR"), place("EU", "TR", "", "", std::nullopt));
  EXPECT_EQ(of("AF", "EH"), place("AF", "EH", "", "", std::nullopt));
  EXPECT_EQ(of("EU", "ZZ"), place("EU", "", "", "", std::nullopt));
  EXPECT_EQ(of("XX", "nl"), Place{});
}

TEST(GeoDatabase, ReadsRecordsOfEverySizeAndPlacesThroughPointers) {
  for (const unsigned size : {24u, 28u, 32u}) {
    MmdbWriter writer({4, size, "Sizes", 1});
    const std::string record = mmdb_flat_place("NL", "", "Utrecht", 52.5, 5.25);
    writer.insert(prefix("192.0.2.0/24"), record);
    writer.insert(prefix("198.51.100.7"), mmdb_pointer(0));
    const auto database = open_octets(writer.file());
    ASSERT_TRUE(database.ok()) << size << database.status();
    EXPECT_EQ(place_at(*database, "192.0.2.200").city, "Utrecht");
    EXPECT_EQ(place_at(*database, "198.51.100.7").city, "Utrecht");
    EXPECT_EQ(place_at(*database, "198.51.100.6"), Place{});
    EXPECT_EQ(place_at(*database, "2001:db8::1"), Place{});
  }
}

TEST(GeoDatabase, SkipsIpv6AddressesThatStandForIpv4Ones) {
  const auto database = open_octets(rich_file());
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(place_at(*database, "192.0.2.1").city, "Utrecht");
  EXPECT_EQ(place_at(*database, "2001:db8::1").city, "Jena");
  for (const char* address : {"::192.0.2.1", "::ffff:192.0.2.1", "2002:c000:201::1"})
    EXPECT_EQ(place_at(*database, address), Place{}) << address;
}

TEST(GeoDatabase, JoinsFilesOfWhichTheFirstThatKnowsAnAddressDecides) {
  MmdbWriter first({4, 24, "First", 2000}), second({6, 32, "Second", 1000});
  first.insert(prefix("192.0.2.0/24"), mmdb_flat_place("NL", "", "Utrecht", 52.5, 5.25));
  second.insert(prefix("192.0.0.0/16"), mmdb_flat_place("BE", "", "Gent", 51, 3.75));
  second.insert(prefix("192.0.2.128/25"), mmdb_flat_place("BE", "", "Luik", 50.5, 5.5));
  second.insert(prefix("2001:db8::/32"), mmdb_flat_place("DE", "", "Jena", 51, 11.5));
  const TemporaryFile a(first.file()), b(second.file());
  const auto database = GeoDatabase::open({a.path(), b.path()});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(place_at(*database, "192.0.2.1").city, "Utrecht");
  EXPECT_EQ(place_at(*database, "192.0.2.129").city, "Utrecht");
  EXPECT_EQ(place_at(*database, "192.0.3.1").city, "Gent");
  EXPECT_EQ(place_at(*database, "2001:db8::1").city, "Jena");
  EXPECT_EQ(database->data().path, a.path() + ", " + b.path());
  EXPECT_EQ(database->data().database_type, "First, Second");
  EXPECT_EQ(database->data().built, 1000);
}

TEST(GeoDatabase, DoesNotNeedItsFilesOnceOpen) {
  const TemporaryFile file(rich_file());
  const auto database = GeoDatabase::open({file.path()});
  file.write("");
  EXPECT_EQ(place_at(database.value(), "192.0.2.1").city, "Utrecht");
}

TEST(GeoDatabase, NamesTheFileAndTheRemedyWhereItCannotBeUsed) {
  EXPECT_THAT(refusal("no MMDB"), AllOf(HasSubstr("no MMDB metadata"), HasSubstr("tools/geodata")));
  EXPECT_THAT(refusal(""), HasSubstr("no file of 1 octet"));
  EXPECT_THAT(refusal("\xab\xcd\xefMaxMind.com"), HasSubstr("metadata are damaged"));
  const auto missing = GeoDatabase::open({"/nonexistent/geo.mmdb"});
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/nonexistent/geo.mmdb"));
  EXPECT_FALSE(GeoDatabase::open({"/tmp"}).ok());
  EXPECT_FALSE(GeoDatabase::open({"/dev/zero"}).ok());
  EXPECT_FALSE(GeoDatabase::open({}).ok());
}

TEST(GeoDatabase, RefusesAFileThatTellsNothingOfPlaces) {
  MmdbWriter writer;
  writer.insert(prefix("192.0.2.0/24"),
                mmdb_map({{"autonomous_system_organization", mmdb_text("Example")}}));
  EXPECT_THAT(refusal(writer.file()), HasSubstr("no countries, continents or coordinates"));
}

TEST(GeoDatabase, RefusesRecordsThatCannotBeTrue) {
  EXPECT_EQ(refusal(file_with(mmdb_flat_place("NL", "", "", 90, -180))), "");
  EXPECT_THAT(refusal(file_with(mmdb_flat_place("NL", "", "", 90.5, 0))), HasSubstr("coordinates"));
  EXPECT_THAT(refusal(file_with(mmdb_flat_place("NL", "", "", 0, -181))), HasSubstr("coordinates"));
  EXPECT_THAT(refusal(file_with(mmdb_flat_place("NL", "", "", std::nan(""), 0))),
              HasSubstr("coordinates"));
  for (const char* city : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "a\xc3", "\x80"})
    EXPECT_THAT(refusal(file_with(mmdb_flat_place("NL", "", city, 0, 0))), HasSubstr("UTF-8"));
  for (const char* city : {"Zürich", "東京", "\xf0\x9f\x8c\x8d"})
    EXPECT_EQ(refusal(file_with(mmdb_flat_place("NL", "", city, 0, 0))), "");
}

TEST(GeoDatabase, RefusesRecordsThatLeadOutOfTheFileOrNowhere) {
  const std::string deep_end = mmdb_text("x");
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "\xe1\x41k";  // a map of one pair in a map of one pair
  EXPECT_THAT(refusal(file_with(mmdb_map({{"a", deep + deep_end}}))), HasSubstr("damaged"));
  std::string arrays;
  for (int i = 0; i < 100000; ++i) arrays += std::string("\x01\x04", 2);
  EXPECT_THAT(refusal(file_with(mmdb_map({{"a", arrays + deep_end}}))), HasSubstr("damaged"));
  for (const std::uint32_t offset : {100000u, 0x7fffffffu, 0xffffffffu})
    EXPECT_THAT(refusal(file_with(mmdb_map({{"city", mmdb_pointer(offset)}}))),
                HasSubstr("damaged"));
  EXPECT_THAT(refusal(file_with(std::string("\xe1\xa1\x01", 3))), HasSubstr("damaged"))
      << "a number as key of a map";
  EXPECT_THAT(refusal(file_with("\xff\xff\xff\xff")), HasSubstr("damaged")) << "a map without end";
  EXPECT_THAT(refusal(file_with(std::string("\x00\x06", 2))), HasSubstr("damaged"))
      << "an end marker";
}

TEST(GeoDatabase, ReadsPointersThatFormARing) {
  // The first record is the map itself: of a place whose unknown member points to the map.
  MmdbWriter writer;
  writer.insert(prefix("192.0.2.0/24"),
                mmdb_map({{"self", mmdb_pointer(0)}, {"country_code", mmdb_text("NL")}}));
  const auto database = open_octets(writer.file());
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(place_at(*database, "192.0.2.1").country, "NL");
}

TEST(GeoDatabase, RefusesASearchTreeThatIsNone) {
  MmdbWriter ring({4, 24, "Ring", 1});
  ring.insert(prefix("192.0.2.0/24"), mmdb_flat_place("NL", "", "", 0, 0));
  ring.alias(prefix("192.0.2.128/25"), prefix("192.0.0.0/16"));
  EXPECT_THAT(refusal(ring.file()), HasSubstr("too deep"));

  // Every node leads to the next one on both sides: 2^32 paths.
  MmdbWriter ladder({4, 24, "Ladder", 1});
  model::Prefix rung = prefix("0.0.0.0/32");
  ladder.insert(rung, mmdb_flat_place("NL", "", "", 0, 0));
  for (unsigned length = 31; length > 0; --length) {
    model::Prefix one = rung.truncated(static_cast<std::uint8_t>(length));
    one.octets[(length - 1) / 8] |= static_cast<std::uint8_t>(0x80 >> (length - 1) % 8);
    ladder.alias(one, rung.truncated(static_cast<std::uint8_t>(length)));
  }
  EXPECT_THAT(refusal(ladder.file()), HasSubstr("no tree"));
}

TEST(GeoDatabase, RefusesEveryTruncatedFile) {
  const std::string whole = rich_file();
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_NE(refusal(std::string_view(whole).substr(0, size)), "") << size;
}

// Damage need not show; but reading must end well, and every address be somewhere.
void expect_to_end_well(std::string_view octets) {
  const auto database = open_octets(octets);
  if (!database.ok()) return;
  for (const char* address : {"192.0.2.1", "192.0.2.200", "198.51.100.1", "2001:db8::1"})
    place_at(*database, address);
}

TEST(GeoDatabase, SurvivesEveryFlippedBit) {
  const std::string whole = rich_file();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 1 << bit);
      ASSERT_NO_FATAL_FAILURE(expect_to_end_well(damaged)) << at << " " << bit;
    }
  }
}

TEST(GeoDatabase, SurvivesRandomDamage) {
  const std::string whole = rich_file();
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = whole;
    for (unsigned n = 1 + random() % 8; n > 0; --n) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 3) {
        case 0:
          damaged[at] = static_cast<char>(random());
          break;
        case 1:
          damaged.erase(at, random() % 16);
          break;
        default:
          damaged.insert(at, std::string(random() % 16, static_cast<char>(random())));
      }
    }
    ASSERT_NO_FATAL_FAILURE(expect_to_end_well(damaged));
  }
}

}  // namespace
}  // namespace signpost::geo
