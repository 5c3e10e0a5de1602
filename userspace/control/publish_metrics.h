// What the controller counts about publishing.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "base/metrics.h"
#include "control/running.h"

namespace signpost::control {

// Where publishing can fail.
enum class PublishStep { kRebuild, kStage, kCommit, kActivate, kSettle };
inline constexpr std::size_t kPublishSteps = 5;
std::string_view to_text(PublishStep step);

class PublishMetrics {
 public:
  void count_published() { published_.add(); }
  void count_failure(PublishStep step) { failures_[static_cast<std::size_t>(step)].add(); }
  void observe_apply(std::chrono::steady_clock::duration duration) {
    apply_seconds_.observe(std::chrono::duration<double>(duration).count());
  }

  void collect(const Running& running, std::vector<metrics::Family>& families) const;

 private:
  metrics::Counter published_;
  std::array<metrics::Counter, kPublishSteps> failures_;
  metrics::Histogram apply_seconds_{{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5}};
};

}  // namespace signpost::control
