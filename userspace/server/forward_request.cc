#include "server/forward_request.h"

#include <algorithm>
#include <vector>

#include "bpf/dns_query.h"
#include "dns/header_flags.h"
#include "dns/message_writer.h"
#include "dns/octets.h"
#include "server/reply_options.h"

namespace signpost::server {
namespace {

constexpr std::size_t kOptLengthAt = 9;  // of its options

// The records of a reply, as they follow its question.
struct Sections {
  std::string octets;
  std::size_t answers = 0;
  std::size_t authorities = 0;
  std::size_t additionals = 0;
};

std::size_t add(const std::vector<dns::MessageRecord>& records, std::chrono::seconds age,
                dns::RecordWriter& writer) {
  const auto passed = static_cast<std::uint32_t>(age.count());
  for (const dns::MessageRecord& record : records)
    writer.add(record.owner, record.type, record.ttl - std::min(record.ttl, passed), record.rdata);
  return records.size();
}

Sections sections_of(const forward::Question& question, const forward::AgedAnswer& answer,
                     bool with_additionals) {
  const dns::MessageRecords& records = answer.answer->records;
  dns::RecordWriter writer(question.name, dns::Compression::kFull);
  Sections sections;
  sections.answers = add(records.answers, answer.age, writer);
  sections.authorities = add(records.authorities, answer.age, writer);
  if (with_additionals) sections.additionals = add(records.additionals, answer.age, writer);
  sections.octets = writer.octets();
  return sections;
}

std::string opt_of(const ForwardRequest& request, const forward::Answer& answer) {
  std::string opt = request.opt;
  if (opt.empty() || answer.failure != forward::Failure::kUnreachable) return opt;
  const std::string option = extended_error_option(ExtendedError::kNoReachableAuthority);
  dns::store_u16(opt, kOptLengthAt, dns::load_u16(opt, kOptLengthAt) + option.size());
  return opt + option;
}

// AD tells only those who understand it (RFC 6840 section 5.7).
unsigned flags_of(const ForwardRequest& request, const forward::Answer& answer, bool truncated) {
  const bool understands = request.question.dnssec_ok || (request.flags & dns::kAuthenticData) != 0;
  return DNS_QR | (request.flags & (DNS_RD | dns::kCheckingDisabled)) | dns::kRecursionAvailable |
         (answer.authentic && understands ? dns::kAuthenticData : 0u) | (truncated ? DNS_TC : 0u) |
         answer.rcode;
}

}  // namespace

std::string forwarded_reply(const ForwardRequest& request, const forward::AgedAnswer& answer) {
  const std::string opt = opt_of(request, *answer.answer);
  const std::size_t frame = DNS_HEADER_OCTETS + request.question_octets.size() + opt.size();
  const auto fits = [&](const Sections& sections) {
    return frame + sections.octets.size() <= request.size_max;
  };
  Sections sections = sections_of(request.question, answer, true);
  if (!fits(sections)) sections = sections_of(request.question, answer, false);
  const bool truncated = !fits(sections);
  if (truncated) sections = {};
  std::string reply;
  dns::append_u16(reply, request.id);
  dns::append_u16(reply, flags_of(request, *answer.answer, truncated));
  dns::append_u16(reply, 1);  // question
  dns::append_u16(reply, sections.answers);
  dns::append_u16(reply, sections.authorities);
  dns::append_u16(reply, sections.additionals + (opt.empty() ? 0 : 1));
  return reply + request.question_octets + sections.octets + opt;
}

}  // namespace signpost::server
