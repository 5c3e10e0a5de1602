#include "upstream/query.h"

#include <gmock/gmock.h>

#include <set>

#include "model/observations.h"
#include "tests/unit/upstream/messages.h"
#include "upstream/server.h"

namespace signpost::upstream {
namespace {

using dns::RRType;

TEST(Query, IsAWholeMessageWithRecursionDesiredAndEdns) {
  QuerySecret secret{};
  secret[0] = 0x12;
  secret[1] = 0x34;
  secret[2] = 0b101010;  // the second, fourth and sixth octet of the name
  const Query query = make_query({name("example.com."), RRType::kAaaa}, secret);
  EXPECT_EQ(query.octets, std::string("\x12\x34\x01\x00\0\1\0\0\0\0\0\1"
                                      "\7ExAmPle\3com\0\0\x1c\0\1"
                                      "\0\0\x29\x04\xd0\0\0\0\0\0\0",
                                      40));
}

TEST(Query, ChangesIdAndLettersEveryTime) {
  std::set<std::uint16_t> ids;
  std::set<std::string> spellings;
  for (int i = 0; i < 100; ++i) {
    const Query query = make_query({name("steering.example.com."), RRType::kA}, random_secret());
    EXPECT_EQ(query.name, name("steering.example.com."));
    ids.insert(query.id);
    spellings.insert(std::string(query.name.wire()));
  }
  // With 100 of 2^16 ids the chance of ten collisions is about 10^-20.
  EXPECT_GT(ids.size(), 90u);
  EXPECT_GT(spellings.size(), 90u);
}

TEST(Query, TakesOnlyItsOwnReply) {
  const Query query = query_for("www.example.com.", RRType::kA);
  const std::string reply = reply_to(query.octets, {});
  const auto is_taken = [&](const std::string& message) {
    const auto head = dns::read_message_head(message);
    return head.ok() && is_reply_to(query, *head);
  };
  ASSERT_TRUE(is_taken(reply));
  EXPECT_FALSE(is_taken(query.octets)) << "a query";
  EXPECT_FALSE(is_taken(with_u16(reply, 0, query.id + 1u))) << "another id";
  EXPECT_FALSE(is_taken(with_u16(reply, 2, 0xa180))) << "another opcode";
  const std::size_t type_at = 12 + query.name.wire().size();
  EXPECT_FALSE(is_taken(with_u16(reply, type_at, 28))) << "another type";
  EXPECT_FALSE(is_taken(with_u16(reply, type_at + 2, 3))) << "another class";
  std::string other_letters = reply;
  other_letters[13] ^= 0x20;
  EXPECT_FALSE(is_taken(other_letters)) << "the name in other letters";
}

TEST(Server, IsAnAddressWithOrWithoutAPort) {
  const auto text = [](std::string_view written) {
    const auto server = parse_server(written);
    return server.ok() ? to_text(*server) : std::string(server.status().message());
  };
  EXPECT_EQ(text("192.0.2.53"), "192.0.2.53:53");
  EXPECT_EQ(text("192.0.2.53:5353"), "192.0.2.53:5353");
  EXPECT_EQ(text("2001:db8::53"), "[2001:db8::53]:53");
  EXPECT_EQ(text("[2001:DB8:0::53]"), "[2001:db8::53]:53");
  EXPECT_EQ(text("[2001:db8::53]:5353"), "[2001:db8::53]:5353");
  for (const char* wrong :
       {"", "[", "[]", "[]:53", ":53", "192.0.2.53:", "192.0.2.53:0", "192.0.2.53:65536",
        "192.0.2.53:x", "[2001:db8::53", "[2001:db8::53]53", "dns.example.com", "192.0.2"}) {
    EXPECT_EQ(parse_server(wrong).status().code(), absl::StatusCode::kInvalidArgument) << wrong;
  }
}

TEST(Target, IsReadFromItsKey) {
  for (const char* text : {"www.example.com.", ".", "a\\032b.example.com.", "\\000.example.com."}) {
    const std::string key = model::external_key(name(text), RRType::kMx);
    const auto target = parse_target(key);
    ASSERT_TRUE(target) << key;
    EXPECT_EQ(target->name, name(text));
    EXPECT_EQ(target->type, RRType::kMx);
  }
  for (const char* wrong : {"", "www.example.com.", "www.example.com. ", "www..com. A", "a. B C"})
    EXPECT_FALSE(parse_target(wrong)) << wrong;
}

}  // namespace
}  // namespace signpost::upstream
