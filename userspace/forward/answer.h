// What another server answered, as clients are told.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "dns/message_reader.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::forward {

struct Question {
  dns::Name name;  // in the client's case
  dns::RRType type{};
  bool dnssec_ok = false;          // DO (RFC 3225)
  bool checking_disabled = false;  // CD (RFC 4035 section 3.2.2)
};

// Why there is no answer: what an extended error tells (RFC 8914).
enum class Failure { kNone, kUnreachable, kBusy };

struct Answer {
  unsigned rcode = 0;
  bool authentic = false;       // AD
  dns::MessageRecords records;  // of class IN, without OPT
  Failure failure = Failure::kNone;
  std::chrono::seconds life{0};  // for how long it may be kept
};
using AnswerPtr = std::shared_ptr<const Answer>;

// An answer and its age, by which TTLs have gone down since.
struct AgedAnswer {
  AnswerPtr answer;
  std::chrono::seconds age{0};
};

// What a reply says; an error where the next server has to be asked: the RCODE is neither NOERROR
// nor NXDOMAIN, or the message is malformed.
// It may be kept for the least TTL of its records, up to a day; without records that answer for
// that of the SOA (RFC 2308 section 5), up to three hours; if there is none, not at all.
absl::StatusOr<Answer> read_answer(std::string_view message);

// SERVFAIL, kept for some seconds, so that a server that is down is not asked for each client (RFC
// 9520 section 3.2).
Answer failed(Failure why);

// Octets of memory that it takes, about.
std::size_t size_of(const Answer& answer);

}  // namespace signpost::forward
