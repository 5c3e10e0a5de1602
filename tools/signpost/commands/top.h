// What is answered at the moment, as a picture that is drawn again and again.
#pragma once

#include <cstdint>
#include <string>

#include "signpost/session.h"

namespace signpost::v1 {
class TrafficReading;
}

namespace signpost::cli {

struct TopArguments {
  double interval = 1;       // seconds
  std::uint32_t lines = 10;  // of each list
  std::uint64_t count =
      0;  // stop after so many pictures; 0: never, but with JSON and YAML after one
  Format format = Format::kTable;
};
absl::StatusOr<int> top(Session& session, const TopArguments& arguments);

// One picture.
std::string picture(const Session& session, const v1::TrafficReading& reading);

}  // namespace signpost::cli
