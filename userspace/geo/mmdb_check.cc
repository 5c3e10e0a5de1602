#include "geo/mmdb_check.h"

#include <maxminddb.h>

namespace signpost::geo {
namespace {

constexpr unsigned kDeepest = 32;

// The most octets that a number of `type` has; 0 if it is none.
unsigned widest_number(unsigned type) {
  switch (type) {
    case MMDB_DATA_TYPE_UINT16:
      return 2;
    case MMDB_DATA_TYPE_UINT32:
    case MMDB_DATA_TYPE_INT32:
      return 4;
    case MMDB_DATA_TYPE_UINT64:
      return 8;
    case MMDB_DATA_TYPE_UINT128:
      return 16;
    default:
      return 0;
  }
}

// Whether a value of `type`, which is no map, array or pointer, may be `size` octets long.
bool fits(unsigned type, std::uint32_t size) {
  switch (type) {
    case MMDB_DATA_TYPE_UTF8_STRING:
    case MMDB_DATA_TYPE_BYTES:
      return true;
    case MMDB_DATA_TYPE_DOUBLE:
      return size == 8;
    case MMDB_DATA_TYPE_FLOAT:
      return size == 4;
    default:
      return widest_number(type) != 0 && size <= widest_number(type);
  }
}

}  // namespace

bool MmdbCheck::is_readable(std::uint32_t offset) {
  to_check_.assign(1, offset);
  while (!to_check_.empty()) {
    std::size_t at = to_check_.back();
    to_check_.pop_back();
    if (seen_.insert(static_cast<std::uint32_t>(at)).second && !pass(at, 0)) return false;
  }
  return true;
}

bool MmdbCheck::holds_only_texts(std::uint32_t offset) const {
  Header header;
  if (!read_header(offset, header)) return false;
  const bool is_map = header.type == MMDB_DATA_TYPE_MAP;
  if (!is_map && header.type != MMDB_DATA_TYPE_ARRAY) return false;
  std::size_t at = header.behind;
  for (std::uint64_t i = 0; i < std::uint64_t{header.size} * (is_map ? 2 : 1); ++i)
    if (!pass_text(at)) return false;
  return true;
}

bool MmdbCheck::read_number(std::size_t at, unsigned octets, std::uint32_t& number) const {
  if (at > section_.size() || octets > section_.size() - at) return false;
  number = 0;
  for (unsigned i = 0; i < octets; ++i) number = number << 8 | section_[at + i];
  return true;
}

bool MmdbCheck::read_size(Header& header, unsigned bits) const {
  constexpr std::uint32_t kBases[] = {29, 285, 65821};  // of sizes with 1, 2 and 3 more octets
  header.size = bits;
  if (bits < 29) return true;
  const unsigned octets = bits - 28;
  if (!read_number(header.behind, octets, header.size)) return false;
  header.size += kBases[octets - 1];
  header.behind += octets;
  return true;
}

bool MmdbCheck::read_pointer(Header& header, unsigned bits) const {
  constexpr std::uint32_t kBases[] = {0, 2048, 526336, 0};
  const unsigned octets = (bits >> 3) + 1;
  if (!read_number(header.behind, octets, header.size)) return false;
  if (octets < 4) header.size = (bits & 7) << 8 * octets | header.size;
  header.size += kBases[octets - 1];
  header.behind += octets;
  return header.size < section_.size() && section_[header.size] >> 5 != MMDB_DATA_TYPE_POINTER;
}

bool MmdbCheck::read_header(std::size_t at, Header& header) const {
  if (at >= section_.size()) return false;
  const unsigned control = section_[at];
  header.type = control >> 5;
  header.behind = at + 1;
  if (header.type == MMDB_DATA_TYPE_POINTER) return read_pointer(header, control & 31);
  if (header.type == MMDB_DATA_TYPE_EXTENDED) {
    if (header.behind >= section_.size()) return false;
    header.type = 7u + section_[header.behind++];
    if (header.type < MMDB_DATA_TYPE_INT32) return false;
  }
  return read_size(header, control & 31);
}

// Moves `at` behind the value there.
bool MmdbCheck::pass(std::size_t& at, unsigned depth) {
  Header header;
  if (depth > kDeepest || !read_header(at, header)) return false;
  at = header.behind;
  switch (header.type) {
    case MMDB_DATA_TYPE_POINTER:
      to_check_.push_back(header.size);
      return true;
    case MMDB_DATA_TYPE_MAP:
      for (std::uint32_t i = 0; i < header.size; ++i)
        if (!pass_text(at) || !pass(at, depth + 1)) return false;
      return true;
    case MMDB_DATA_TYPE_ARRAY:
      for (std::uint32_t i = 0; i < header.size; ++i)
        if (!pass(at, depth + 1)) return false;
      return true;
    case MMDB_DATA_TYPE_BOOLEAN:
      return header.size <= 1;  // the size is the value
    default:
      if (!fits(header.type, header.size) || header.size > section_.size() - at) return false;
      at += header.size;
      return true;
  }
}

// Moves `at` behind a string, or a pointer to one, as the key of a map is.
bool MmdbCheck::pass_text(std::size_t& at) const {
  Header header;
  if (!read_header(at, header)) return false;
  std::size_t behind = header.behind;
  if (header.type == MMDB_DATA_TYPE_POINTER && !read_header(header.size, header)) return false;
  if (header.type != MMDB_DATA_TYPE_UTF8_STRING || header.size > section_.size() - header.behind)
    return false;
  at = behind == header.behind ? behind + header.size : behind;
  return true;
}

}  // namespace signpost::geo
