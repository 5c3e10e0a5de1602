// Tells whoever is shown queries of those that the fast path answers, as far as it takes samples.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "base/metrics.h"
#include "daemon/kernel_fast_path.h"
#include "server/query_tap.h"

namespace signpost::daemon {

class SampleTap {
 public:
  // Of so many answers one is told of, on average; not 0. `fast_path` and `tap` must outlive it.
  static absl::StatusOr<SampleTap> open(KernelFastPath& fast_path, std::uint32_t one_in,
                                        server::QueryTap& tap);

  // signpost_dnstap_samples_total: what became of samples.
  void collect(std::vector<metrics::Family>& families) const;

 private:
  explicit SampleTap(std::unique_ptr<datapath::SampleReader> reader) : reader_(std::move(reader)) {}

  std::unique_ptr<datapath::SampleReader> reader_;
};

}  // namespace signpost::daemon
