#include "datapath/bpf_map.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <time.h>

#include <cerrno>
#include <cstring>
#include <numeric>

namespace signpost::datapath {
namespace {

// Elements of a hash map without preallocation come from per-CPU stocks that the kernel refills in
// the background: a burst can find them empty for a moment.
constexpr int kMemoryRetries = 10;

void wait_for_memory(int attempt) {
  const timespec pause{.tv_sec = 0, .tv_nsec = 200'000L << attempt};
  nanosleep(&pause, nullptr);
}

std::size_t mapped_octets(const MapSpec& spec) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t value = (spec.value_octets + 7) / 8 * std::size_t{8};
  return (value * spec.entries + page - 1) / page * page;
}

absl::Status check(const bpf_map_info& info, const MapSpec& spec) {
  const bool same = info.type == spec.type && info.key_size == spec.key_octets &&
                    info.value_size == spec.value_octets && info.max_entries == spec.entries &&
                    info.map_flags == spec.flags;
  if (same) return absl::OkStatus();
  return failed_precondition("the pinned map ", spec.name, " has another layout");
}

}  // namespace

absl::Status system_error(int error, const std::string& what) {
  const std::string text = absl::StrCat(what, ": ", std::strerror(error));
  switch (error) {
    case EPERM:
    case EACCES:
      return absl::PermissionDeniedError(text);
    case E2BIG:
    case ENOSPC:
    case ENOMEM:
      return absl::ResourceExhaustedError(text);
    case ENOENT:
    case ENODEV:
      return absl::NotFoundError(text);
    default:
      return absl::InternalError(text);
  }
}

absl::StatusOr<BpfMap> BpfMap::create(const MapSpec& spec, int inner_fd) {
  LIBBPF_OPTS(bpf_map_create_opts, options);
  options.map_flags = spec.flags;
  if (inner_fd >= 0) options.inner_map_fd = static_cast<__u32>(inner_fd);
  Descriptor fd(bpf_map_create(static_cast<bpf_map_type>(spec.type), spec.name.c_str(),
                               spec.key_octets, spec.value_octets, spec.entries, &options));
  if (!fd.is_open()) return system_error(errno, absl::StrCat("creating the map ", spec.name));
  return BpfMap(spec, std::move(fd));
}

absl::StatusOr<BpfMap> BpfMap::open_pinned(const MapSpec& spec, const std::string& path) {
  Descriptor fd(bpf_obj_get(path.c_str()));
  if (!fd.is_open()) return system_error(errno, absl::StrCat("opening ", path));
  bpf_map_info info{};
  __u32 length = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &length) != 0)
    return system_error(errno, absl::StrCat("looking at ", path));
  RETURN_IF_ERROR(check(info, spec));
  return BpfMap(spec, std::move(fd));
}

absl::Status BpfMap::pin(const std::string& path) const {
  if (bpf_obj_pin(fd(), path.c_str()) == 0) return absl::OkStatus();
  return system_error(errno, absl::StrCat("pinning ", path));
}

absl::StatusOr<std::span<std::byte>> BpfMap::map_values() const {
  const std::size_t octets = mapped_octets(spec_);
  void* at = mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED, fd(), 0);
  if (at == MAP_FAILED) return system_error(errno, absl::StrCat("mapping the map ", spec_.name));
  return std::span(static_cast<std::byte*>(at), octets);
}

void BpfMap::unmap(std::span<std::byte> values) {
  if (!values.empty()) munmap(values.data(), values.size());
}

absl::Status BpfMap::get(const void* key, void* value) const {
  if (bpf_map_lookup_elem(fd(), key, value) == 0) return absl::OkStatus();
  return system_error(errno, absl::StrCat("reading the map ", spec_.name));
}

absl::Status BpfMap::put(const void* key, const void* value) {
  for (int attempt = 0;; ++attempt) {
    if (bpf_map_update_elem(fd(), key, value, BPF_ANY) == 0) return absl::OkStatus();
    if (errno != ENOMEM || attempt == kMemoryRetries)
      return system_error(errno, absl::StrCat("writing the map ", spec_.name));
    wait_for_memory(attempt);
  }
}

absl::Status BpfMap::erase(const void* key) {
  if (bpf_map_delete_elem(fd(), key) == 0 || errno == ENOENT) return absl::OkStatus();
  return system_error(errno, absl::StrCat("deleting from the map ", spec_.name));
}

absl::StatusOr<std::vector<std::byte>> BpfMap::keys() const {
  std::vector<std::byte> keys;
  std::vector<std::byte> key(spec_.key_octets);
  const std::byte* previous = nullptr;
  while (bpf_map_get_next_key(fd(), previous, key.data()) == 0) {
    keys.insert(keys.end(), key.begin(), key.end());
    previous = keys.data() + keys.size() - key.size();
  }
  if (errno != ENOENT) return system_error(errno, absl::StrCat("reading the map ", spec_.name));
  return keys;
}

// Linux has a batch of an array begin behind the element that `in_batch` names.
absl::Status BpfMap::get_range(std::uint32_t first, std::uint32_t count, void* values) const {
  std::uint32_t previous = first - 1;
  std::uint32_t last = 0;
  std::uint32_t done = count;
  std::vector<std::uint32_t> keys(count);
  const int result = bpf_map_lookup_batch(fd(), first == 0 ? nullptr : &previous, &last,
                                          keys.data(), values, &done, nullptr);
  // ENOENT: the array ends with this batch.
  if ((result == 0 || errno == ENOENT) && done == count) return absl::OkStatus();
  return system_error(result == 0 ? EIO : errno, absl::StrCat("reading the map ", spec_.name));
}

absl::Status BpfMap::put_range(std::uint32_t first, std::uint32_t count, const void* values) {
  std::vector<std::uint32_t> keys(count);
  std::iota(keys.begin(), keys.end(), first);
  std::uint32_t done = count;
  if (bpf_map_update_batch(fd(), keys.data(), values, &done, nullptr) == 0 && done == count)
    return absl::OkStatus();
  return system_error(errno, absl::StrCat("writing the map ", spec_.name));
}

absl::StatusOr<std::uint32_t> possible_cpus() {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus <= 0) return system_error(-cpus, "counting the possible CPUs");
  return static_cast<std::uint32_t>(cpus);
}

}  // namespace signpost::datapath
