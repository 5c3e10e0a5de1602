// Cookies, NSID and limits of the XDP program, compiled natively, on whole frames.
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "bpf/cookie.h"
#include "bpf/rate_limit.h"
#include "bpf/reply_header.h"
#include "tests/bpf/test_table.h"
#include "tests/bpf/vectors.h"
#include "tests/support/native_fastpath.h"
#include "tests/support/packet.h"

namespace signpost::testing {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::uint64_t word(const std::string& octets, std::size_t at = 0) {
  return load_64(octets.data() + at);
}

std::string octets_of(const server_cookie& cookie) {
  std::string octets(SERVER_COOKIE_OCTETS, '\0');
  store_64(octets.data(), cookie.head);
  store_64(octets.data() + 8, cookie.hash);
  return octets;
}

guard with_secret(const std::string& hex) {
  guard settings{};
  const std::string octets = absl::HexStringToBytes(hex);
  for (auto& secret : settings.secrets) {
    secret[0] = word(octets);
    secret[1] = word(octets, 8);
  }
  return settings;
}

// RFC 9018 appendix A.1 and A.2: a cookie learnt, and renewed 40 minutes later.
TEST(Cookie, IsThatOfTheDocumentedExamples) {
  const guard settings = with_secret("e5e973e5a6b2a43f48e7dc849e37bfcf");
  const std::uint64_t client_cookie = word(absl::HexStringToBytes("2464c4abcf10c957"));
  const __u32 client[4] = {0, 0, __builtin_bswap32(0xffff), __builtin_bswap32(0xc6336464)};
  server_cookie made;
  EXPECT_FALSE(cookie_judge(&settings, client_cookie, nullptr, client, false, 1559731985, &made));
  EXPECT_EQ(absl::BytesToHexString(octets_of(made)), "010000005cf79f111f8130c3eee29480");
  server_cookie renewed;
  EXPECT_TRUE(cookie_judge(&settings, client_cookie, &made, client, false, 1559734385, &renewed));
  EXPECT_EQ(absl::BytesToHexString(octets_of(renewed)), "010000005cf7a871d4a564a1442aca77");
}

// RFC 9018 appendix A.4: IPv6, and a secret that was rolled over.
TEST(Cookie, OfAnIpv6ClientIsThatOfTheDocumentedExample) {
  guard settings = with_secret("445536bcd2513298075a5d379663c962");
  const guard former = with_secret("dd3bdf9344b678b185a6f5cb60fca715");
  settings.secrets[1][0] = former.secrets[0][0];
  settings.secrets[1][1] = former.secrets[0][1];
  const std::uint64_t client_cookie = word(absl::HexStringToBytes("22681ab97d52c298"));
  const std::string address = absl::HexStringToBytes("20010db80220000159ded0f4876982b8");
  __u32 client[4];
  for (std::size_t i = 0; i < 4; ++i) client[i] = load_32(address.data() + 4 * i);
  const std::string sent = absl::HexStringToBytes("010000005cf7c57926556bd0934c72f8");
  const server_cookie cookie{.head = word(sent), .hash = word(sent, 8)};
  server_cookie renewed;
  EXPECT_TRUE(cookie_judge(&settings, client_cookie, &cookie, client, true, 0x5cf7c609, &renewed));
  EXPECT_EQ(absl::BytesToHexString(octets_of(renewed)), "010000005cf7c609a6bb79d16625507a");
}

// Steps of 2^30 ns make it late by up to 1.08 s; 2^60 / 10^9 is rounded up, by 3.5e-10 of 30 years,
// 0.33 s.
TEST(Cookie, IsMadeByAClockThatIsAtMostTwoSecondsLateAndOneEarly) {
  guard settings{};
  settings.clock_offset = 1'700'000'000;
  const std::uint64_t years = 30ull * 365 * 86400 * kSecond;
  for (std::uint64_t now = 0; now < years; now += years / 9'999'991) {
    const std::uint64_t exact = now / kSecond + settings.clock_offset;
    const std::uint64_t made = guard_time(&settings, now);
    ASSERT_GE(made + 2, exact) << now;
    ASSERT_LE(made, exact + 1) << now;
  }
}

TEST(Cookie, HoldsForAnHourAndFiveMinutesAhead) {
  const guard settings = with_secret("000102030405060708090a0b0c0d0e0f");
  const __u32 client[4] = {1, 2, 3, 4};
  server_cookie made, next;
  cookie_judge(&settings, 7, nullptr, client, true, 10'000, &made);
  for (const auto& [time, valid] : {std::pair(10'000 - 301, false), std::pair(10'000 - 300, true),
                                    std::pair(13'600, true), std::pair(13'601, false)})
    EXPECT_EQ(cookie_judge(&settings, 7, &made, client, true, time, &next), valid) << time;
  EXPECT_FALSE(cookie_judge(&settings, 8, &made, client, true, 10'000, &next));
  const __u32 other[4] = {1, 2, 3, 5};
  EXPECT_FALSE(cookie_judge(&settings, 7, &made, other, true, 10'000, &next));
}

TEST(Cookie, OfASecretOnItsWayOutIsValidAndRenewedAtOnce) {
  guard settings = with_secret("000102030405060708090a0b0c0d0e0f");
  const __u32 client[4] = {1, 2, 3, 4};
  server_cookie old, next;
  cookie_judge(&settings, 7, nullptr, client, true, 10'000, &old);
  settings.secrets[0][0] ^= 1;
  EXPECT_TRUE(cookie_judge(&settings, 7, &old, client, true, 10'001, &next));
  EXPECT_NE(next.hash, old.hash);
  settings.secrets[1][0] ^= 1;
  EXPECT_FALSE(cookie_judge(&settings, 7, &old, client, true, 10'001, &next));
}

class Guarded : public ::testing::Test {
 protected:
  guard& settings() { return table_.control().guards[0]; }

  QueryMessage query(const std::string& options = "") {
    QueryMessage made;
    made.edns = Edns{.options = options};
    return made;
  }

  // The DNS message that answers; empty: none.
  std::string ask(const QueryMessage& message, const std::string& client = "198.51.100.7") {
    Frame frame;
    frame.payload = message.wire();
    frame.client = client;
    const std::string sent = frame.wire();
    const auto reply = program_.run(sent);
    if (!reply) return "";
    std::string error;
    const auto parsed = parse_reply_to(sent, *reply, &error);
    EXPECT_TRUE(parsed) << error;
    return parsed ? parsed->message : "";
  }

  // 'A' for an answer, 'C' for one cut off, '-' for none: of `count` queries at once.
  std::string fates(int count, const QueryMessage& message,
                    const std::string& client = "198.51.100.7") {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string reply = ask(message, client);
      text += reply.empty() ? '-' : (reply[2] & 2) != 0 ? 'C' : 'A';
    }
    return text;
  }

  // Ten replies a second, two at once, every second one beyond cut off.
  void limit() {
    settings().flags |= GUARD_LIMIT;
    settings().limit_interval = kSecond / 10;
    settings().limit_burst = kSecond / 10;
    settings().limit_slip = 2;
  }

  std::uint64_t count(guard_event event) { return *table_.find_guard_count(event); }

  TestTable table_ = example_table();
  NativeFastpath<TestTable> program_{table_};
};

TEST_F(Guarded, TellsItsNsidToWhoAsks) {
  EXPECT_EQ(ask(query(edns_option(3, ""))).find("pop-7"), std::string::npos);
  settings().options = QUERY_NSID;
  settings().nsid_length = 5;
  std::memcpy(settings().nsid, "pop-7", 5);
  const std::string reply = ask(query(edns_option(3, "")));
  EXPECT_TRUE(reply.ends_with(edns_option(3, "pop-7")));
  EXPECT_EQ(ask(query()).find("pop-7"), std::string::npos);
}

TEST_F(Guarded, HandsOutACookieThatLiftsTheRateLimit) {
  settings() = with_secret("e5e973e5a6b2a43f48e7dc849e37bfcf");
  settings().bucket_mask = GuardCells::kLines - 1;
  settings().options = QUERY_COOKIE;
  settings().clock_offset = 1'700'000'000;
  limit();
  const std::string client_cookie = "\1\2\3\4\5\6\7\10";
  const std::string first = ask(query(edns_option(10, client_cookie)));
  ASSERT_GT(first.size(), 28u);
  const std::string cookie = first.substr(first.size() - COOKIE_OCTETS);
  EXPECT_EQ(cookie.substr(0, 8), client_cookie);
  EXPECT_EQ(cookie.substr(8, 8),
            std::string("\1\0\0\0", 4) + octets_32(1'700'000'000));  // the clock's first step
  EXPECT_EQ(fates(20, query(edns_option(10, cookie))), std::string(20, 'A'));
  EXPECT_EQ(count(GUARD_EVENT_COOKIE_VALID), 20u);
  std::string forged = cookie;
  forged.back() ^= 1;
  EXPECT_EQ(fates(4, query(edns_option(10, forged))), "A-C-");
  EXPECT_EQ(count(GUARD_EVENT_COOKIE_INVALID), 4u);
  EXPECT_EQ(count(GUARD_EVENT_COOKIE_FIRST), 1u);
}

TEST_F(Guarded, PassesAQueryWithAMalformedCookie) {
  for (const std::size_t length : {0u, 1u, 7u, 9u, 15u, 41u})
    EXPECT_EQ(ask(query(edns_option(10, std::string(length, 'x')))), "") << length;
  EXPECT_EQ(*table_.find_reason_count(REASON_BAD_EDNS), 6u);
}

TEST_F(Guarded, LimitsTheRepliesOfAPrefixAndLetsOthersBe) {
  limit();
  EXPECT_EQ(fates(6, query()), "AA-C-C");
  EXPECT_EQ(fates(1, query(), "198.51.100.200"), "-");
  EXPECT_EQ(fates(2, query(), "198.51.101.7"), "AA");
  program_.now += kSecond / 10;
  EXPECT_EQ(fates(2, query()), "AC");
  program_.now += 10 * kSecond;
  EXPECT_EQ(fates(3, query()), "AA-");
  EXPECT_EQ(count(GUARD_EVENT_LIMIT_DROPPED), 4u);
  EXPECT_EQ(*table_.find_reason_count(REASON_LIMITED), 4u);
}

TEST_F(Guarded, GivesALimitedPrefixSoManyRepliesASecondWhateverItAsks) {
  limit();
  int sent = 0;
  for (int i = 0; i < 1000; ++i) {
    program_.now += kSecond / 100;
    sent += fates(1, query())[0] == 'A';
  }
  // Ten a second for ten seconds, and the one that may come early.
  EXPECT_GE(sent, 100);
  EXPECT_LE(sent, 101);
}

TEST_F(Guarded, CountsNamesApartButNotThoseThatDoNotExist) {
  limit();
  QueryMessage other = query();
  other.name = wire_name("api.example.com");
  EXPECT_EQ(fates(2, query()), "AA");
  EXPECT_EQ(fates(2, other), "AA");
  std::string missing;
  for (int i = 0; i < 4; ++i) {
    QueryMessage made = query();
    made.name = wire_name("no" + std::to_string(i) + ".example.com");
    missing += fates(1, made);
  }
  EXPECT_EQ(missing, "AA-C");
}

TEST_F(Guarded, OnlyCountsInADryRun) {
  limit();
  settings().flags = GUARD_LIMIT_DRY | GUARD_AMPLIFY_DRY;
  settings().amplification = 1;
  EXPECT_EQ(fates(5, query()), "AAAAA");
  EXPECT_EQ(count(GUARD_EVENT_LIMIT_DRY_RUN), 3u);
  EXPECT_EQ(count(GUARD_EVENT_AMPLIFY_DRY_RUN), 5u);
}

TEST_F(Guarded, SparesPrefixesThatAreExempt) {
  limit();
  settings().exempt_count = 1;
  settings().exempt[0] = {{0, 0, __builtin_bswap32(0xffff), __builtin_bswap32(0xc6336400)},
                          {~0u, ~0u, ~0u, __builtin_bswap32(0xffffff00)}};
  EXPECT_EQ(fates(5, query()), "AAAAA");
  EXPECT_EQ(count(GUARD_EVENT_LIMIT_EXEMPTED), 3u);
  EXPECT_EQ(fates(3, query(), "198.51.101.7"), "AA-");
}

TEST_F(Guarded, CutsOffWhatIsTooManyTimesItsQuery) {
  settings().flags = GUARD_AMPLIFY;
  settings().amplification = 2;
  EXPECT_EQ(fates(1, query()), "A");
  QueryMessage large = query();
  large.name = wire_name("long.example.com");
  large.type = 16;
  const std::string reply = ask(large);
  EXPECT_EQ(reply.size(), large.wire().size());
  EXPECT_NE(reply[2] & 2, 0);
  EXPECT_EQ(count(GUARD_EVENT_AMPLIFY_CUT), 1u);
}

}  // namespace
}  // namespace signpost::testing
