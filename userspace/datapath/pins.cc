#include "datapath/pins.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/status.h"
#include "bpf/reasons.h"
#include "datapath/bpf_map.h"

namespace signpost::datapath {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    entries.push_back(at->path());
  return entries;
}

absl::Status remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return system_error(error.value(), absl::StrCat("removing ", path.string()));
  return absl::OkStatus();
}

absl::Status make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_error(error.value(), absl::StrCat("creating ", folder.string()));
  return absl::OkStatus();
}

// The BPF filesystem refuses names with a dot, and interfaces may have one (eth0.5): "%XX" stands
// for such octets.
std::string escaped(const std::string& interface) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : interface) {
    const auto octet = static_cast<unsigned char>(c);
    if (std::isalnum(octet) || c == '-' || c == '_') {
      result += c;
    } else {
      result += {'%', kDigits[octet >> 4], kDigits[octet & 15]};
    }
  }
  return result;
}

std::string unescaped(const std::string& name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '%' && i + 2 < name.size()) {
      result += static_cast<char>(std::strtol(name.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      result += name[i];
    }
  }
  return result;
}

std::string name_of(const Capacity& capacity) {
  return absl::StrCat(capacity.nodes, "-", capacity.cells, "-", capacity.rings, "-",
                      capacity.counters, "-", capacity.locality_cells, "-", capacity.localities,
                      "-", REASON_COUNT);
}

std::string version_folder() { return absl::StrCat("v", SIGNPOST_LAYOUT_VERSION); }

}  // namespace

absl::Status Pins::prepare() const {
  fs::path existing = root_;
  while (!fs::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
  struct statfs at {};
  if (statfs(existing.c_str(), &at) != 0)
    return system_error(errno, absl::StrCat("looking at ", existing.string()));
  if (at.f_type != BPF_FS_MAGIC)
    return failed_precondition(root_, " is not on a BPF filesystem: mount one by ",
                               "\"mount -t bpf bpf /sys/fs/bpf\"");
  return make_folder(root_);
}

absl::StatusOr<Descriptor> Pins::lock() const {
  Descriptor folder(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return system_error(errno, absl::StrCat("opening ", root_));
  if (flock(folder.get(), LOCK_EX | LOCK_NB) == 0) return folder;
  if (errno == EWOULDBLOCK)
    return absl::AlreadyExistsError(
        absl::StrCat("another signpostd uses the maps below ", root_, ": stop it first"));
  return system_error(errno, absl::StrCat("locking ", root_));
}

std::string Pins::tables(const Capacity& capacity) const {
  return absl::StrCat(root_, "/tables/", version_folder(), "/", name_of(capacity));
}

absl::Status Pins::make_tables(const Capacity& capacity) const {
  RETURN_IF_ERROR(remove_tree(tables(capacity)));
  return make_folder(tables(capacity));
}

absl::Status Pins::remove_other_tables(const Capacity& capacity) const {
  for (const fs::path& version : entries_of(fs::path(root_) / "tables")) {
    if (version.filename() != version_folder()) {
      RETURN_IF_ERROR(remove_tree(version));
      continue;
    }
    for (const fs::path& tables : entries_of(version)) {
      if (tables.filename() != name_of(capacity)) RETURN_IF_ERROR(remove_tree(tables));
    }
  }
  return absl::OkStatus();
}

absl::Status Pins::remove_tables() const {
  RETURN_IF_ERROR(remove_tree(fs::path(root_) / "tables"));
  std::error_code ignored;  // a folder that is not empty stays
  fs::remove(fs::path(root_) / "links", ignored);
  fs::remove(root_, ignored);
  return absl::OkStatus();
}

std::vector<std::string> Pins::control_maps() const {
  std::vector<std::string> maps;
  for (const fs::path& version : entries_of(fs::path(root_) / "tables")) {
    for (const fs::path& tables : entries_of(version)) maps.push_back(tables / "control");
  }
  return maps;
}

std::string Pins::link(const std::string& interface) const {
  return absl::StrCat(root_, "/links/", escaped(interface));
}

absl::Status Pins::make_links() const { return make_folder(fs::path(root_) / "links"); }

std::vector<std::string> Pins::linked_interfaces() const {
  std::vector<std::string> interfaces;
  for (const fs::path& link : entries_of(fs::path(root_) / "links"))
    interfaces.push_back(unescaped(link.filename()));
  return interfaces;
}

}  // namespace signpost::datapath
