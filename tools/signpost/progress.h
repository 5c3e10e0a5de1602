// Tells on the error stream how far long work has come.
#pragma once

#include <chrono>
#include <string>

#include "signpost/session.h"

namespace signpost::cli {

// On a terminal one line that is written over; elsewhere a line every two seconds.
class Progress {
 public:
  explicit Progress(Session& session) : session_(session) {}
  ~Progress();

  void update(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  Session& session_;
  Clock::time_point last_ = Clock::now();
  bool shown_ = false;
};

}  // namespace signpost::cli
