// How far the receivers of notices have been told.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "model/notice_receiver.h"

namespace signpost::notices {

struct ReceiverState {
  model::NoticeReceiverPtr receiver;
  std::uint64_t done = 0;     // the number up to which it has been told
  std::uint64_t waiting = 0;  // notices of which it is yet to be told
  std::uint64_t sent = 0;     // taken
  std::uint64_t failed = 0;   // tries in vain
  std::uint64_t refused = 0;  // notices that were given up
  std::uint64_t dropped = 0;  // numbers that were no longer kept
  std::string last_error;     // of the last try; empty if that was not in vain
  std::optional<std::chrono::system_clock::time_point> last_sent;
};

// By id of the receiver, the number up to which it has been told.
using ReceiverProgress = std::map<std::string, std::uint64_t>;

}  // namespace signpost::notices
