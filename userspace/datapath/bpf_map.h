// The only place that makes bpf_map_*() calls. TypedMap gives them types that are checked once,
// when a map is opened.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status.h"
#include "datapath/descriptor.h"

namespace signpost::datapath {

// What a map must be. `type` is an enum bpf_map_type.
struct MapSpec {
  std::string name;
  std::uint32_t type = 0;
  std::uint32_t key_octets = 0;
  std::uint32_t value_octets = 0;
  std::uint32_t entries = 0;
  std::uint32_t flags = 0;
};

// A status of the kernel's error number: PERMISSION_DENIED, RESOURCE_EXHAUSTED (a full map),
// NOT_FOUND or INTERNAL.
absl::Status system_error(int error, const std::string& what);

// Keys and values are octets here; those of per-CPU maps hold one value per possible CPU.
class BpfMap {
 public:
  // `inner_fd`: the template of a map of maps, else -1.
  static absl::StatusOr<BpfMap> create(const MapSpec& spec, int inner_fd = -1);
  // FAILED_PRECONDITION if the pinned map is not as `spec` says; NOT_FOUND if there is none.
  static absl::StatusOr<BpfMap> open_pinned(const MapSpec& spec, const std::string& path);
  absl::Status pin(const std::string& path) const;

  int fd() const { return fd_.get(); }
  const MapSpec& spec() const { return spec_; }

  // Maps all values of an array with BPF_F_MMAPABLE into memory, for as long as the process lives
  // or until unmap().
  absl::StatusOr<std::span<std::byte>> map_values() const;
  static void unmap(std::span<std::byte> values);

  absl::Status get(const void* key, void* value) const;
  absl::Status put(const void* key, const void* value);
  absl::Status erase(const void* key);  // an absent key is no error

  // All keys of a hash map that nobody else changes.
  absl::StatusOr<std::vector<std::byte>> keys() const;

  // Reads or writes the elements of an array from index `first` on, one value after the other.
  absl::Status get_range(std::uint32_t first, std::uint32_t count, void* values) const;
  absl::Status put_range(std::uint32_t first, std::uint32_t count, const void* values);

 private:
  BpfMap(MapSpec spec, Descriptor fd) : spec_(std::move(spec)), fd_(std::move(fd)) {}

  MapSpec spec_;
  Descriptor fd_;
};

// Possible CPUs: how many values an entry of a per-CPU map has.
absl::StatusOr<std::uint32_t> possible_cpus();

// A map whose entries are `Key` and `Value`.
template <typename Key, typename Value>
class TypedMap {
 public:
  static absl::StatusOr<TypedMap> over(BpfMap map) {
    if (map.spec().key_octets != sizeof(Key) || map.spec().value_octets != sizeof(Value))
      return internal_error("map ", map.spec().name, " does not hold what it is opened for");
    return TypedMap(std::move(map));
  }

  const BpfMap& map() const { return map_; }
  BpfMap& map() { return map_; }

  absl::StatusOr<Value> get(const Key& key) const {
    Value value;
    RETURN_IF_ERROR(map_.get(&key, &value));
    return value;
  }
  absl::Status put(const Key& key, const Value& value) { return map_.put(&key, &value); }
  absl::Status erase(const Key& key) { return map_.erase(&key); }

  // All entries of a hash map that nobody else changes.
  absl::StatusOr<std::vector<std::pair<Key, Value>>> entries() const {
    ASSIGN_OR_RETURN(const std::vector<std::byte> keys, map_.keys());
    std::vector<std::pair<Key, Value>> entries(keys.size() / sizeof(Key));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::copy_n(keys.data() + i * sizeof(Key), sizeof(Key),
                  reinterpret_cast<std::byte*>(&entries[i].first));
      RETURN_IF_ERROR(map_.get(&entries[i].first, &entries[i].second));
    }
    return entries;
  }

 private:
  explicit TypedMap(BpfMap map) : map_(std::move(map)) {}
  BpfMap map_;
};

// A per-CPU array of `Value`.
template <typename Value>
class PerCpuArray {
 public:
  static absl::StatusOr<PerCpuArray> over(BpfMap map) {
    if (map.spec().key_octets != sizeof(std::uint32_t) || map.spec().value_octets != sizeof(Value))
      return internal_error("map ", map.spec().name, " does not hold what it is opened for");
    ASSIGN_OR_RETURN(const std::uint32_t cpus, possible_cpus());
    return PerCpuArray(std::move(map), cpus);
  }

  const BpfMap& map() const { return map_; }

  // Over all CPUs.
  absl::StatusOr<Value> sum(std::uint32_t index) const {
    std::vector<Padded> values(cpus_);
    RETURN_IF_ERROR(map_.get(&index, values.data()));
    Value total{};
    for (const Padded& value : values) total += value.value;
    return total;
  }

  // Of all elements, or of the first `count`.
  absl::StatusOr<std::vector<Value>> sums(std::size_t count = SIZE_MAX) const {
    std::vector<Value> sums(std::min<std::size_t>(count, map_.spec().entries));
    std::vector<Padded> values(std::size_t{kBatch} * cpus_);
    for (std::uint32_t first = 0; first < sums.size(); first += kBatch) {
      const auto batch =
          static_cast<std::uint32_t>(std::min<std::size_t>(kBatch, sums.size() - first));
      RETURN_IF_ERROR(map_.get_range(first, batch, values.data()));
      for (std::size_t i = 0; i < std::size_t{batch} * cpus_; ++i)
        sums[first + i / cpus_] += values[i].value;
    }
    return sums;
  }

  absl::Status zero_all() {
    const std::vector<Padded> values(std::size_t{kBatch} * cpus_);
    for (std::uint32_t first = 0; first < map_.spec().entries; first += kBatch)
      RETURN_IF_ERROR(map_.put_range(first, batch_at(first), values.data()));
    return absl::OkStatus();
  }

  absl::Status zero(std::uint32_t index) {
    const std::vector<Padded> values(cpus_);
    return map_.put(&index, values.data());
  }

 private:
  // The kernel gives each CPU's value room in whole multiples of 8 octets.
  struct alignas(8) Padded {
    Value value{};
  };

  static constexpr std::uint32_t kBatch = 4096;  // elements
  std::uint32_t batch_at(std::uint32_t first) const {
    return std::min(kBatch, map_.spec().entries - first);
  }

  PerCpuArray(BpfMap map, std::uint32_t cpus) : map_(std::move(map)), cpus_(cpus) {}

  BpfMap map_;
  std::uint32_t cpus_;
};

}  // namespace signpost::datapath
