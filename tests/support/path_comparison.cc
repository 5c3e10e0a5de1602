#include "tests/support/path_comparison.h"

#include <algorithm>
#include <array>

#include "absl/strings/escaping.h"
#include "policy/lookup.h"
#include "tests/support/packet.h"

namespace signpost::testing {

namespace {

// Draws that are enough to see each of up to 33 equal slots: 400 misses of one has probability
// (32/33)^400 < 5e-6.
constexpr int kDraws = 400;

struct Asked {
  std::string message;
  server::Client client;
};

// The DNS message and client of a query frame that the fast path answered, so its headers are
// whole.
Asked asked_by(std::string_view frame) {
  std::size_t at = 12;
  while (frame.substr(at, 2) == std::string_view("\x81\0", 2) || frame.substr(at, 2) == "\x88\xa8")
    at += 4;
  const bool ipv6 = frame.substr(at, 2) == "\x86\xdd";
  at += 2;
  Asked asked;
  auto& address = asked.client.address;
  if (ipv6) {
    for (std::size_t i = 0; i < 16; ++i) address[i] = static_cast<std::uint8_t>(frame[at + 8 + i]);
    at += 40;
  } else {
    address[10] = address[11] = 0xff;
    for (std::size_t i = 0; i < 4; ++i)
      address[12 + i] = static_cast<std::uint8_t>(frame[at + 12 + i]);
    at += 20;
  }
  const std::size_t length =
      static_cast<std::uint8_t>(frame[at + 4]) * 256u + static_cast<std::uint8_t>(frame[at + 5]);
  asked.message = std::string(frame.substr(at + 8, length - 8));
  return asked;
}

// What a plain query asks of the table; null if there is no answer.
const model::Answer* answer_to(const model::AnswerTable& table, const std::string& message) {
  const std::size_t end = message.find('\0', 12) + 1;
  const auto qname = dns::Name::from_wire(message.substr(12, end - 12));
  if (!qname.ok()) return nullptr;
  const auto qtype = static_cast<dns::RRType>(static_cast<std::uint8_t>(message[end]) * 256u +
                                              static_cast<std::uint8_t>(message[end + 1]));
  return policy::find(table, *qname, qtype).answer;
}

// Whether a reply may be one of a random ring.
bool may_be_random(const model::Answer* answer) {
  if (answer == nullptr) return false;
  if (!answer->by_locality) return answer->ring && answer->ring->mode == model::RingMode::kRandom;
  const auto& answers = answer->by_locality->answers;
  return std::any_of(answers.begin(), answers.end(), [](const model::AnswerPtr& of_class) {
    return may_be_random(of_class.get());
  });
}

std::string hex(std::string_view octets) { return absl::BytesToHexString(std::string(octets)); }

}  // namespace

std::string PathComparison::check(std::string_view query_frame, std::string_view reply_frame) {
  std::string error;
  const auto reply = parse_reply_to(query_frame, reply_frame, &error);
  if (!reply) return "the frame is wrong: " + error;
  const Asked asked = asked_by(query_frame);
  const server::Octets query(reinterpret_cast<const std::uint8_t*>(asked.message.data()),
                             asked.message.size());
  std::array<std::uint8_t, server::kUdpReplyMax> buffer{};
  const int draws = may_be_random(answer_to(table_, asked.message)) ? kDraws : 1;
  std::size_t slow_size = 0;
  for (int draw = 0; draw < draws; ++draw) {
    const server::Reply slow = server::respond({&table_, settings, no_zones_, buckets_, now}, query,
                                               asked.client, slots_, buffer);
    slow_size = slow.size;
    if (std::string_view(reinterpret_cast<const char*>(buffer.data()), slow.size) ==
        reply->message) {
      const bool has_answer = reply->message[6] != 0 || reply->message[7] != 0;
      ++equal_[std::to_string(slow.rcode) + (has_answer ? " answer" : " none")];
      return "";
    }
  }
  return "to " + hex(asked.message) + " the fast path answers " + hex(reply->message) +
         ", the slow path " +
         hex(std::string_view(reinterpret_cast<const char*>(buffer.data()), slow_size));
}

}  // namespace signpost::testing
