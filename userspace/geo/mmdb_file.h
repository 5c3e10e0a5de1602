// One MMDB file, checked and turned into tries of places.
#pragma once

#include <maxminddb.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "geo/mmdb_check.h"
#include "geo/place_pool.h"
#include "geo/place_trie.h"
#include "geo/sealed_file.h"
#include "model/prefix.h"

namespace signpost::geo {

// Errors are DATA_LOSS and say what is wrong, without path and remedy.
class MmdbFile {
 public:
  // Places go into `places`, which must outlive this, as must `file`.
  static absl::StatusOr<MmdbFile> open(const SealedFile& file, PlacePool& places);

  std::string database_type() const { return database_->metadata.database_type; }
  std::int64_t built() const { return static_cast<std::int64_t>(database_->metadata.build_epoch); }

  // Empty if the file holds no addresses of the family.
  absl::StatusOr<PlaceTrie> ipv4();
  absl::StatusOr<PlaceTrie> ipv6();

 private:
  struct Close {
    void operator()(MMDB_s* database) const;
  };
  using Database = std::unique_ptr<MMDB_s, Close>;

  MmdbFile(Database database, MmdbCheck check, PlacePool& places)
      : database_(std::move(database)), check_(std::move(check)), places_(&places) {}

  // What the search tree says of the addresses below one of its records.
  struct Record {
    std::uint8_t type = MMDB_RECORD_TYPE_EMPTY;
    std::uint64_t value = 0;   // of a search node: its number
    std::uint32_t offset = 0;  // of data: where in the data section
  };
  struct Children {
    Record zero;
    Record one;
  };

  Record root() const { return {MMDB_RECORD_TYPE_SEARCH_NODE, 0, 0}; }
  absl::StatusOr<Children> children(const Record& node);
  absl::StatusOr<Record> ipv4_root();
  absl::StatusOr<PlaceTrie> trie(const Record& root, bool is_ipv6);
  absl::StatusOr<PlaceTrie::Record> convert(const Record& record, model::Prefix& prefix,
                                            PlaceTrie& trie);
  absl::StatusOr<PlaceTrie::Record> convert_node(const Record& node, model::Prefix& prefix,
                                                 PlaceTrie& trie);
  absl::StatusOr<PlaceId> place_at(std::uint32_t offset);
  bool stands_for_ipv4(const Record& record, const model::Prefix& prefix) const;

  Database database_;
  MmdbCheck check_;
  PlacePool* places_;
  absl::flat_hash_map<std::uint32_t, PlaceId> place_by_offset_;
  std::optional<std::uint64_t> ipv4_node_;  // the root of the IPv4 part of an IPv6 tree
  std::uint64_t visits_ = 0;
};

}  // namespace signpost::geo
