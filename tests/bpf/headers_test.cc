// The headers of bpf/ that userspace shares, against independent oracles.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "bpf/abi.h"
#include "bpf/checksum.h"
#include "bpf/dns_query.h"
#include "bpf/name_digest.h"
#include "bpf/slot.h"
#include "tests/support/digest_keys.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

static_assert(std::has_unique_object_representations_v<node_key>);
static_assert(std::has_unique_object_representations_v<node>);
static_assert(std::has_unique_object_representations_v<variant>);
static_assert(std::has_unique_object_representations_v<ring>);
static_assert(std::has_unique_object_representations_v<control>);
static_assert(std::has_unique_object_representations_v<id_key>);
static_assert(std::has_unique_object_representations_v<dns_query>);

// NH by its definition, over 32-bit words: the sum of the products of neighbours, each with its key
// word added.
__u64 nh(std::string octets, const digest_key& key, std::size_t iteration) {
  octets.resize((octets.size() + 7) / 8 * 8);
  const auto word = [](const void* base, std::size_t index) {
    std::uint32_t value;
    std::memcpy(&value, static_cast<const char*>(base) + 4 * index, 4);
    return value;
  };
  __u64 sum = 0;
  for (std::size_t i = 0; i < octets.size() / 4; i += 2) {
    const std::uint32_t a = word(octets.data(), i) + word(key.words, i + 2 * iteration);
    const std::uint32_t b = word(octets.data(), i + 1) + word(key.words, i + 1 + 2 * iteration);
    sum += std::uint64_t{a} * b;
  }
  return sum;
}

std::array<__u32, 4> digest_of(const std::string& octets, const digest_key& key) {
  const std::string buffer = octets + std::string(8, '\xa5');  // what follows does not count
  std::array<__u32, 4> digest;
  name_digest(reinterpret_cast<const __u8*>(buffer.data()), static_cast<__u32>(octets.size()), &key,
              digest.data());
  return digest;
}

TEST(NameDigest, HoldsTwoIterationsOfNhOfEveryLength) {
  std::mt19937_64 random(1);
  for (std::size_t length = 0; length <= DIGEST_OCTETS_MAX; length++) {
    const digest_key key = testing::digest_key_of(static_cast<unsigned>(length));
    std::string octets;
    for (std::size_t i = 0; i < length; i++) octets += static_cast<char>(random());
    const std::array<__u32, 4> digest = digest_of(octets, key);
    const __u64 second = nh(octets, key, 1);
    EXPECT_EQ(digest[2] | static_cast<__u64>(digest[3]) << 32, second) << length;
    __u64 mixed = length + nh(octets, key, 0) + std::rotl(second, 32);
    mixed = (mixed ^ mixed >> 32) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 32;
    EXPECT_EQ(digest[0] | static_cast<__u64>(digest[1]) << 32, mixed) << length;
  }
}

// With names that differ in some digits as many slots are in use as with names drawn at random: for
// n names in m slots and a = n / m, m (1 - e^-a) with a variance below m e^-a (1 - (1 + a) e^-a)
// (Feller, "An Introduction to Probability Theory", I, IV.2). Below that by more than six standard
// deviations comes once in 10^9 keys.
TEST(NameDigest, SpreadsNamesThatDifferLittle) {
  constexpr double kNames = 1 << 15, kSlots = 1 << 16, a = kNames / kSlots;
  const double expected = kSlots * (1 - std::exp(-a));
  const double deviation = std::sqrt(kSlots * std::exp(-a) * (1 - (1 + a) * std::exp(-a)));
  for (unsigned seed = 1; seed <= 20; seed++) {
    const digest_key key = testing::digest_key_of(seed);
    std::vector<bool> used(kSlots);
    for (unsigned i = 0; i < kNames; i++) {
      char label[16];
      std::snprintf(label, sizeof(label), "\x0ahost%06u", i);
      used[digest_of(std::string(label) + std::string("\7example\3com\0", 13), key)[0] %
           used.size()] = true;
    }
    EXPECT_GT(std::count(used.begin(), used.end(), true), expected - 6 * deviation) << seed;
  }
}

