// Keys of name digests.
#pragma once

#include <random>

#include "bpf/abi.h"

namespace signpost::testing {

// One of the keys that could have been drawn; the same for the same seed.
inline digest_key digest_key_of(unsigned seed) {
  std::mt19937_64 random(seed);
  digest_key key;
  for (__u64& word : key.words) word = random();
  return key;
}

}  // namespace signpost::testing
