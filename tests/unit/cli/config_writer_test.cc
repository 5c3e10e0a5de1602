#include "signpost/config_writer.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "signpost/message_reader.h"
#include "signpost/v1/control.pb.h"

namespace signpost::cli {
namespace {

namespace pb = google::protobuf;

TEST(ConfigWriter, WritesFieldsInTheOrderOfTheSchema) {
  v1::Config config;
  v1::Zone& zone = *config.add_zones();
  zone.set_name("example.com");
  v1::RecordSet& set = *zone.add_record_sets();
  set.mutable_weighted()->set_weight(0);
  set.set_distribution(v1::DISTRIBUTION_STICKY);
  set.set_name("@");
  set.set_type("TXT");
  set.set_ttl(0);
  set.add_records("\"it's\"");
  v1::HealthCheck& check = *config.add_health_checks();
  check.set_id("one");
  check.mutable_http()->set_ip_address("2001:db8::1");
  check.mutable_http()->set_port(80);
  config.add_health_checks();
  EXPECT_EQ(to_yaml(config),
            "zones:\n"
            "  - name: example.com\n"
            "    record_sets:\n"
            "      - name: '@'\n"
            "        type: TXT\n"
            "        ttl: 0\n"
            "        records:\n"
            "          - '\"it''s\"'\n"
            "        weighted: {weight: 0}\n"
            "        distribution: sticky\n"
            "health_checks:\n"
            "  - id: one\n"
            "    http: {ip_address: 2001:db8::1, port: 80}\n"
            "  - {}\n");
  EXPECT_EQ(to_yaml(v1::Config()), "{}\n");
}

TEST(ConfigWriter, WritesTextOfSeveralLinesAsABlock) {
  v1::Config config;
  for (const char* document : {"{\n  \"a\": 1\n}\n", "one\n\ntwo", " indented\n", "two\n\n"}) {
    config.add_traffic_policies()->set_document(document);
  }
  const std::string text = to_yaml(config);
  EXPECT_EQ(text,
            "traffic_policies:\n"
            "  - document: |\n"
            "      {\n"
            "        \"a\": 1\n"
            "      }\n"
            "  - document: |-\n"
            "      one\n"
            "\n"
            "      two\n"
            "  - document: \" indented\\U0000000A\"\n"
            "  - document: \"two\\U0000000A\\U0000000A\"\n");
  v1::Config read;
  SourceMap sources(v1::Config::descriptor());
  ASSERT_TRUE(read_message(text, "a.yaml", read, sources).ok());
  EXPECT_TRUE(pb::util::MessageDifferencer::Equals(read, config));
}

TEST(ConfigWriter, WritesTimesAsText) {
  v1::GetStatusResponse status;
  status.mutable_started()->set_seconds(1785765909);
  status.set_generation(18446744073709551615u);
  EXPECT_EQ(to_yaml(status), "generation: 18446744073709551615\nstarted: '2026-08-03T14:05:09Z'\n");
}

TEST(ConfigWriter, WritesJsonWithTheNamesOfTheSchema) {
  v1::Config config;
  config.add_health_checks()->set_request_interval(1);
  EXPECT_EQ(to_json(config),
            "{\n \"health_checks\": [\n  {\n   \"request_interval\": 1\n  }\n ]\n}\n");
}

// Fills every message with random fields, and texts that try to be something else.
class RandomMessage {
 public:
  explicit RandomMessage(unsigned seed) : random_(seed) {}

  void fill(pb::Message& message, int depth) {
    const pb::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const pb::FieldDescriptor& field = *type.field(i);
      if (draw(2) == 0) continue;
      for (int count = field.is_repeated() ? draw(4) : 1; count > 0; --count)
        set(message, field, depth);
    }
  }

