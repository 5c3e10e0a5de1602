// The XDP program, compiled natively (bpf/fastpath.bpf.c), on frames in memory and on look-ups that
// the caller supplies.
#pragma once

#include <stdbool.h>

#include "bpf/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

// The program's maps. Look-ups return NULL where a map of the kernel would.
struct native_maps {
  void* context;  // handed to each function
  struct control* control;
  const struct node* (*slot)(void* context, __u32 set, __u32 slot);
  const struct cell* (*cell)(void* context, __u32 set, __u32 index);
  const struct locality_cell* (*locality_cell)(void* context, __u32 slot, __u32 index);
  const struct locality_cell* (*locality_root)(void* context, __u32 set, __u32 index);
  __u64* (*demand)(void* context, __u32 locality);
  __u32* (*cursor)(void* context, __u32 ring);
  __u64* (*reason_count)(void* context, __u32 reason);
  __u64* (*type_count)(void* context, __u32 index);
  __u64* (*answer_count)(void* context, __u32 counter);
  struct bucket_line* (*bucket_line)(void* context, __u32 line);
  __u64* (*guard_count)(void* context, __u32 event);
  bool (*sample)(void* context, const struct sample* sample, __u32 octets);
  __u64* (*samples_lost)(void* context);
  __u32 (*random_bits)(void* context);
  __u64 (*clock)(void* context);
};

// Runs the program on the frame of *length octets at `data`, which may grow to `capacity`. True if
// it answered: then the reply is at `data` and its length in *length. Otherwise the frame was
// passed, unchanged.
bool native_fastpath_run(const struct native_maps* maps, __u8* data, __u32* length, __u32 capacity);

// The same with room for `headroom` octets before *data, which the reply may begin earlier by.
bool native_fastpath_run_after(const struct native_maps* maps, __u8** data, __u32* length,
                               __u32 capacity, __u32 headroom);

#ifdef __cplusplus
}

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::testing {

// The program on one set of maps: an object with control() and find_slot(set, slot), find_cell(set,
// index), find_locality_cell(slot, index), find_locality_root(set, index), find_demand(locality),
// find_cursor(ring), find_reason_count(reason), find_type_count(index), find_answer_count(counter),
// find_bucket_line(line), find_guard_count(event), as MemoryMaps has. Random bits are a fixed
// sequence.
template <typename Maps>
class NativeFastpath {
 public:
  explicit NativeFastpath(Maps& maps) : maps_(maps) {
    functions_.context = this;
    functions_.slot = [](void* self, __u32 set, __u32 slot) {
      return maps_of(self).find_slot(set, slot);
    };
    functions_.cell = [](void* self, __u32 set, __u32 index) {
      return maps_of(self).find_cell(set, index);
    };
    functions_.locality_cell = [](void* self, __u32 slot, __u32 index) {
      return maps_of(self).find_locality_cell(slot, index);
    };
    functions_.locality_root = [](void* self, __u32 set, __u32 index) {
      return maps_of(self).find_locality_root(set, index);
    };
    functions_.demand = [](void* self, __u32 locality) {
      return reinterpret_cast<__u64*>(maps_of(self).find_demand(locality));
    };
    functions_.cursor = [](void* self, __u32 ring) -> __u32* {
      return maps_of(self).find_cursor(ring);
    };
    functions_.reason_count = [](void* self, __u32 reason) {
      return reinterpret_cast<__u64*>(maps_of(self).find_reason_count(reason));
    };
    functions_.type_count = [](void* self, __u32 index) {
      return reinterpret_cast<__u64*>(maps_of(self).find_type_count(index));
    };
    functions_.answer_count = [](void* self, __u32 counter) {
      return reinterpret_cast<__u64*>(maps_of(self).find_answer_count(counter));
    };
    functions_.bucket_line = [](void* self, __u32 line) -> bucket_line* {
      return maps_of(self).find_bucket_line(line);
    };
    functions_.guard_count = [](void* self, __u32 event) {
      return reinterpret_cast<__u64*>(maps_of(self).find_guard_count(event));
    };
    functions_.sample = [](void* self, const sample* sample, __u32 octets) {
      auto& fastpath = *static_cast<NativeFastpath*>(self);
      if (!fastpath.room_for_samples) return false;
      fastpath.samples.emplace_back(reinterpret_cast<const char*>(sample), octets);
      return true;
    };
    functions_.samples_lost = [](void* self) {
      return &static_cast<NativeFastpath*>(self)->samples_lost;
    };
    functions_.clock = [](void* self) -> __u64 { return static_cast<NativeFastpath*>(self)->now; };
    functions_.random_bits = [](void* self) {
      return static_cast<NativeFastpath*>(self)->next_random();
    };
  }

  // The functions hold this object's address.
  NativeFastpath(const NativeFastpath&) = delete;
  NativeFastpath& operator=(const NativeFastpath&) = delete;

  // The reply frame, or nothing if the program passed or dropped the frame, which may grow by so
  // many octets.
  std::optional<std::string> run(std::string_view frame, std::size_t growth = REPLY_OCTETS_MAX) {
    // Exactly as large as the frame may grow, so that a sanitizer sees any access beyond it.
    std::vector<__u8> buffer(frame.begin(), frame.end());
    buffer.resize(frame.size() + growth);
    auto length = static_cast<__u32>(frame.size());
    functions_.control = &maps_.control();
    if (!native_fastpath_run(&functions_, buffer.data(), &length,
                             static_cast<__u32>(buffer.size())))
      return std::nullopt;
    return std::string(buffer.begin(), buffer.begin() + length);
  }

  std::vector<std::string> samples;  // records as they come out of the kernel, in order
  bool room_for_samples = true;
  __u64 samples_lost = 0;
  std::uint64_t now = 1000000000;  // of the clock that does not jump, in nanoseconds

 private:
  static Maps& maps_of(void* self) { return static_cast<NativeFastpath*>(self)->maps_; }

  // Numerical Recipes' linear congruential generator.
  __u32 next_random() { return random_ = random_ * 1664525u + 1013904223u; }

  Maps& maps_;
  native_maps functions_{};
  __u32 random_ = 1;
};

}  // namespace signpost::testing
#endif
