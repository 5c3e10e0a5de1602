// Shows queries that the fast path answers to dnstap and to those who watch, as far as it takes
// samples.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "base/metrics.h"
#include "daemon/kernel_fast_path.h"
#include "server/query_tap.h"

namespace signpost::daemon {

struct SampleTapOptions {
  server::QueryTap* dnstap = nullptr;  // null: there is none, or it is told of none of them
  std::uint32_t dnstap_gap = 0;        // of so many answers it is told of one, on average
  server::QueryTap* watch = nullptr;
  std::function<std::uint64_t()> answers;  // of the fast path, ever
};

// Thread safe. With dnstap samples are taken all the time, and those who watch see the same;
// otherwise while somebody watches, and then as many as cost next to nothing.
class SampleTap {
 public:
  // `fast_path` and what the options name must outlive it.
  SampleTap(KernelFastPath& fast_path, SampleTapOptions options);

  // With dnstap: begins. Errors are those of datapath::SampleReader::open().
  absl::Status start();

  // As those who watch come and go, and again and again while they are there.
  void follow(bool watched);

  // signpost_dnstap_samples_total: what became of dnstap's samples.
  void collect(std::vector<metrics::Family>& families) const;

 private:
  // With the lock held.
  absl::Status open(std::uint32_t gap);
  std::uint32_t gap_now();
  void show(const datapath::Sample& sample) const;

  KernelFastPath& fast_path_;
  const SampleTapOptions options_;
  mutable std::mutex mutex_;
  std::unique_ptr<datapath::SampleReader> reader_;  // null: no samples are taken
  std::uint64_t answers_ = 0;                       // as last looked at
  std::chrono::steady_clock::time_point looked_;
  std::uint32_t gap_ = 1;  // as it was found then
};

}  // namespace signpost::daemon
