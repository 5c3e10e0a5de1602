// Writes small MMDB files (MaxMind DB format 2.0): for tests of what reads them.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/prefix.h"

namespace signpost::testing {

// Values in their encoded form.
std::string mmdb_text(std::string_view text);
std::string mmdb_double(double number);
std::string mmdb_float(float number);
std::string mmdb_uint(unsigned type, unsigned octets, std::uint64_t number);
std::string mmdb_pointer(std::uint32_t offset);  // of the data section
std::string mmdb_array(const std::vector<std::string>& values);
std::string mmdb_map(const std::vector<std::pair<std::string, std::string>>& values);

// A record of the flat layout; an empty text or city is left out.
std::string mmdb_flat_place(std::string_view country, std::string_view state, std::string_view city,
                            double latitude, double longitude);

class MmdbWriter {
 public:
  struct Options {
    unsigned ip_version = 6;
    unsigned record_size = 28;  // bits: 24, 28 or 32
    std::string database_type = "Test-City";
    std::uint64_t built = 1700000000;
  };

  explicit MmdbWriter(Options options);
  MmdbWriter() : MmdbWriter(Options{}) {}

  // Puts a record at a prefix, in place of all that was there. IPv4 prefixes lie below ::/96 in
  // files for IPv6.
  void insert(const model::Prefix& prefix, std::string_view record);

  // Makes a prefix lead to where another, shorter one of the same family already leads.
  void alias(const model::Prefix& prefix, const model::Prefix& target);

  std::string file() const;
  std::size_t node_count() const { return nodes_.size(); }

 private:
  enum class Kind { kEmpty, kNode, kData };
  struct Record {
    Kind kind = Kind::kEmpty;
    std::uint32_t value = 0;  // the number of a node, or an offset of the data section
  };

  model::Prefix in_tree(const model::Prefix& prefix) const;
  // The record that `prefix`, with at least one bit, leads to; nodes on the way are made.
  Record& record_of(const model::Prefix& prefix);
  std::string node_octets(const std::array<Record, 2>& node) const;
  std::uint32_t number_of(const Record& record) const;

  Options options_;
  std::vector<std::array<Record, 2>> nodes_;
  std::string data_;
  std::map<std::string, std::uint32_t, std::less<>> offsets_;
};

}  // namespace signpost::testing