 private:
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string text() {
    static const char* const kTexts[] = {"",
                                         "null",
                                         "~",
                                         "true",
                                         "NO",
                                         "1.5",
                                         "1e5",
                                         "0x1f",
                                         "12:30:45",
                                         "2001-01-01",
                                         "- a",
                                         "a: b",
                                         "a #b",
                                         "#",
                                         "*a",
                                         "&a",
                                         "!x",
                                         "%x",
                                         "@",
                                         "`",
                                         "'",
                                         "\"",
                                         "it's",
                                         "a\nb",
                                         "\n",
                                         " a",
                                         "a ",
                                         "\t",
                                         "{",
                                         "}",
                                         "[a]",
                                         "a,b",
                                         "::1",
                                         "fd53::",
                                         "a::b",
                                         "\\",
                                         "\\x41",
                                         "café",
                                         "\u2028",
                                         "\ufeff",
                                         "\u0085",
                                         "😀",
                                         "\x01\x7f",
                                         "---",
                                         "...",
                                         "?",
                                         "? a",
                                         ": a",
                                         "192.0.2.1",
                                         "a\r\nb",
                                         "=",
                                         "<<",
                                         "|",
                                         ">",
                                         "0 issue \"ca.example\"",
                                         "10 mail.example.com.",
                                         "\"v=spf1 -all\"",
                                         "a\\\"b",
                                         "0o17"};
    std::string result;
    for (int parts = draw(3); parts >= 0; --parts) {
      if (draw(2) == 0) {
        result += kTexts[draw(static_cast<int>(std::size(kTexts)))];
      } else {
        result += static_cast<char>(' ' + draw(95));
      }
    }
    return result;
  }

  void set(pb::Message& message, const pb::FieldDescriptor& field, int depth) {
    const pb::Reflection& out = *message.GetReflection();
    switch (field.cpp_type()) {
      case pb::FieldDescriptor::CPPTYPE_STRING:
        if (field.is_repeated()) return out.AddString(&message, &field, text());
        return out.SetString(&message, &field, text());
      case pb::FieldDescriptor::CPPTYPE_BOOL:
        return out.SetBool(&message, &field, draw(2) == 1);
      case pb::FieldDescriptor::CPPTYPE_UINT32:
        return out.SetUInt32(&message, &field, static_cast<std::uint32_t>(random_()) >> draw(32));
      case pb::FieldDescriptor::CPPTYPE_INT32:
        return out.SetInt32(&message, &field, static_cast<std::int32_t>(random_()) >> draw(32));
      case pb::FieldDescriptor::CPPTYPE_DOUBLE:
        return out.SetDouble(&message, &field, static_cast<double>(draw(1'000'000)) / 7 - 50'000);
      case pb::FieldDescriptor::CPPTYPE_ENUM:
        if (field.is_repeated())  // where "unspecified" has no place
          return out.AddEnum(
              &message, &field,
              field.enum_type()->value(1 + draw(field.enum_type()->value_count() - 1)));
        return out.SetEnum(&message, &field,
                           field.enum_type()->value(draw(field.enum_type()->value_count())));
      default:
        break;
    }
    fill(*(field.is_repeated() ? out.AddMessage(&message, &field)
                               : out.MutableMessage(&message, &field)),
         depth + 1);
  }

  std::mt19937 random_;
};

TEST(ConfigWriter, WritesWhatTheReaderGivesBack) {
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    SCOPED_TRACE(seed);
    v1::Config config;
    RandomMessage(seed).fill(config, 0);
    for (const std::string& text : {to_yaml(config), to_json(config)}) {
      v1::Config back;
      SourceMap sources(v1::Config::descriptor());
      ASSERT_EQ(read_message(text, "text", back, sources), absl::OkStatus()) << text;
      ASSERT_TRUE(pb::util::MessageDifferencer::Equals(config, back)) << text << back.DebugString();
    }
  }
}

TEST(ConfigWriter, WritesCommentsBeforeWhatFollowsThem) {
  v1::Config config;
  YamlComments comments;
  comments.add(config, "zones", "before the zone");
  v1::Zone& zone = *config.add_zones();
  zone.set_name("example.com");
  comments.add(zone, "record_sets", "one");
  comments.add(zone, "record_sets", "two");
  zone.add_record_sets()->set_name("a");
  comments.add(zone, "record_sets", "behind all");
  comments.add(config, "health_checks", "of a list without elements");
  EXPECT_EQ(to_yaml(config, comments),
            "zones:\n"
            "  # before the zone\n"
            "  - name: example.com\n"
            "    record_sets:\n"
            "      # one\n"
            "      # two\n"
            "      - name: a\n"
            "      # behind all\n"
            "# of a list without elements\n");
  EXPECT_EQ(to_yaml(v1::Config(), comments), "{}\n");
}

}  // namespace
}  // namespace signpost::cli
