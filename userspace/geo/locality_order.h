// The order of a map's localities.
#pragma once

#include "model/locality_map.h"

namespace signpost::geo {

// Numbers the localities anew, and all that refers to them: by continent, country, subdivision and
// longitude of their places. Policies that tell clients apart by where they are then give long runs
// of localities the same class, of which the fast path's partitions make one entry (bpf/abi.h).
// Locality 0 keeps its number. Equal parts stay equal.
void order_by_place(model::LocalityMap::Parts& parts);

}  // namespace signpost::geo