TEST(NameDigest, FoldsOnTheWayAsNameFoldDoes) {
  std::mt19937_64 random(2);
  const digest_key key = testing::digest_key_of(2);
  for (__u32 length = 1; length <= NAME_OCTETS_MAX; length++) {
    std::array<__u8, NAME_OCTETS_MAX + 9> octets{}, folded{};
    for (__u8& octet : octets) octet = static_cast<__u8>(random());
    name_fold(octets.data(), length, folded.data());
    std::array<__u32, 4> expected, digest;
    name_digest(folded.data(), length, &key, expected.data());
    name_digest_folding(octets.data(), length, &key, digest.data());
    EXPECT_EQ(digest, expected);
    for (__u32 i = 0; i < length; i++)
      EXPECT_EQ(folded[i], octets[i] >= 'A' && octets[i] <= 'Z' ? octets[i] + 32 : octets[i]);
  }
}

// The checksum that goes on the wire, as internet_checksum() gives it.
std::uint16_t on_wire(__u64 sum) {
  return __builtin_bswap16(static_cast<std::uint16_t>(~checksum_fold(sum)));
}

TEST(NameDigest, IsMadeInOnePassWithTheSumUnlessTheNameMayHoldCapitals) {
  std::mt19937_64 random(2);
  const digest_key key = testing::digest_key_of(2);
  for (__u32 length = 1; length <= NAME_OCTETS_MAX; length++) {
    std::string octets;
    while (octets.size() < length) {
      const char octet = static_cast<char>(random());
      if ((octet & 0x60) != 0x40) octets += octet;
    }
    const std::array<__u32, 4> expected = digest_of(octets, key);
    for (__u32 capital = 0; capital <= length; capital++) {
      std::string name = octets;
      if (capital < length) name[capital] = static_cast<char>('A' + random() % 26);
      name += std::string(8, '\xa5');  // what follows does not count
      std::array<__u32, 4> digest;
      __u64 sum;
      EXPECT_EQ(name_digest_summing(reinterpret_cast<const __u8*>(name.data()), length, &key,
                                    digest.data(), &sum),
                capital == length);
      if (capital == length) {
        EXPECT_EQ(digest, expected);
      }
      EXPECT_EQ(on_wire(sum), internet_checksum(name.substr(0, length)));
    }
  }
}

TEST(Checksum, OfPartsIsThatOfTheWhole) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; round++) {
    std::string whole;
    __u64 sum = 0;
    while (whole.size() < 300) {
      std::string part;
      for (unsigned i = random() % 40; i > 0; i--)
        part += static_cast<char>(round % 3 == 0 ? 0xff : random());
      sum += checksum_at(checksum_partial(reinterpret_cast<const __u8*>(part.data()),
                                          static_cast<__u32>(part.size())),
                         static_cast<__u32>(whole.size()));
      whole += part;
    }
    EXPECT_EQ(on_wire(sum), internet_checksum(whole));
  }
}

TEST(Checksum, AddsWholeWords) {
  std::mt19937 random(4);
  for (std::size_t words = 0; words <= 64; words++) {
    std::string octets;
    word_sum sum = {0, 0};
    for (std::size_t i = 0; i < words; i++) {
      const std::uint64_t word = i % 3 == 0 ? ~0ull : random() * 0x9e3779b97f4a7c15ull;
      octets.append(reinterpret_cast<const char*>(&word), sizeof(word));
      word_sum_add(&sum, word);
    }
    EXPECT_EQ(on_wire(word_sum_get(&sum)), internet_checksum(octets));
  }
}

