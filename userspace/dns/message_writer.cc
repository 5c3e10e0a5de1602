#include "dns/message_writer.h"

#include <array>

#include "dns/name_text.h"
#include "dns/octets.h"
#include "dns/text.h"

namespace signpost::dns {
namespace {

constexpr std::size_t kHeaderSize = 12;
constexpr std::size_t kQuestionTail = 4;  // QTYPE and QCLASS
constexpr std::size_t kMaxPointer = 0x3fff;
constexpr std::uint16_t kClassIn = 1;

// Where the names are in RDATA of the types whose names may be compressed (RFC 3597 section 4).
struct CompressibleNames {
  std::size_t before = 0;  // octets before the first name
  std::size_t count = 0;
};

CompressibleNames compressible_names(RRType type) {
  constexpr RRType kMd{3}, kMf{4}, kMb{7}, kMg{8}, kMr{9}, kMinfo{14};
  if (type == RRType::kSoa || type == kMinfo) return {0, 2};
  if (type == RRType::kMx) return {2, 1};
  for (const RRType one_name :
       {RRType::kNs, RRType::kCname, RRType::kPtr, kMd, kMf, kMb, kMg, kMr}) {
    if (type == one_name) return {0, 1};
  }
  return {};
}

std::size_t label_size(char length_octet) { return static_cast<unsigned char>(length_octet); }

// Hashes of all suffixes of a name but the root, the longest first.
struct SuffixHashes {
  explicit SuffixHashes(std::string_view wire) {
    for (std::size_t at = 0; wire[at] != 0; at += 1 + label_size(wire[at]))
      offsets[count++] = static_cast<std::uint8_t>(at);
    std::uint32_t hash = 0x811c9dc5;
    for (std::size_t i = count; i-- > 0;) {
      const std::size_t size = 1 + label_size(wire[offsets[i]]);
      for (const char octet : wire.substr(offsets[i], size))
        hash = (hash ^ static_cast<unsigned char>(to_lower(octet))) * 0x01000193;  // FNV-1a
      hashes[i] = hash;
    }
  }

  std::array<std::uint8_t, 127> offsets;
  std::array<std::uint32_t, 127> hashes;
  std::size_t count = 0;
};

}  // namespace

RecordWriter::RecordWriter(const Name& qname, Compression compression)
    : qname_wire_(qname.wire()),
      compression_(compression),
      question_end_(kHeaderSize + qname_wire_.size() + kQuestionTail) {}

void RecordWriter::add_qname_places() {
  const SuffixHashes suffixes(qname_wire_);
  for (std::size_t i = 0; i < suffixes.count; ++i) {
    places_.push_back(
        {suffixes.hashes[i], static_cast<std::uint16_t>(kHeaderSize + suffixes.offsets[i])});
  }
}

void RecordWriter::add(const std::optional<Name>& owner, RRType type, std::uint32_t ttl,
                       std::string_view rdata) {
  if (owner) {
    append_name(owner->wire());
  } else {
    append_u16(octets_, 0xc000 | kHeaderSize);
  }
  append_u16(octets_, static_cast<std::uint16_t>(type));
  append_u16(octets_, kClassIn);
  append_u16(octets_, ttl >> 16);
  append_u16(octets_, ttl & 0xffff);
  const std::size_t length_at = octets_.size();
  append_u16(octets_, 0);
  append_rdata(type, rdata);
  const std::size_t length = octets_.size() - length_at - 2;
  octets_[length_at] = static_cast<char>(length >> 8);
  octets_[length_at + 1] = static_cast<char>(length);
  ++record_count_;
}

void RecordWriter::append_rdata(RRType type, std::string_view rdata) {
  CompressibleNames names;
  if (compression_ != Compression::kQnameOnly) names = compressible_names(type);
  if (rdata.size() < names.before) names = {};
  octets_ += rdata.substr(0, names.before);
  rdata.remove_prefix(names.before);
  for (; names.count > 0; --names.count) {
    const auto size = name_size(rdata);
    if (!size) break;
    append_name(rdata.substr(0, *size));
    rdata.remove_prefix(*size);
  }
  octets_ += rdata;
}

void RecordWriter::append_name(std::string_view wire) {
  if (compression_ == Compression::kQnameOnly) {
    octets_ += wire;
    return;
  }
  if (places_.empty()) add_qname_places();
  const SuffixHashes suffixes(wire);
  const std::size_t start = question_end_ + octets_.size();
  std::size_t literal = 0;  // labels without a known suffix
  std::optional<std::uint16_t> target;
  for (; literal < suffixes.count; ++literal) {
    target = find(wire.substr(suffixes.offsets[literal]), suffixes.hashes[literal]);
    if (target) break;
  }
  octets_ += target ? wire.substr(0, suffixes.offsets[literal]) : wire;
  if (target) append_u16(octets_, 0xc000U | *target);
  for (std::size_t i = 0; i < literal; ++i) {
    const std::size_t offset = start + suffixes.offsets[i];
    if (offset > kMaxPointer) break;
    places_.push_back({suffixes.hashes[i], static_cast<std::uint16_t>(offset)});
  }
}

std::optional<std::uint16_t> RecordWriter::find(std::string_view wire, std::uint32_t hash) const {
  for (const Place& place : places_) {
    if (place.hash == hash && is_at(wire, place.offset)) return place.offset;
  }
  return std::nullopt;
}

// Pointers written here always lead to smaller offsets, so this ends.
bool RecordWriter::is_at(std::string_view wire, std::size_t offset) const {
  for (std::size_t at = 0;;) {
    const std::size_t length = label_size(octet_at(offset));
    if (length > kMaxLabelSize) {
      offset = (length & 0x3f) << 8 | label_size(octet_at(offset + 1));
      continue;
    }
    for (std::size_t i = 0; i <= length; ++i) {
      if (!is_same(octet_at(offset + i), wire[at + i])) return false;
    }
    if (length == 0) return true;
    at += 1 + length;
    offset += 1 + length;
  }
}

bool RecordWriter::is_same(char a, char b) const {
  return compression_ == Compression::kFullKeepingCase ? a == b : to_lower(a) == to_lower(b);
}

char RecordWriter::octet_at(std::size_t offset) const {
  return offset < question_end_ ? qname_wire_[offset - kHeaderSize]
                                : octets_[offset - question_end_];
}

}  // namespace signpost::dns
