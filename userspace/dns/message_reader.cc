#include "dns/message_reader.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "dns/header_flags.h"
#include "dns/name_text.h"
#include "dns/rdata.h"
#include "dns/rdata_table.h"

namespace signpost::dns {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kPointersMax = 127;  // as many as a name has labels at most
constexpr unsigned kPointer = 0xc0;

unsigned octet_at(std::string_view octets, std::size_t at) {
  return static_cast<unsigned char>(octets[at]);
}

// Takes the parts of a message one by one; nothing once they do not fit into it.
class Cursor {
 public:
  Cursor(std::string_view message, std::size_t at) : message_(message), at_(at) {}

  std::size_t at() const { return at_; }
  std::size_t left() const { return message_.size() - at_; }

  std::optional<std::uint16_t> take_u16() {
    if (left() < 2) return std::nullopt;
    const unsigned value = octet_at(message_, at_) << 8 | octet_at(message_, at_ + 1);
    at_ += 2;
    return static_cast<std::uint16_t>(value);
  }

  std::optional<std::uint32_t> take_u32() {
    const auto upper = take_u16();
    const auto lower = take_u16();
    if (!upper || !lower) return std::nullopt;
    return std::uint32_t{*upper} << 16 | *lower;
  }

  std::optional<std::string_view> take(std::size_t size) {
    if (left() < size) return std::nullopt;
    return message_.substr(std::exchange(at_, at_ + size), size);
  }

  // The uncompressed wire form of a name; the cursor is then behind its first pointer, if any.
  std::optional<std::string> take_name() {
    std::string wire;
    std::size_t at = at_;
    std::size_t bound = at_;  // pointers must lead before it
    for (std::size_t pointers = 0; at < message_.size();) {
      const unsigned length = octet_at(message_, at);
      if ((length & kPointer) == kPointer) {
        if (at + 2 > message_.size() || ++pointers > kPointersMax) return std::nullopt;
        const std::size_t target = (length & ~kPointer) << 8 | octet_at(message_, at + 1);
        if (target >= bound || target < kHeaderSize) return std::nullopt;
        if (pointers == 1) at_ = at + 2;
        at = bound = target;
        continue;
      }
      const std::size_t size = 1 + std::size_t{length};
      if (length > kMaxLabelSize || at + size > message_.size()) return std::nullopt;
      if (wire.size() + size > kMaxNameSize) return std::nullopt;
      wire += message_.substr(at, size);
      at += size;
      if (length > 0) continue;
      if (pointers == 0) at_ = at;
      return wire;
    }
    return std::nullopt;
  }

 private:
  std::string_view message_;
  std::size_t at_;
};

absl::Status malformed(std::string_view what, std::size_t at) {
  return invalid_argument("malformed message: ", std::string(what), " at octet ", at);
}

absl::StatusOr<Name> read_name(Cursor& cursor) {
  const std::size_t start = cursor.at();
  const auto wire = cursor.take_name();
  if (!wire) return malformed("bad name", start);
  return Name::from_wire(*wire);
}

// RDATA of `size` octets at `cursor`, its names expanded. RFC 3597 section 4 lets only some types
// have compressed names, and asks receivers to understand more; here it is every type known.
absl::StatusOr<std::string> read_rdata(std::string_view message, Cursor& cursor, RRType type,
                                       std::size_t size) {
  const std::size_t start = cursor.at();
  const std::size_t end = start + size;
  const RdataLayout* layout = layout_of(type);
  std::string rdata;
  Cursor fields(message.substr(0, end), start);
  cursor.take(size);
  for (std::size_t i = 0; layout != nullptr && i < layout->fields.size(); ++i) {
    const FieldKind& kind = *layout->fields[i].kind;
    const std::string_view rest = message.substr(fields.at(), fields.left());
    if (kind.is_name) {
      const auto name = fields.take_name();
      if (!name) return malformed("bad name in RDATA", start);
      rdata += *name;
    } else if (const auto length = kind.measure(rest)) {
      rdata += *fields.take(*length);
    } else {
      return malformed("bad RDATA", start);
    }
  }
  rdata += *fields.take(fields.left());
  if (!check_rdata(type, rdata).ok()) return malformed("bad RDATA", start);
  return rdata;
}

absl::StatusOr<MessageRecord> read_record(std::string_view message, Cursor& cursor) {
  const std::size_t start = cursor.at();
  MessageRecord record;
  record.at = start;
  ASSIGN_OR_RETURN(record.owner, read_name(cursor));
  const auto type = cursor.take_u16();
  const auto rclass = cursor.take_u16();
  const auto ttl = cursor.take_u32();
  const auto size = cursor.take_u16();
  if (!size || cursor.left() < *size) return malformed("cut off record", start);
  record.type = static_cast<RRType>(*type);
  record.rclass = *rclass;
  record.ttl = *ttl;
  const bool has_format = record.rclass == kClassIn || (record.rclass == kClassNone && *size > 0);
  if (!has_format) {
    record.rdata = *cursor.take(*size);
    return record;
  }
  ASSIGN_OR_RETURN(record.rdata, read_rdata(message, cursor, record.type, *size));
  return record;
}

absl::Status read_section(std::string_view message, Cursor& cursor, std::size_t count,
                          std::vector<MessageRecord>& records) {
  for (std::size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(MessageRecord record, read_record(message, cursor));
    records.push_back(std::move(record));
  }
  return absl::OkStatus();
}

}  // namespace

