#include "signpost/progress.h"

namespace signpost::cli {

Progress::~Progress() {
  if (shown_ && session_.err_terminal) session_.err << "\r\033[K" << std::flush;
}

void Progress::update(const std::string& text) {
  const auto interval =
      session_.err_terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(2000);
  if (Clock::now() - last_ < interval) return;
  last_ = Clock::now();
  shown_ = true;
  if (session_.err_terminal) {
    session_.err << "\r\033[K" << text << std::flush;
  } else {
    session_.err << "signpost: " << text << std::endl;
  }
}

}  // namespace signpost::cli
