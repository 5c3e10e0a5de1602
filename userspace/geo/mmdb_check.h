// Proves that values of an MMDB file can be read, before libmaxminddb reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_set.h"

namespace signpost::geo {

// libmaxminddb 1.7.1 skips nested maps and arrays by recursion without a limit, and expands what
// pointers repeat: a damaged file can exhaust the stack or the memory. This looks at every octet of
// a section at most once per value that begins there, without recursion over pointers.
class MmdbCheck {
 public:
  // `section`: the data section or the metadata of a file, which must outlive this.
  explicit MmdbCheck(std::span<const std::uint8_t> section) : section_(section) {}

  // Whether the value at `offset`, and all that it points to, lies inside the section, is of known
  // types, is nested at most 32 deep, and has strings for the keys of its maps.
  bool is_readable(std::uint32_t offset);

  // Whether the value at `offset` is a map or an array that holds texts only. Requires that it is
  // readable and no pointer.
  bool holds_only_texts(std::uint32_t offset) const;

 private:
  struct Header {
    unsigned type = 0;
    std::uint32_t size = 0;  // of a pointer: its target
    std::size_t behind = 0;  // offset of what follows the header
  };

  bool read_number(std::size_t at, unsigned octets, std::uint32_t& number) const;
  bool read_size(Header& header, unsigned bits) const;
  bool read_pointer(Header& header, unsigned bits) const;
  bool read_header(std::size_t at, Header& header) const;
  bool pass(std::size_t& at, unsigned depth);
  bool pass_text(std::size_t& at) const;

  std::span<const std::uint8_t> section_;
  absl::flat_hash_set<std::uint32_t> seen_;
  std::vector<std::uint32_t> to_check_;
};

}  // namespace signpost::geo
