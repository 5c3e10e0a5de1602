// Samples of the replies of the fast path (bpf/sampling.h), as they come out of the kernel.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "datapath/kernel_maps.h"

namespace signpost::datapath {

struct SampledSocket {
  std::array<std::uint8_t, 16> address{};  // IPv4 as ::ffff:a.b.c.d
  std::uint16_t port = 0;
};

// A reply that was sent, and its query: whole DNS messages, in the memory of the record.
struct Sample {
  std::chrono::nanoseconds time{};  // of the monotonic clock: when the reply was ready
  std::uint32_t stands_for = 0;     // so many replies
  SampledSocket client;
  SampledSocket server;
  std::span<const std::uint8_t> query;
  std::span<const std::uint8_t> reply;
};

// What a record of the samples says; nothing if it is not whole.
std::optional<Sample> read_sample(std::span<const std::byte> record);

// Has the program take samples, and reads them by a thread of its own for as long as it lives.
class SampleReader {
 public:
  using OnSample = std::function<void(const Sample&)>;

  // One reply in `gap` is taken, on average; not 0. Errors are those of the kernel.
  static absl::StatusOr<std::unique_ptr<SampleReader>> open(KernelMaps& maps, std::uint32_t gap,
                                                            OnSample on_sample);
  // Samples end, and those that there are are read.
  ~SampleReader();

  // From now on one reply in so many is taken; not 0.
  void set_gap(std::uint32_t gap);

  // Samples that were read, and those that came while the reader had no room.
  std::uint64_t read() const;
  std::uint64_t lost() const;

 private:
  class Impl;
  explicit SampleReader(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

// Has a program that an earlier process left take no samples: nobody reads them.
void stop_samples(KernelMaps& maps);

}  // namespace signpost::datapath
