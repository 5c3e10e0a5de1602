#include "forward/answer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "dns/header_flags.h"
#include "dns/octets.h"
#include "dns/rcode.h"
#include "dns/rdata.h"

namespace signpost::forward {
namespace {

using dns::MessageRecord;

constexpr unsigned kRcodeServfail = 2;
constexpr std::size_t kFlagsAt = 2;
constexpr std::uint32_t kLifeMax = 86'400;             // seconds
constexpr std::uint32_t kNegativeLifeMax = 3 * 3'600;  // RFC 2308 section 5
constexpr std::chrono::seconds kFailureLife{5};
constexpr std::uint32_t kTtlSignBit = 0x8000'0000;

// A TTL of 2^31 or more counts as 0 (RFC 2181 section 8).
std::uint32_t ttl_of(const MessageRecord& record) {
  return (record.ttl & kTtlSignBit) != 0 ? 0 : record.ttl;
}

// For how long it may be said that there is no such record; nothing without an SOA.
std::optional<std::uint32_t> negative_ttl(const std::vector<MessageRecord>& authorities) {
  for (const MessageRecord& record : authorities) {
    if (record.type != dns::RRType::kSoa) continue;
    const absl::StatusOr<dns::Soa> soa = dns::parse_soa(record.rdata);
    if (soa.ok()) return std::min({ttl_of(record), soa->minimum, kNegativeLifeMax});
  }
  return std::nullopt;
}

std::uint32_t life_of(const dns::MessageRecords& records, dns::RRType qtype) {
  std::uint32_t life = kLifeMax;
  bool answers = false;
  for (const MessageRecord& record : records.answers) {
    life = std::min(life, ttl_of(record));
    answers = answers || record.type == qtype || qtype == dns::RRType::kAny;
  }
  if (!answers) life = std::min(life, negative_ttl(records.authorities).value_or(0));
  for (const MessageRecord& record : records.authorities) life = std::min(life, ttl_of(record));
  return life;
}

std::size_t size_of(const std::vector<MessageRecord>& records) {
  std::size_t size = 0;
  for (const MessageRecord& record : records)
    size += sizeof record + record.owner.wire().size() + record.rdata.size();
  return size;
}

}  // namespace

absl::StatusOr<Answer> read_answer(std::string_view message) {
  ASSIGN_OR_RETURN(const dns::MessageHead head, dns::read_message_head(message));
  Answer answer;
  ASSIGN_OR_RETURN(answer.records, dns::read_message_records(message, head));
  answer.rcode = dns::full_rcode(head, answer.records);
  if (answer.rcode != dns::kRcodeNoError && answer.rcode != dns::kRcodeNxdomain)
    return unavailable("it answers ", dns::rcode_text(answer.rcode));
  answer.authentic = (dns::load_u16(message, kFlagsAt) & dns::kAuthenticData) != 0;
  const auto foreign = [](const MessageRecord& record) { return record.rclass != dns::kClassIn; };
  std::erase_if(answer.records.answers, foreign);
  std::erase_if(answer.records.authorities, foreign);
  std::erase_if(answer.records.additionals, foreign);  // OPT and TSIG among them
  answer.life = std::chrono::seconds(life_of(answer.records, head.question.type));
  return answer;
}

Answer failed(Failure why) {
  Answer answer;
  answer.rcode = kRcodeServfail;
  answer.failure = why;
  if (why != Failure::kBusy) answer.life = kFailureLife;
  return answer;
}

std::size_t size_of(const Answer& answer) {
  return sizeof answer + size_of(answer.records.answers) + size_of(answer.records.authorities) +
         size_of(answer.records.additionals);
}

}  // namespace signpost::forward