namespace {

// Gives the number of questions.
absl::StatusOr<unsigned> read_header(std::string_view message, MessageHead& head) {
  if (message.size() < kHeaderSize) return malformed("no header", 0);
  Cursor cursor(message, 0);
  head.id = *cursor.take_u16();
  const unsigned flags = *cursor.take_u16();
  head.response = (flags & 0x8000) != 0;
  head.opcode = flags >> 11 & 0xf;
  head.authoritative = (flags & 0x0400) != 0;
  head.truncated = (flags & 0x0200) != 0;
  head.recursion_available = (flags & kRecursionAvailable) != 0;
  head.rcode = flags & 0xf;
  const unsigned questions = *cursor.take_u16();
  head.answers = *cursor.take_u16();
  head.authorities = *cursor.take_u16();
  head.additionals = *cursor.take_u16();
  head.end = kHeaderSize;
  return questions;
}

absl::Status read_question(std::string_view message, MessageHead& head) {
  Cursor cursor(message, kHeaderSize);
  ASSIGN_OR_RETURN(head.question.name, read_name(cursor));
  const auto type = cursor.take_u16();
  const auto qclass = cursor.take_u16();
  if (!type || !qclass) return malformed("cut off question", kHeaderSize);
  head.question.type = static_cast<RRType>(*type);
  head.question.qclass = *qclass;
  head.end = cursor.at();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MessageHead> read_message_head(std::string_view message) {
  MessageHead head;
  ASSIGN_OR_RETURN(const unsigned questions, read_header(message, head));
  if (questions != 1) return malformed("not one question", 4);
  RETURN_IF_ERROR(read_question(message, head));
  return head;
}

absl::Status read_further_head(std::string_view message, MessageHead& head) {
  ASSIGN_OR_RETURN(const unsigned questions, read_header(message, head));
  if (questions > 1) return malformed("more than one question", 4);
  return questions == 1 ? read_question(message, head) : absl::OkStatus();
}

absl::StatusOr<MessageRecords> read_message_records(std::string_view message,
                                                    const MessageHead& head) {
  Cursor cursor(message, head.end);
  MessageRecords records;
  RETURN_IF_ERROR(read_section(message, cursor, head.answers, records.answers));
  RETURN_IF_ERROR(read_section(message, cursor, head.authorities, records.authorities));
  RETURN_IF_ERROR(read_section(message, cursor, head.additionals, records.additionals));
  return records;
}

unsigned full_rcode(const MessageHead& head, const MessageRecords& records) {
  for (const MessageRecord& record : records.additionals) {
    if (record.type == RRType::kOpt) return record.ttl >> 24 << 4 | head.rcode;
  }
  return head.rcode;
}

}  // namespace signpost::dns
