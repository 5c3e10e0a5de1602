#include "tests/support/mmdb_writer.h"

#include <maxminddb.h>

#include <bit>

namespace signpost::testing {
namespace {

std::string big_endian(std::uint64_t number, unsigned octets) {
  std::string text;
  for (unsigned i = octets; i-- > 0;) text += static_cast<char>(number >> 8 * i);
  return text;
}

// The control octet of a value with its size, and the octets that both may need besides.
std::string header(unsigned type, std::size_t size) {
  unsigned bits = static_cast<unsigned>(size);
  std::string more;
  if (size >= 65821) {
    bits = 31;
    more = big_endian(size - 65821, 3);
  } else if (size >= 285) {
    bits = 30;
    more = big_endian(size - 285, 2);
  } else if (size >= 29) {
    bits = 29;
    more = big_endian(size - 29, 1);
  }
  if (type < 8) return std::string(1, static_cast<char>(type << 5 | bits)) + more;
  return std::string{static_cast<char>(bits), static_cast<char>(type - 7)} + more;
}

}  // namespace

std::string mmdb_text(std::string_view text) {
  return header(MMDB_DATA_TYPE_UTF8_STRING, text.size()).append(text);
}

std::string mmdb_double(double number) {
  return header(MMDB_DATA_TYPE_DOUBLE, 8) + big_endian(std::bit_cast<std::uint64_t>(number), 8);
}

std::string mmdb_float(float number) {
  return header(MMDB_DATA_TYPE_FLOAT, 4) + big_endian(std::bit_cast<std::uint32_t>(number), 4);
}

std::string mmdb_uint(unsigned type, unsigned octets, std::uint64_t number) {
  return header(type, octets) + big_endian(number, octets);
}

std::string mmdb_pointer(std::uint32_t offset) { return "\x38" + big_endian(offset, 4); }

std::string mmdb_array(const std::vector<std::string>& values) {
  std::string text = header(MMDB_DATA_TYPE_ARRAY, values.size());
  for (const std::string& value : values) text += value;
  return text;
}

std::string mmdb_map(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string text = header(MMDB_DATA_TYPE_MAP, values.size());
  for (const auto& [key, value] : values) text += mmdb_text(key) + value;
  return text;
}

std::string mmdb_flat_place(std::string_view country, std::string_view state, std::string_view city,
                            double latitude, double longitude) {
  return mmdb_map({{"city", mmdb_text(city)},
                   {"country_code", mmdb_text(country)},
                   {"latitude", mmdb_float(static_cast<float>(latitude))},
                   {"longitude", mmdb_float(static_cast<float>(longitude))},
                   {"state1", mmdb_text(state)}});
}

MmdbWriter::MmdbWriter(Options options) : options_(std::move(options)), nodes_(1) {}

void MmdbWriter::insert(const model::Prefix& prefix, std::string_view record) {
  auto known = offsets_.find(record);
  if (known == offsets_.end()) {
    known = offsets_.emplace(record, static_cast<std::uint32_t>(data_.size())).first;
    data_ += record;
  }
  record_of(in_tree(prefix)) = {Kind::kData, known->second};
}

void MmdbWriter::alias(const model::Prefix& prefix, const model::Prefix& target) {
  const Record leads_to = record_of(in_tree(target));
  record_of(in_tree(prefix)) = leads_to;
}

std::string MmdbWriter::file() const {
  std::string text;
  for (const auto& node : nodes_) text += node_octets(node);
  text += std::string(16, '\0') + data_ + "\xab\xcd\xefMaxMind.com";
  const auto uint16 = [](unsigned number) { return mmdb_uint(MMDB_DATA_TYPE_UINT16, 2, number); };
  return text + mmdb_map({{"node_count", mmdb_uint(MMDB_DATA_TYPE_UINT32, 4, nodes_.size())},
                          {"record_size", uint16(options_.record_size)},
                          {"ip_version", uint16(options_.ip_version)},
                          {"database_type", mmdb_text(options_.database_type)},
                          {"languages", mmdb_array({mmdb_text("en")})},
                          {"binary_format_major_version", uint16(2)},
                          {"binary_format_minor_version", uint16(0)},
                          {"build_epoch", mmdb_uint(MMDB_DATA_TYPE_UINT64, 8, options_.built)},
                          {"description", mmdb_map({{"en", mmdb_text("For tests")}})}});
}

model::Prefix MmdbWriter::in_tree(const model::Prefix& prefix) const {
  if (prefix.is_ipv6 || options_.ip_version == 4) return prefix;
  model::Prefix below;
  below.is_ipv6 = true;
  below.length = static_cast<std::uint8_t>(96 + prefix.length);
  std::copy_n(prefix.octets.begin(), 4, below.octets.begin() + 12);
  return below;
}

MmdbWriter::Record& MmdbWriter::record_of(const model::Prefix& prefix) {
  std::uint32_t node = 0;
  for (unsigned bit = 0; bit + 1u < prefix.length; ++bit) {
    const Record record = nodes_[node][prefix.bit(bit) ? 1 : 0];
    if (record.kind != Kind::kNode) {
      nodes_.push_back({record, record});
      nodes_[node][prefix.bit(bit) ? 1 : 0] = {Kind::kNode,
                                               static_cast<std::uint32_t>(nodes_.size() - 1)};
    }
    node = nodes_[node][prefix.bit(bit) ? 1 : 0].value;
  }
  return nodes_[node][prefix.bit(prefix.length - 1u) ? 1 : 0];
}

std::uint32_t MmdbWriter::number_of(const Record& record) const {
  const auto count = static_cast<std::uint32_t>(nodes_.size());
  if (record.kind == Kind::kEmpty) return count;
  return record.kind == Kind::kNode ? record.value : count + 16 + record.value;
}

std::string MmdbWriter::node_octets(const std::array<Record, 2>& node) const {
  const std::uint32_t zero = number_of(node[0]), one = number_of(node[1]);
  if (options_.record_size != 28) {
    const unsigned octets = options_.record_size / 8;
    return big_endian(zero, octets) + big_endian(one, octets);
  }
  return big_endian(zero & 0xffffff, 3) + static_cast<char>(zero >> 24 << 4 | one >> 24) +
         big_endian(one & 0xffffff, 3);
}

}  // namespace signpost::testing
