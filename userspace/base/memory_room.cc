#include "base/memory_room.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace signpost {
namespace {

namespace fs = std::filesystem;

// The files of a memory controller, in the two versions of cgroups(7).
struct Controller {
  std::string mount;
  std::string limit;
  std::string usage;
  std::vector<std::string> cached;  // in memory.stat
};

std::optional<std::uint64_t> read_number(const fs::path& path) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;  // there is none, or it says "max"
}

// The number behind `name` in a file of names and numbers.
std::uint64_t read_named(const fs::path& path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    std::uint64_t number = 0;
    if (words >> word >> number && word == name) return number;
  }
  return 0;
}

std::uint64_t room_in(const Controller& controller, const fs::path& group) {
  const auto limit = read_number(group / controller.limit);
  const auto usage = read_number(group / controller.usage);
  if (!limit || !usage) return UINT64_MAX;
  std::uint64_t cached = 0;
  for (const std::string& name : controller.cached)
    cached += read_named(group / "memory.stat", name);
  const std::uint64_t used = *usage - std::min(*usage, cached);
  return *limit - std::min(*limit, used);
}

// The least room in the group at `path` and in those around it.
std::uint64_t room_below(const Controller& controller, const std::string& path) {
  std::uint64_t room = UINT64_MAX;
  for (fs::path group = fs::path(path).relative_path();; group = group.parent_path()) {
    room = std::min(room, room_in(controller, fs::path(controller.mount) / group));
    if (group.empty()) return room;
  }
}

// Lines are "number:controllers:path"; version 2 has the number 0 and no controllers.
std::uint64_t room_in_groups(const MemoryFiles& files) {
  const Controller unified{
      files.cgroups, "memory.max", "memory.current", {"active_file", "inactive_file"}};
  const Controller memory{files.cgroups + "/memory",
                          "memory.limit_in_bytes",
                          "memory.usage_in_bytes",
                          {"total_active_file", "total_inactive_file"}};
  std::uint64_t room = UINT64_MAX;
  std::ifstream file(files.proc + "/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) room = std::min(room, room_below(unified, path));
    if (controllers == "memory") room = std::min(room, room_below(memory, path));
  }
  return room;
}

}  // namespace

std::uint64_t memory_room(const MemoryFiles& files) {
  constexpr std::uint64_t kKibibyte = 1024;
  const std::uint64_t available = read_named(files.proc + "/meminfo", "MemAvailable:") * kKibibyte;
  return std::min(available == 0 ? UINT64_MAX : available, room_in_groups(files));
}

}  // namespace signpost
