#include "geo/mmdb_file.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "base/status.h"
#include "geo/place_record.h"
#include "geo/utf8.h"

namespace signpost::geo {
namespace {

constexpr std::string_view kMetadataMarker = "\xab\xcd\xefMaxMind.com";
constexpr std::size_t kMetadataLargest = 128 * 1024;
constexpr std::size_t kSeparatorOctets = 16;  // zeros between the search tree and the data
constexpr unsigned kIpv4Depth = 96;           // of the IPv4 part of an IPv6 tree

// A tree that visits its nodes more often on average is none.
constexpr std::uint64_t kVisitsPerNode = 8;
constexpr std::uint64_t kVisitsFree = 1 << 20;

absl::Status data_loss(std::string_view what) { return absl::DataLossError(std::string(what)); }

// Where the metadata begins, behind the last marker of the file (MaxMind DB format 2.0).
absl::StatusOr<std::size_t> find_metadata(std::span<const std::uint8_t> octets) {
  const std::size_t from = octets.size() - std::min(octets.size(), kMetadataLargest);
  const std::string_view end(reinterpret_cast<const char*>(octets.data()) + from,
                             octets.size() - from);
  const std::size_t at = end.rfind(kMetadataMarker);
  if (at == std::string_view::npos) return data_loss("it has no MMDB metadata");
  return from + at + kMetadataMarker.size();
}

// Whether libmaxminddb can read the metadata. It leaks memory (1.7.1) where names of languages and
// descriptions are no texts.
bool is_readable_metadata(std::span<const std::uint8_t> metadata) {
  MmdbCheck check(metadata);
  if (!check.is_readable(0)) return false;
  MMDB_s section{};
  section.data_section = metadata.data();
  section.data_section_size = static_cast<std::uint32_t>(metadata.size());
  for (const char* key : {"languages", "description"}) {
    MMDB_entry_s start{&section, 0};
    MMDB_entry_data_s value;
    const char* const path[] = {key, nullptr};
    if (MMDB_aget_value(&start, &value, path) == MMDB_SUCCESS &&
        !check.holds_only_texts(value.offset))
      return false;
  }
  return true;
}

// The size of the search tree; an error if the file has no room for it.
absl::StatusOr<std::uint64_t> tree_size(const MMDB_metadata_s& metadata, std::size_t metadata_at) {
  const unsigned bits = metadata.record_size;
  if (metadata.binary_format_major_version != 2 || metadata.node_count == 0 ||
      (bits != 24 && bits != 28 && bits != 32) ||
      (metadata.ip_version != 4 && metadata.ip_version != 6))
    return data_loss("its metadata are not those of an MMDB file of format 2");
  const std::uint64_t size = std::uint64_t{metadata.node_count} * bits / 4;
  if (size + kSeparatorOctets + kMetadataMarker.size() > metadata_at)
    return data_loss("it is too short for its search tree");
  return size;
}

}  // namespace

absl::StatusOr<MmdbFile> MmdbFile::open(const SealedFile& file, PlacePool& places) {
  ASSIGN_OR_RETURN(const std::size_t metadata_at, find_metadata(file.octets()));
  if (!is_readable_metadata(file.octets().subspan(metadata_at)))
    return data_loss("its metadata are damaged");
  auto opened = std::make_unique<MMDB_s>();
  if (const int error = MMDB_open(file.path().c_str(), MMDB_MODE_MMAP, opened.get());
      error != MMDB_SUCCESS)
    return data_loss(MMDB_strerror(error));
  Database database(opened.release());
  ASSIGN_OR_RETURN(const std::uint64_t size, tree_size(database->metadata, metadata_at));
  if (!is_utf8(database->metadata.database_type)) return data_loss("its type is not UTF-8");
  const std::size_t data_at = size + kSeparatorOctets;
  const std::size_t data_end = metadata_at - kMetadataMarker.size();
  MmdbCheck check(file.octets().subspan(data_at, data_end - data_at));
  return MmdbFile(std::move(database), std::move(check), places);
}

void MmdbFile::Close::operator()(MMDB_s* database) const {
  MMDB_close(database);
  delete database;
}

absl::StatusOr<PlaceTrie> MmdbFile::ipv4() {
  if (database_->metadata.ip_version == 4) return trie(root(), false);
  ASSIGN_OR_RETURN(const Record part, ipv4_root());
  return trie(part, false);
}

absl::StatusOr<PlaceTrie> MmdbFile::ipv6() {
  if (database_->metadata.ip_version == 4) return PlaceTrie();
  ASSIGN_OR_RETURN(const Record part, ipv4_root());
  if (part.type == MMDB_RECORD_TYPE_SEARCH_NODE) ipv4_node_ = part.value;
  auto made = trie(root(), true);
  ipv4_node_.reset();
  return made;
}

// The record of ::/96. A tree that ends above holds no IPv4 addresses.
absl::StatusOr<MmdbFile::Record> MmdbFile::ipv4_root() {
  Record record = root();
  for (unsigned depth = 0; depth < kIpv4Depth; ++depth) {
    if (record.type != MMDB_RECORD_TYPE_SEARCH_NODE) return Record{};
    ASSIGN_OR_RETURN(const Children both, children(record));
    record = both.zero;
  }
  return record;
}

absl::StatusOr<PlaceTrie> MmdbFile::trie(const Record& root, bool is_ipv6) {
  PlaceTrie made;
  visits_ = 0;
  if (root.type == MMDB_RECORD_TYPE_SEARCH_NODE) made.reserve(database_->metadata.node_count);
  model::Prefix prefix;
  prefix.is_ipv6 = is_ipv6;
  ASSIGN_OR_RETURN(const PlaceTrie::Record converted, convert(root, prefix, made));
  made.set_root(converted);
  return made;
}

absl::StatusOr<MmdbFile::Children> MmdbFile::children(const Record& node) {
  MMDB_search_node_s both;
  if (const int error =
          MMDB_read_node(database_.get(), static_cast<std::uint32_t>(node.value), &both);
      error != MMDB_SUCCESS)
    return data_loss(MMDB_strerror(error));
  return Children{{both.left_record_type, both.left_record, both.left_record_entry.offset},
                  {both.right_record_type, both.right_record, both.right_record_entry.offset}};
}

absl::StatusOr<PlaceTrie::Record> MmdbFile::convert(const Record& record, model::Prefix& prefix,
                                                    PlaceTrie& trie) {
  if (stands_for_ipv4(record, prefix)) return PlaceTrie::of_place(0);
  switch (record.type) {
    case MMDB_RECORD_TYPE_EMPTY:
      return PlaceTrie::of_place(0);
    case MMDB_RECORD_TYPE_SEARCH_NODE:
      return convert_node(record, prefix, trie);
    case MMDB_RECORD_TYPE_DATA: {
      ASSIGN_OR_RETURN(const PlaceId place, place_at(record.offset));
      return PlaceTrie::of_place(place);
    }
    default:
      return data_loss("its search tree leads out of the file");
  }
}

absl::StatusOr<PlaceTrie::Record> MmdbFile::convert_node(const Record& node, model::Prefix& prefix,
                                                         PlaceTrie& trie) {
  const unsigned depth = prefix.length;
  if (depth == (prefix.is_ipv6 ? 128 : 32)) return data_loss("its search tree is too deep");
  if (++visits_ > kVisitsFree + kVisitsPerNode * database_->metadata.node_count)
    return data_loss("its search tree is no tree");
  ASSIGN_OR_RETURN(const Children both, children(node));
  prefix.length = static_cast<std::uint8_t>(depth + 1);
  ASSIGN_OR_RETURN(const PlaceTrie::Record zero, convert(both.zero, prefix, trie));
  const auto bit = static_cast<std::uint8_t>(0x80 >> depth % 8);
  prefix.octets[depth / 8] |= bit;
  ASSIGN_OR_RETURN(const PlaceTrie::Record one, convert(both.one, prefix, trie));
  prefix.octets[depth / 8] ^= bit;
  prefix.length = static_cast<std::uint8_t>(depth);
  return trie.join(zero, one);
}

// The place of the record at `offset` of the data section, read once.
absl::StatusOr<PlaceId> MmdbFile::place_at(std::uint32_t offset) {
  if (const auto known = place_by_offset_.find(offset); known != place_by_offset_.end())
    return known->second;
  if (!check_.is_readable(offset)) return data_loss("a record of its data section is damaged");
  ASSIGN_OR_RETURN(const model::Place place, read_place({database_.get(), offset}));
  return place_by_offset_[offset] = places_->intern(place);
}

// Whether the addresses of an IPv6 prefix are IPv4 ones: IPv4-compatible and IPv4-mapped addresses
// (RFC 4291 section 2.5.5), and what the tree leads to its IPv4 part, as 6to4 (RFC 3056) and Teredo
// (RFC 4380), whose addresses hold an IPv4 one.
bool MmdbFile::stands_for_ipv4(const Record& record, const model::Prefix& prefix) const {
  if (!prefix.is_ipv6) return false;
  static const model::Prefix compatible = model::Prefix::parse("::/96").value();
  static const model::Prefix mapped = model::Prefix::parse("::ffff:0:0/96").value();
  if (prefix.length == kIpv4Depth && (prefix == compatible || prefix == mapped)) return true;
  return record.type == MMDB_RECORD_TYPE_SEARCH_NODE && record.value == ipv4_node_;
}

}  // namespace signpost::geo
