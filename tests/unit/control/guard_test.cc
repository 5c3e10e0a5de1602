// Guards of the configuration: read, refused, and in the form that both paths go by.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "bpf/dns_query.h"
#include "control/describe.h"
#include "control/translate.h"
#include "daemon/guard_keeper.h"
#include "signpost/v1/config.pb.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using ::testing::HasSubstr;

v1::Guard parsed(const std::string& text) {
  v1::Guard guard;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &guard)) << text;
  return guard;
}

model::Guard read(const std::string& text) {
  const auto guard = from_proto(parsed(text), "guards[0]");
  EXPECT_TRUE(guard.ok()) << guard.status();
  return guard.ok() ? **guard : model::Guard();
}

std::string refusal(const std::string& text) {
  return std::string(from_proto(parsed(text), "guards[0]").status().message());
}

TEST(Guards, AreReadAndWrittenAlike) {
  for (const char* text :
       {"", R"(interface: "eth0" nsid: "pop-7")", R"(rate_limit { replies_per_second: 200 })",
        R"(rate_limit { replies_per_second: 200 burst: 50 slip: 0 exempt_prefixes: "10.0.0.0/8"
           exempt_prefixes: "2001:db8::/32" enforce: true })",
        R"(cookies { secret: "cookies-2" former_secret: "cookies-1" })",
        R"(amplification_limit { ratio: 3 enforce: true })"}) {
    const v1::Guard before = parsed(text);
    v1::Guard after;
    to_proto(read(text), after);
    EXPECT_EQ(after.DebugString(), before.DebugString());
  }
}

TEST(Guards, OnlyCountUnlessTheyAreToldToEnforce) {
  EXPECT_EQ(describe(read("rate_limit { replies_per_second: 200 } cookies {} nsid: 'x' "
                          "amplification_limit { ratio: 3 enforce: true }")),
            "at most 200 replies/s to a prefix (dry run); at most 3 times the query; cookies; "
            "NSID x");
}

TEST(Guards, AreRefusedByPathWithTheRemedy) {
  EXPECT_EQ(refusal("rate_limit {}"),
            "guards[0].rate_limit.replies_per_second: 0 is not allowed; use 1 to 1000000");
  EXPECT_EQ(refusal("rate_limit { replies_per_second: 5 slip: 101 }"),
            "guards[0].rate_limit.slip: 101 is not allowed; use 0 to 100");
  EXPECT_THAT(refusal("rate_limit { replies_per_second: 5 exempt_prefixes: '10.0.0.1/8' }"),
              HasSubstr("guards[0].rate_limit.exempt_prefixes[0]: "));
  EXPECT_EQ(refusal("amplification_limit { ratio: 0 }"),
            "guards[0].amplification_limit.ratio: 0 is not allowed; use 1 to 1000");
  EXPECT_THAT(refusal("cookies { secret: '../key' }"),
              HasSubstr("guards[0].cookies.secret: \"../key\" is not allowed; use the name of a "
                        "file in the folder of signpostd --secrets"));
  EXPECT_THAT(refusal("interface: 'eth0/1'"), HasSubstr("is not the name of an interface"));
  EXPECT_EQ(refusal("nsid: '" + std::string(65, 'x') + "'"),
            "guards[0].nsid: is too long; use at most 64 octets");
}

class GuardImage : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  absl::StatusOr<guard> image(const std::string& text) {
    return daemon::guard_image(
        read(text),
        {.interfaces = {"eth0"}, .secrets_folder = folder_.path(), .own_secret = folder_ / "own"});
  }

  TemporaryFolder folder_;
};

TEST_F(GuardImage, LetsAtLeastTheRepliesOfOneStepOfTheClockComeAtOnce) {
  const guard made = *image("rate_limit { replies_per_second: 1000 burst: 1 }");
  EXPECT_EQ(made.limit_interval, 1'000'000u);
  EXPECT_EQ(made.limit_burst, 10'000'000u);
}

TEST_F(GuardImage, HasTheRatesInNanosecondsAndTheExemptPrefixes) {
  const guard made = *image(R"(rate_limit { replies_per_second: 200 burst: 11 enforce: true
      exempt_prefixes: "198.51.100.0/23" exempt_prefixes: "2001:db8::/33" })");
  EXPECT_EQ(made.flags, std::uint32_t{GUARD_LIMIT});
  EXPECT_EQ(made.limit_interval, 5'000'000u);
  EXPECT_EQ(made.limit_burst, 50'000'000u);
  EXPECT_EQ(made.limit_slip, 2u);
  ASSERT_EQ(made.exempt_count, 2u);
  const auto octets = [](const std::uint32_t(&words)[4]) {
    return std::string(reinterpret_cast<const char*>(words), sizeof words);
  };
  const std::string zeros(10, '\0');
  EXPECT_EQ(octets(made.exempt[0].address), zeros + "\xff\xff\xc6\x33\x64" + std::string(1, '\0'));
  EXPECT_EQ(octets(made.exempt[0].mask), std::string(14, '\xff') + "\xfe" + std::string(1, '\0'));
  EXPECT_EQ(octets(made.exempt[1].mask), std::string(4, '\xff') + "\x80" + std::string(11, '\0'));
}

TEST_F(GuardImage, TakesSecretsFromTheirFiles) {
  write("new", "00112233445566778899aabbccddeeff\n");
  write("old", "ffeeddccbbaa99887766554433221100");
  const guard made = *image("cookies { secret: 'new' former_secret: 'old' }");
  EXPECT_EQ(made.options, std::uint32_t{QUERY_COOKIE});
  EXPECT_EQ(std::memcmp(made.secrets[0], "\x00\x11\x22\x33\x44\x55\x66\x77", 8), 0);
  EXPECT_EQ(std::memcmp(made.secrets[1], "\xff\xee\xdd\xcc\xbb\xaa\x99\x88", 8), 0);
  const guard alone = *image("cookies { secret: 'new' }");
  EXPECT_EQ(std::memcmp(alone.secrets[0], alone.secrets[1], 16), 0);
}

TEST_F(GuardImage, MakesASecretOfThisHostOnce) {
  const guard first = *image("cookies {}");
  const guard second = *image("cookies {}");
  EXPECT_EQ(std::memcmp(first.secrets, second.secrets, sizeof first.secrets), 0);
  EXPECT_NE(first.secrets[0][0] | first.secrets[0][1], 0u);
}

TEST_F(GuardImage, NamesASecretThatIsMissingOrNone) {
  EXPECT_THAT(std::string(image("cookies { secret: 'gone' }").status().message()),
              HasSubstr("/gone, can't be read"));
  write("short", "0011");
  EXPECT_THAT(std::string(image("cookies { secret: 'short' }").status().message()),
              HasSubstr("/short, must be 32 hexadecimal digits"));
}

}  // namespace
}  // namespace signpost::control
