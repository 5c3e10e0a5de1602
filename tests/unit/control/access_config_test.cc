// Keys and transfers of the configuration: read, refused, and in the form that the server goes by.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <fstream>

#include "control/describe.h"
#include "control/translate.h"
#include "daemon/zone_keeper.h"
#include "policy/validate.h"
#include "signpost/v1/config.pb.h"
#include "tests/unit/control/fixtures.h"

namespace signpost::control {
namespace {

using ::testing::HasSubstr;

template <typename Message>
Message parsed(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

template <typename Message>
auto read(const std::string& text) {
  return from_proto(parsed<Message>(text), "it");
}

template <typename Message>
std::string refusal(const std::string& text) {
  return std::string(read<Message>(text).status().message());
}

template <typename Message>
void expect_same(const std::string& text) {
  const auto value = read<Message>(text);
  ASSERT_TRUE(value.ok()) << value.status();
  Message written;
  to_proto(**value, written);
  EXPECT_EQ(written.DebugString(), parsed<Message>(text).DebugString());
}

TEST(AccessConfig, IsReadAndWrittenAlike) {
  for (const char* text : {R"(name: "xfr.example")", R"(name: "k" algorithm: HMAC_SHA512)",
                           R"(name: "k" algorithm: HMAC_SHA384 secret: "k-2")"})
    expect_same<v1::TsigKey>(text);
  for (
      const char* text :
      {"", R"(zone: "example.com" transfer { prefix: "192.0.2.0/24" } transfer { key: "k" })",
       R"(transfer { prefix: "2001:db8::/32" key: "k" } policy_records: POLICY_RECORDS_FIRST_CHOICE)",
       R"(notify { address: "192.0.2.53" } notify { address: "192.0.2.53:5353" key: "k" }
           notify { address: "[2001:db8::53]:54" })",
       R"(zone: "example.com" update { key: "k" } update { prefix: "192.0.2.0/24" key: "k" })",
       R"(transfer { key: "k" tls: true } update { key: "k" tls: true })"})
    expect_same<v1::ZoneAccess>(text);
  for (const char* text : {R"(name: "example.com" primaries { address: "192.0.2.53" })",
                           R"(name: "example.com" primaries { address: "192.0.2.53:5353" key: "k" }
           primaries { address: "[2001:db8::53]:54" } max_mebibytes: 7)"})
    expect_same<v1::SecondaryZone>(text);
}

TEST(AccessConfig, IsToldInWordsWithoutASecret) {
  EXPECT_EQ(describe(**read<v1::TsigKey>("name: 'xfr.example' algorithm: HMAC_SHA512")),
            "hmac-sha512, secret in xfr.example");
  EXPECT_EQ(
      describe(**read<v1::ZoneAccess>(
          "transfer { prefix: '192.0.2.0/24' key: 'k' } notify { address: '192.0.2.53' key: 'k' } "
          "policy_records: POLICY_RECORDS_FIRST_CHOICE")),
      "copies from 192.0.2.0/24 by key k.; NOTIFY to 192.0.2.53 by key k.; policy records by first "
      "choice");
  EXPECT_EQ(describe(**read<v1::ZoneAccess>("transfer { key: 'k' tls: true }")),
            "copies by key k. over TLS");
  EXPECT_EQ(describe(**read<v1::ZoneAccess>("")), "nothing");
  EXPECT_EQ(describe(**read<v1::SecondaryZone>(
                "name: 'example.com' primaries { address: '192.0.2.53' key: 'k' }")),
            "from 192.0.2.53 by key k.; at most 128 MiB");
}

TEST(AccessConfig, IsRefusedByPathWithTheRemedy) {
  EXPECT_EQ(refusal<v1::TsigKey>(""),
            "it.name: is missing; use a domain name, for example xfr.example");
  EXPECT_THAT(refusal<v1::TsigKey>("name: 'k' secret: '../key'"),
              HasSubstr("it.secret: \"../key\" is not allowed; use the name of a file"));
  EXPECT_EQ(refusal<v1::TsigKey>("name: 'k' algorithm: 9"), "it.algorithm: 9 is not known");
  EXPECT_THAT(refusal<v1::ZoneAccess>("transfer {}"),
              HasSubstr("it.transfer[0]: has neither prefix nor key; give one"));
  EXPECT_THAT(refusal<v1::ZoneAccess>("transfer { prefix: '192.0.2.1/24' }"),
              HasSubstr("it.transfer[0].prefix: "));
  EXPECT_THAT(refusal<v1::ZoneAccess>("notify { address: 'ns2.example.com' }"),
              HasSubstr("it.notify[0].address: "));
  EXPECT_THAT(refusal<v1::ZoneAccess>("update { prefix: '192.0.2.0/24' }"),
              HasSubstr("it.update[0].key: is missing; addresses can be forged"));
  EXPECT_THAT(refusal<v1::ZoneAccess>("zone: 'example..com'"), HasSubstr("it.zone: "));
  EXPECT_EQ(refusal<v1::SecondaryZone>(""), "it.name: is missing; use for example example.com");
  EXPECT_EQ(refusal<v1::SecondaryZone>("name: 'example.com'"),
            "it.primaries: is missing; name a server to copy the zone from");
  EXPECT_THAT(refusal<v1::SecondaryZone>("name: 'a' primaries { address: 'ns1.example.com' }"),
              HasSubstr("it.primaries[0].address: "));
  EXPECT_EQ(refusal<v1::SecondaryZone>(
                "name: 'a' primaries { address: '192.0.2.53' } max_mebibytes: 4097"),
            "it.max_mebibytes: 4097 is above 4096");
}

class Keys : public ::testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    std::ofstream(folder_ / file) << text;
  }
  static model::Change key(const std::string& key_name) {
    return model::PutTsigKey{*read<v1::TsigKey>("name: '" + key_name + "'")};
  }
  static model::ChangeBatch batch(std::vector<model::Change> changes) {
    return {.changes = std::move(changes), .author = {}, .comment = {}};
  }

  TemporaryFolder folder_;
  boost::asio::io_context io_;
  server::LiveZones live_;
  server::Notifier notifier_{io_, live_, {}};
  daemon::ZoneKeeper keeper_{folder_.path(), live_, notifier_};
};

TEST_F(Keys, HaveTheirSecretsFromFilesInBase64) {
  write("one", "MDEyMzQ1Njc4OWFiY2RlZg==\n");
  const auto config = policy::apply_batch({}, batch({key("one"), key("two")}));
  ASSERT_TRUE(config.ok()) << config.status();
  keeper_.serve(*config, {});
  EXPECT_EQ(live_.load()->keys.at(name("one.")).secret, "0123456789abcdef");
  EXPECT_FALSE(live_.load()->keys.contains(name("two.")));
  write("two", "MDEyMzQ1Njc4OWFiY2RlZg==");
  keeper_.refresh();
  EXPECT_TRUE(live_.load()->keys.contains(name("two.")));
}

TEST_F(Keys, NameAFileThatIsMissingOrHoldsNoSecret) {
  const model::TsigKey key{.name = name("k."), .secret = "k"};
  EXPECT_THAT(std::string(daemon::read_tsig_key(folder_.path(), key).status().message()),
              HasSubstr(folder_ / "k"));
  for (const char* text : {"not base64!", "c2hvcnQ="}) {
    write("k", text);
    EXPECT_EQ(std::string(daemon::read_tsig_key(folder_.path(), key).status().message()),
              "the secret in " + (folder_ / "k") +
                  " must be base64 of at least 16 octets; make one by `openssl rand -base64 32`");
  }
}

}  // namespace
}  // namespace signpost::control
