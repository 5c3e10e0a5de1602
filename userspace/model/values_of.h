// All values of a map.
#pragma once

#include <vector>

#include "model/persistent_map.h"

namespace signpost::model {

// In the order of for_each(), which maps of equal keys have in common.
template <typename Key, typename Value>
std::vector<Value> values_of(const PersistentMap<Key, Value>& map) {
  std::vector<Value> values;
  values.reserve(map.size());
  map.for_each([&](const Key&, const Value& value) { values.push_back(value); });
  return values;
}

}  // namespace signpost::model
