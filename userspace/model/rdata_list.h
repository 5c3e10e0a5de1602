// The values of the records of one type at one owner name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/container/inlined_vector.h"

namespace signpost::model {

// RDATA in uncompressed wire form. One value, as most have, takes no memory of its own.
using RdataList = absl::InlinedVector<std::string, 1>;

// Removes the values for which `unwanted` is true, and gives how many there were.
template <typename Unwanted>
std::size_t erase_if(RdataList& list, Unwanted unwanted) {
  const auto kept = std::remove_if(list.begin(), list.end(), unwanted);
  const auto removed = static_cast<std::size_t>(list.end() - kept);
  list.erase(kept, list.end());
  return removed;
}

}  // namespace signpost::model
