#include "server/transfer_writer.h"

#include <utility>

#include "base/status.h"
#include "bpf/abi.h"
#include "server/reply_options.h"
#include "server/reply_parts.h"

namespace signpost::server {
namespace {

constexpr std::size_t kFillOctets = 16 * 1024;
constexpr std::size_t kMessageMax = 65535;
constexpr std::size_t kRecordFixedOctets = 10;

std::size_t signature_octets(const TransferRequest& request) {
  return request.signer ? dns::tsig_size(request.signer->key()) : 0;
}

// Octets of the OPT and TSIG of each message, at most.
std::size_t additional_octets(const TransferRequest& request) {
  return (request.has_opt ? opt_record().size() : 0) + (request.pads ? kPaddingOctetsMax : 0) +
         signature_octets(request);
}

}  // namespace

TransferWriter::TransferWriter(TransferRequest& request)
    : request_(request),
      qname_(dns::Name::from_wire(
                 std::string_view(request.question).substr(0, request.question.size() - 4))
                 .value()),
      overhead_(DNS_HEADER_OCTETS + request.question.size() + additional_octets(request)) {}

absl::Status TransferWriter::add(const dns::Name& owner, dns::RRType type, std::uint32_t ttl,
                                 const std::string& rdata, std::uint64_t now) {
  const std::size_t size = owner.wire().size() + kRecordFixedOctets + rdata.size();
  if (overhead_ + size > kMessageMax)
    return invalid_argument(owner.text(), " ", dns::to_text(type), " is too long for a message");
  if (records_ && overhead_ + records_->octets().size() + size > kMessageMax) finish(now);
  if (!records_) records_.emplace(qname_, dns::Compression::kFullKeepingCase);
  records_->add(owner, type, ttl, rdata);
  if (records_->octets().size() >= kFillOctets) finish(now);
  return absl::OkStatus();
}

void TransferWriter::finish(std::uint64_t now) {
  if (records_) complete(Rcode::kNoError, now);
}

void TransferWriter::refuse(Rcode rcode, std::uint64_t now) {
  records_.reset();
  complete(rcode, now);
}

std::string TransferWriter::opt_for(std::size_t size) const {
  if (!request_.pads) return opt_record();
  return opt_record(padding_option(size + opt_record().size() + signature_octets(request_)));
}

void TransferWriter::complete(Rcode rcode, std::uint64_t now) {
  std::string message = header_of({.id = request_.id,
                                   .flags = request_.flags,
                                   .authoritative = rcode == Rcode::kNoError,
                                   .rcode = static_cast<unsigned>(rcode),
                                   .answers = records_ ? records_->record_count() : 0,
                                   .additionals = request_.has_opt ? 1u : 0u});
  message += request_.question;
  if (records_) message += records_->octets();
  if (request_.has_opt) message += opt_for(message.size());
  if (request_.signer) dns::append_tsig(message, *request_.signer, now);
  append_framed(message, framed_);
  records_.reset();
}

}  // namespace signpost::server
