// Ring and counter numbers kept with the maps that they index, so that a restarted daemon gives
// each holder its own again.
#pragma once

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/digest.h"
#include "datapath/table_maps.h"
#include "policy/id_registry.h"

namespace signpost::datapath {

class IdStore {
 public:
  explicit IdStore(TableMaps& maps) : maps_(maps) {}

  // What the maps hold from before a restart.
  absl::StatusOr<policy::IdRegistry::Remembered> remembered(const DigestKey& key);

  // Writes a journal through. Counters that lost their holder are zeroed: the next one begins at 0.
  absl::Status store(const DigestKey& key, const policy::IdRegistry::Journal& journal);

 private:
  using KindId = std::pair<std::uint32_t, std::uint32_t>;

  absl::Status forget(const id_key& key, std::uint32_t id);

  TableMaps& maps_;
  // Under which key remembered() found an id: whoever held it may be gone.
  absl::flat_hash_map<KindId, id_key> found_;
};

}  // namespace signpost::datapath
