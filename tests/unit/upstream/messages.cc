#include "tests/unit/upstream/messages.h"

#include "dns/message_writer.h"
#include "dns/rdata.h"

namespace signpost::upstream {
namespace {

constexpr std::size_t kHeaderSize = 12;

void append_u16(std::string& octets, unsigned value) {
  octets += static_cast<char>(value >> 8);
  octets += static_cast<char>(value);
}

}  // namespace

dns::Name name(std::string_view text) { return dns::Name::parse(text).value(); }

std::string rdata(dns::RRType type, std::string_view text) {
  return dns::parse_rdata(type, text, dns::Name()).value();
}

Query query_for(std::string_view text, dns::RRType type) {
  QuerySecret secret;
  secret.fill(0xa5);
  return make_query({name(text), type}, secret);
}

std::string reply_to(std::string_view octets, const TestReply& reply) {
  const dns::MessageHead asked = dns::read_message_head(octets).value();
  dns::RecordWriter records(asked.question.name, dns::Compression::kFull);
  for (const auto* section : {&reply.answers, &reply.authorities}) {
    for (const TestRecord& record : *section)
      records.add(name(record.owner), record.type, record.ttl, rdata(record.type, record.rdata));
  }
  std::string message;
  append_u16(message, asked.id);
  append_u16(message, 0x8100u | (reply.truncated ? 0x0200u : 0) |
                          (reply.recursion_available ? 0x0080u : 0) | (reply.rcode & 0xf));
  append_u16(message, 1);
  append_u16(message, static_cast<unsigned>(reply.answers.size()));
  append_u16(message, static_cast<unsigned>(reply.authorities.size()));
  append_u16(message, 1);
  message += octets.substr(kHeaderSize, asked.end - kHeaderSize);
  message += records.octets();
  message += '\0';
  append_u16(message, static_cast<unsigned>(dns::RRType::kOpt));
  append_u16(message, 1232);
  append_u16(message, (reply.rcode >> 4) << 8);
  append_u16(message, 0);
  append_u16(message, 0);
  return message;
}

std::string with_u16(std::string message, std::size_t at, unsigned value) {
  message[at] = static_cast<char>(value >> 8);
  message[at + 1] = static_cast<char>(value);
  return message;
}

}  // namespace signpost::upstream
