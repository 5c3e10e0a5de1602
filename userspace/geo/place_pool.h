// Many places in little memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_set.h"
#include "model/locality_map.h"

namespace signpost::geo {

using PlaceId = std::uint32_t;  // 0: nothing known

// Places of geographic data, each once. Ids ascend in the order of the first intern().
class PlacePool {
 public:
  PlacePool();
  PlacePool(PlacePool&&) = default;
  PlacePool& operator=(PlacePool&&) = default;

  // The id of `place`, whose codes have two characters or none. Requires that freeze() was not
  // called.
  PlaceId intern(const model::Place& place);

  // Gives up what only intern() needs.
  void freeze();

  // With the source kData, but for id 0. Requires id < size().
  model::Place place(PlaceId id) const;
  std::size_t size() const { return places_.size(); }

 private:
  using Code = std::array<char, 2>;  // zeros: not known
  struct Stored {
    Code continent{};
    Code country{};
    Code subdivision{};
    bool located = false;
    const std::string* city = nullptr;
    model::Coordinates coordinates;
    friend bool operator==(const Stored&, const Stored&) = default;
    template <typename Hash>
    friend Hash AbslHashValue(Hash hash, const Stored& stored) {
      return Hash::combine(std::move(hash), stored.country, stored.subdivision, stored.city,
                           stored.coordinates.latitude, stored.coordinates.longitude);
    }
  };

  static Code code_of(std::string_view text);
  static std::string text_of(const Code& code);

  absl::node_hash_set<std::string> cities_;
  std::vector<Stored> places_;
  absl::flat_hash_map<Stored, PlaceId> ids_;
};

}  // namespace signpost::geo
