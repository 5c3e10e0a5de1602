// When a target is resolved again.
#pragma once

#include <chrono>
#include <cstdint>
#include <random>

#include "upstream/options.h"

namespace signpost::upstream {

class Schedule {
 public:
  explicit Schedule(const Options& options);

  // From an answer to the next query: nine tenths of its TTL within the bounds, give or take a
  // twentieth of the TTL, so that targets set together are not refreshed together for ever.
  std::chrono::milliseconds until_refresh(std::uint32_t ttl_seconds);

  // From the last query of a failed attempt to the next: doubles with each of the `failures` in a
  // row, of which there is at least one; give or take a tenth.
  std::chrono::milliseconds until_retry(unsigned failures);

 private:
  std::chrono::milliseconds scaled(std::chrono::milliseconds time, double least, double most);

  const Options& options_;
  std::mt19937_64 random_;
};

}  // namespace signpost::upstream
