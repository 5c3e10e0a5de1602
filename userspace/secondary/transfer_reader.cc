#include "secondary/transfer_reader.h"

#include <utility>

#include "base/status.h"
#include "dns/serial.h"

namespace signpost::secondary {
namespace {

using dns::MessageRecord;
using dns::RRType;

constexpr std::size_t kFixedOctets = 10;       // type, class, TTL and length
constexpr std::uint32_t kTtlMax = 0x7fffffff;  // a larger one counts as 0 (RFC 2181 section 8)

// What a signer adds to a zone: without its signatures in answers, which we do not give, it is of
// no use.
bool is_made_by_signer(RRType type) {
  return type == RRType::kRrsig || type == RRType::kNsec || type == RRType::kNsec3 ||
         type == RRType::kNsec3param;
}

}  // namespace

TransferReader::TransferReader(const SentQuery& query, std::size_t octets_max)
    : query_(query), octets_max_(octets_max), stream_(query) {
  transfer_.apex = query.apex;
}

absl::StatusOr<bool> TransferReader::take(std::string_view message, std::uint64_t now) {
  ASSIGN_OR_RETURN(dns::MessageRecords records, stream_.take(message, now));
  if (records.answers.empty()) return invalid_argument("a message of its transfer is empty");
  for (MessageRecord& record : records.answers) RETURN_IF_ERROR(take_record(std::move(record)));
  // An SOA alone, with the serial that is held or an earlier one (RFC 1995 section 4).
  if (stage_ == Stage::kSecond && !dns::serial_is_ahead(new_serial_, *query_.serial))
    end(TransferKind::kUpToDate);
  if (stage_ != Stage::kEnded) return false;
  if (!stream_.may_end())
    return absl::PermissionDeniedError("the last message of its transfer is not signed");
  return true;
}

absl::Status TransferReader::take_record(MessageRecord record) {
  if (stage_ == Stage::kEnded) return invalid_argument("its transfer goes on behind its end");
  const bool is_soa = record.type == RRType::kSoa && record.owner.folded() == query_.apex;
  if (is_soa) {
    ASSIGN_OR_RETURN(const dns::Soa soa, dns::parse_soa(record.rdata));
    return take_soa(std::move(record), soa.serial);
  }
  if (stage_ == Stage::kFirstSoa)
    return invalid_argument("its transfer does not begin with the SOA record");
  if (stage_ == Stage::kSecond) stage_ = Stage::kWhole;
  return keep(std::move(record));
}

absl::Status TransferReader::take_soa(MessageRecord record, std::uint32_t serial) {
  switch (stage_) {
    case Stage::kFirstSoa:
      return begin(std::move(record), serial);
    case Stage::kSecond:
      // The whole zone has records between its two SOAs.
      return begin_difference(serial);
    case Stage::kWhole:
      if (serial != new_serial_)
        return invalid_argument("its transfer begins with serial ", new_serial_, " and ends with ",
                                serial);
      end(TransferKind::kWhole);
      return absl::OkStatus();
    case Stage::kRemoved:
      serial_ = serial;
      stage_ = Stage::kAdded;
      return absl::OkStatus();
    case Stage::kAdded:
      if (serial_ != new_serial_) return begin_difference(serial);
      if (serial != new_serial_)
        return invalid_argument("its differences lead to serial ", new_serial_,
                                " and are followed by ", serial);
      end(TransferKind::kIncremental);
      return absl::OkStatus();
    case Stage::kEnded:
      break;
  }
  return absl::OkStatus();
}

absl::Status TransferReader::begin(MessageRecord soa, std::uint32_t serial) {
  new_serial_ = serial;
  transfer_.soa = std::move(soa);
  if (transfer_.soa.ttl > kTtlMax) transfer_.soa.ttl = 0;
  stage_ = query_.serial ? Stage::kSecond : Stage::kWhole;
  if (query_.serial) {
    serial_ = *query_.serial;
    transfer_.from_serial = serial_;
  }
  return absl::OkStatus();
}

absl::Status TransferReader::begin_difference(std::uint32_t serial) {
  if (serial != serial_)
    return invalid_argument("a difference begins with serial ", serial, " in the place of ",
                            serial_);
  transfer_.differences.emplace_back();
  stage_ = Stage::kRemoved;
  return absl::OkStatus();
}

// Whether it is one of the zone's; others are of no use to who asks for its names.
bool TransferReader::belongs(const MessageRecord& record) const {
  return record.rclass == dns::kClassIn && record.type != RRType::kSoa &&
         !dns::is_meta_type(record.type) && !is_made_by_signer(record.type) &&
         record.owner.folded().is_at_or_below(query_.apex);
}

absl::Status TransferReader::keep(MessageRecord record) {
  octets_ += record.owner.wire().size() + record.rdata.size() + kFixedOctets;
  if (octets_ > octets_max_)
    return absl::ResourceExhaustedError(
        absl::StrCat("its transfer is larger than the ", octets_max_ >> 20,
                     " MiB that the zone may have; raise max_mebibytes"));
  if (!belongs(record)) {
    ++transfer_.left_out;
    return absl::OkStatus();
  }
  if (record.ttl > kTtlMax) record.ttl = 0;
  std::vector<MessageRecord>* list = &transfer_.records;
  if (stage_ == Stage::kRemoved) list = &transfer_.differences.back().removed;
  if (stage_ == Stage::kAdded) list = &transfer_.differences.back().added;
  list->push_back(std::move(record));
  return absl::OkStatus();
}

void TransferReader::end(TransferKind kind) {
  stage_ = Stage::kEnded;
  transfer_.kind = kind;
}

}  // namespace signpost::secondary