TEST(Checksum, FoldsTheLargestSums) {
  EXPECT_EQ(checksum_fold(0), 0u);
  EXPECT_EQ(checksum_fold(0xffff), 0xffffu);
  EXPECT_EQ(checksum_fold(0x10000), 1u);
  EXPECT_EQ(checksum_fold(~0ull), 0xffffu);
  EXPECT_EQ(checksum_fold(0xfffffffffffffffeull), 0xfffeu);
}

TEST(Slot, InTurnVisitsAllAndSurvivesAShorterRing) {
  __u32 cursor = 0;
  for (__u32 i = 0; i < 30; i++) EXPECT_EQ(slot_in_turn(&cursor, 10), i % 10);
  cursor = 9;
  EXPECT_EQ(slot_in_turn(&cursor, 4), 0u);
  EXPECT_EQ(slot_in_turn(&cursor, 4), 1u);
}

TEST(Slot, AtRandomStaysBelowTheRing) {
  EXPECT_EQ(slot_at_random(0, 65535), 0u);
  EXPECT_EQ(slot_at_random(0xffffffff, 65535), 65534u);
  EXPECT_EQ(slot_at_random(0xffffffff, 1), 0u);
}

// Octets, in a buffer of exactly their length, as a message.
class Octets {
 public:
  explicit Octets(const std::string& octets)
      : copy_(new __u8[octets.size()]),
        message_{copy_.get(), static_cast<__u32>(octets.size()), ~0u} {
    std::memcpy(copy_.get(), octets.data(), octets.size());
  }
  const message* get() const { return &message_; }

 private:
  std::unique_ptr<__u8[]> copy_;
  message message_;
};

dns_query parse(const std::string& octets, const query_limits& limits) {
  const Octets whole(octets);
  dns_query query;
  query_parse(whole.get(), &limits, &query);
  return query;
}

// As the XDP program does: the options only when all else has been read.
dns_query parse_resuming(const std::string& octets, __u32 options) {
  const Octets whole(octets);
  const query_limits limits = {.records = 1, .options = 0};
  dns_query query;
  query_parse(whole.get(), &limits, &query);
  if (query.result == QUERY_OPTIONS) options_resume(whole.get(), options, &query);
  return query;
}

constexpr query_limits kLimits = {.records = 64, .options = 20000};

TEST(QueryParse, ReadsEveryField) {
  QueryMessage query;
  query.type = 33;
  query.qclass = 3;
  query.edns = Edns{.udp_size = 1400, .version = 7, .dnssec_ok = true};
  query.edns->options = edns_option(3, "") + client_subnet(1, 8, 0, "\x0a") +
                        edns_option(10, "12345678") + edns_option(11, "") + edns_option(12, "");
  const dns_query got = parse(query.wire(), kLimits);
  EXPECT_EQ(got.result, QUERY_OK);
  EXPECT_EQ(got.name_length, 17);
  EXPECT_EQ(got.labels, 3);
  EXPECT_EQ(got.qtype, 33);
  EXPECT_EQ(got.qclass, 3);
  EXPECT_EQ(got.has_opt, 1);
  EXPECT_EQ(got.udp_size, 1400);
  EXPECT_EQ(got.edns_version, 7);
  EXPECT_EQ(got.dnssec_ok, 1);
  EXPECT_EQ(got.options,
            QUERY_NSID | QUERY_SUBNET | QUERY_COOKIE | QUERY_KEEPALIVE | QUERY_PADDING);
  EXPECT_EQ(query.wire().substr(got.subnet, got.subnet_length), std::string("\0\x01\x08\0\x0a", 5));
}

TEST(HeaderRead, ReadsEveryField) {
  const std::string octets("\xbe\xef\x29\x10\0\1\0\2\0\3\0\4", DNS_HEADER_OCTETS);
  const dns_header got = header_read(Octets(octets).get());
  EXPECT_EQ(got.id, 0xbeef);
  EXPECT_EQ(got.flags, 0x2910);
  EXPECT_EQ(got.qdcount, 1);
  EXPECT_EQ(got.ancount, 2);
  EXPECT_EQ(got.nscount, 3);
  EXPECT_EQ(got.arcount, 4);
}

