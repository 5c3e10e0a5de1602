// How much more memory this process may take before the kernel would have to end somebody.
#pragma once

#include <cstdint>
#include <string>

namespace signpost {

// Where the kernel tells it; other folders in tests.
struct MemoryFiles {
  std::string proc = "/proc";
  std::string cgroups = "/sys/fs/cgroup";
};

// In octets: the least of what the host has available and of what each control group that encloses
// this process leaves it (systemd's MemoryMax=), not counting what the kernel only caches.
// UINT64_MAX if neither is told.
std::uint64_t memory_room(const MemoryFiles& files = {});

}  // namespace signpost
