// Reading messages of others (RFC 1035 section 4), whatever they hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::dns {

inline constexpr std::uint16_t kClassIn = 1;
inline constexpr std::uint16_t kClassNone = 254;  // in updates (RFC 2136 section 2.4)
inline constexpr std::uint16_t kClassAny = 255;

struct Question {
  Name name;  // in the case of the message
  RRType type{};
  std::uint16_t qclass = 0;
};

// The header and the question of a message.
struct MessageHead {
  std::uint16_t id = 0;
  bool response = false;  // QR
  unsigned opcode = 0;
  bool authoritative = false;        // AA
  bool truncated = false;            // TC
  bool recursion_available = false;  // RA
  unsigned rcode = 0;                // without the upper bits that OPT has
  Question question;
  std::size_t answers = 0;  // how many records each section is said to have
  std::size_t authorities = 0;
  std::size_t additionals = 0;
  std::size_t end = 0;  // where the records begin
};

struct MessageRecord {
  Name owner;
  RRType type{};
  std::uint16_t rclass = 0;  // of OPT something else, as `ttl` (RFC 6891 section 6.1.3)
  std::uint32_t ttl = 0;
  std::string rdata;   // uncompressed wire form; of types without a known format as it came
  std::size_t at = 0;  // where it begins
};

struct MessageRecords {
  std::vector<MessageRecord> answers;
  std::vector<MessageRecord> authorities;
  std::vector<MessageRecord> additionals;
};

// Reads the start of a message, which must have exactly one question.
// An error is INVALID_ARGUMENT.
absl::StatusOr<MessageHead> read_message_head(std::string_view message);

// Reads the start of a message that may have no question, as those of a zone transfer behind the
// first (RFC 5936 section 2.2.1); `question` is as before then.
absl::Status read_further_head(std::string_view message, MessageHead& head);

// Reads the records behind `head`, which must have been read from the same octets. Whatever is
// behind the last one is not looked at. INVALID_ARGUMENT if there are fewer than the head says, or
// if a name or RDATA of class IN or NONE is malformed. A pointer must lead to an earlier
// place than the name, or the part of it, that it ends, and a name has at most 127 of them: time
// and memory are bounded by some hundred octets for each name.
absl::StatusOr<MessageRecords> read_message_records(std::string_view message,
                                                    const MessageHead& head);

// The RCODE with the upper octet that OPT holds (RFC 6891 section 6.1.3).
unsigned full_rcode(const MessageHead& head, const MessageRecords& records);

}  // namespace signpost::dns