TEST(QueryParse, ReadsMessagesUpTo65535Octets) {
  QueryMessage query;
  query.edns = Edns{};
  while (query.wire().size() + 4 <= 65535) query.edns->options += edns_option(65001, "");
  query.edns->options += std::string(65535 - query.wire().size(), '\0');
  EXPECT_EQ(query.wire().size(), 65535u);
  EXPECT_NE(parse(query.wire(), kLimits).result, QUERY_OK);
  query.edns->options.resize(query.edns->options.size() / 4 * 4);
  EXPECT_EQ(parse(query.wire(), kLimits).result, QUERY_OK);
}

TEST(QueryParse, SkipsOtherAdditionalRecordsAndFindsOptAmongThem) {
  const std::string other = "\xc0\x0c" + std::string("\0\x01\0\x01\0\0\0\0\0\x04", 10) + "abcd";
  QueryMessage query;
  query.arcount = 3;
  query.trailing = other + Edns{.udp_size = 700}.wire() + wire_name("key.example.com") +
                   std::string("\0\xfa\0\xff\0\0\0\0\0\0", 10);
  const dns_query got = parse(query.wire(), kLimits);
  EXPECT_EQ(got.result, QUERY_OK);
  EXPECT_EQ(got.other_records, 2);
  EXPECT_EQ(got.udp_size, 700);
}

TEST(QueryParse, GoesOnWithTheOptionsAsIfItHadReadAllAtOnce) {
  constexpr query_limits kAtOnce = {.records = 1, .options = 3};
  std::mt19937 random(6);
  QueryMessage query;
  const std::string three = client_subnet(1, 24, 0, std::string("\xcb\x00\x71", 3)) +
                            edns_option(10, "12345678") + edns_option(3, "");
  query.edns = Edns{};
  std::set<int> results;
  for (int round = 0; round < 100000; round++) {
    query.edns->options = round % 7 == 0 ? three + edns_option(65001, "") : three;
    query.trailing.assign(round % 5 == 0 ? 1 : 0, 'x');
    std::string octets = query.wire();
    const std::size_t options = octets.size() - query.edns->options.size() - 2;
    for (unsigned i = random() % 3; i > 0; i--)
      octets[options + random() % (octets.size() - options)] = static_cast<char>(random() % 16);
    dns_query at_once = parse(octets, kAtOnce);
    const dns_query resumed = parse_resuming(octets, kAtOnce.options);
    at_once.position = resumed.position;
    EXPECT_EQ(std::memcmp(&at_once, &resumed, sizeof(resumed)), 0)
        << ::testing::PrintToString(octets);
    results.insert(at_once.result);
  }
  EXPECT_THAT(results, ::testing::IsSupersetOf({QUERY_OK, QUERY_BAD_OPT, QUERY_BAD_SUBNET,
                                                QUERY_BAD_COOKIE, QUERY_OPTIONS, QUERY_TRAILING}));
}

TEST(QueryParse, SurvivesRandomDamage) {
  std::mt19937 random(5);
  QueryMessage query;
  query.edns = Edns{.options = client_subnet(1, 24, 0, std::string("\xcb\x00\x71", 3))};
  const std::string whole = query.wire();
  int accepted = 0;
  for (int round = 0; round < 100000; round++) {
    std::string damaged = whole.substr(0, round % 3 ? whole.size() : random() % (whole.size() + 1));
    for (unsigned i = random() % 4; i > 0 && !damaged.empty(); i--)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    const dns_query got = parse(damaged, kLimits);
    accepted += got.result == QUERY_OK;
    if (got.result != QUERY_OK) continue;
    EXPECT_LE(12u + got.name_length + 4, damaged.size());
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace signpost::testing
