// Frames for example_table(), each with the verdict that it must get: run natively and in the
// kernel.
#pragma once

#include <string>
#include <vector>

#include "bpf/reasons.h"

namespace signpost::testing {

struct Vector {
  std::string what;
  std::string frame;
  reason verdict;
};

// Every reason but those that need other maps: NO_TABLE, NO_ROOM and TORN.
std::vector<Vector> example_vectors();

}  // namespace signpost::testing
