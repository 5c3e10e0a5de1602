#include "secondary/reply_stream.h"

#include <string>

#include "base/status.h"
#include "dns/rcode.h"

namespace signpost::secondary {
namespace {

constexpr unsigned kOpcodeQuery = 0;

// What a primary says of our signature in a message that it did not sign (RFC 8945 section 5.3.2).
std::string_view refusal_text(std::uint16_t error) {
  switch (static_cast<dns::TsigError>(error)) {
    case dns::TsigError::kBadKey:
      return "it does not know our TSIG key";
    case dns::TsigError::kBadSig:
      return "it has another secret for our TSIG key";
    case dns::TsigError::kBadTime:
      return "its clock and ours are more than 300 s apart";
    default:
      return "it refuses our signature";
  }
}

}  // namespace

ReplyStream::ReplyStream(const SentQuery& query) : query_(query) {
  if (query.key) verifier_.emplace(*query.key, query.mac);
  head_.question = {query.apex, query.type, dns::kClassIn};
}

absl::StatusOr<dns::MessageRecords> ReplyStream::take(std::string_view message, std::uint64_t now) {
  RETURN_IF_ERROR(dns::read_further_head(message, head_));
  RETURN_IF_ERROR(check_head());
  ASSIGN_OR_RETURN(dns::MessageRecords records, dns::read_message_records(message, head_));
  RETURN_IF_ERROR(check_signature(message, records, now));
  if (head_.rcode != dns::kRcodeNoError)
    return absl::InternalError(absl::StrCat("it replies ", dns::rcode_text(head_.rcode)));
  return records;
}

absl::Status ReplyStream::check_head() const {
  const bool fits = head_.response && head_.id == query_.id && head_.opcode == kOpcodeQuery &&
                    head_.question.type == query_.type && head_.question.qclass == dns::kClassIn &&
                    head_.question.name.folded() == query_.apex;
  if (!fits) return invalid_argument("what it sent is not the reply");
  if (head_.truncated) return invalid_argument("its reply is truncated");
  return absl::OkStatus();
}

absl::Status ReplyStream::check_signature(std::string_view message,
                                          const dns::MessageRecords& records, std::uint64_t now) {
  if (!verifier_) return absl::OkStatus();
  const std::optional<dns::Tsig> tsig = dns::find_tsig(records);
  if (tsig && tsig->error != 0)
    return absl::PermissionDeniedError(std::string(refusal_text(tsig->error)));
  if (!tsig && head_.rcode != dns::kRcodeNoError)
    return absl::PermissionDeniedError(
        absl::StrCat("it replies ", dns::rcode_text(head_.rcode), ", unsigned"));
  if (verifier_->accept(message, tsig, now)) return absl::OkStatus();
  return absl::PermissionDeniedError(tsig ? "the signature of its reply is wrong"
                                          : "its reply is not signed");
}

absl::StatusOr<dns::Soa> read_soa_reply(const SentQuery& query, std::string_view message,
                                        std::uint64_t now) {
  ReplyStream stream(query);
  ASSIGN_OR_RETURN(const dns::MessageRecords records, stream.take(message, now));
  if (!stream.is_authoritative())
    return absl::InternalError("it is not authoritative for the zone");
  for (const dns::MessageRecord& record : records.answers) {
    if (record.type == dns::RRType::kSoa && record.rclass == dns::kClassIn &&
        record.owner.folded() == query.apex)
      return dns::parse_soa(record.rdata);
  }
  return absl::InternalError("it does not have the zone");
}

}  // namespace signpost::secondary
