#include "signpost/config_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "dns/name.h"
#include "signpost/message_reader.h"

namespace signpost::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFileSize = std::size_t{64} << 20;

bool is_config_file(const std::string& path) {
  const std::string extension = absl::AsciiStrToLower(fs::path(path).extension().string());
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

absl::StatusOr<std::vector<std::string>> expand(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    ASSIGN_OR_RETURN(std::vector<std::string> found, files_in(path));
    std::erase_if(found, [](const std::string& file) { return !is_config_file(file); });
    if (found.empty())
      return invalid_argument(path, ": no *.yaml, *.yml or *.json file in this folder");
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

absl::Status refused(const SourceMap& sources, const std::string& path, const std::string& what) {
  return sources.locate(invalid_argument(path, ": ", what));
}

// Checks what makes a zone one zone: its name, and that it is given once.
absl::Status check_zones(const LoadedConfig& loaded) {
  std::map<dns::Name, std::string> seen;
  for (int i = 0; i < loaded.config.zones_size(); ++i) {
    const v1::Zone& zone = loaded.config.zones(i);
    const std::string path = absl::StrCat("zones[", i, "]");
    if (zone.name().empty())
      return refused(loaded.sources, path + ".name", "missing; give the zone apex");
    if (zone.manager() != v1::ZONE_MANAGER_UNSPECIFIED)
      return refused(loaded.sources, path + ".manager", "set by signpostd; remove it");
    const absl::StatusOr<dns::Name> name = dns::Name::parse_with_view(zone.name());
    if (!name.ok())
      return refused(loaded.sources, path + ".name", std::string(name.status().message()));
    const auto [first, added] = seen.emplace(*name, path);
    if (!added)
      return refused(loaded.sources, path,
                     absl::StrCat("the zone ", name->text(), " is also in ",
                                  loaded.sources.find(first->second), "; keep it in one place"));
  }
  return absl::OkStatus();
}

absl::Status check_health_checks(const LoadedConfig& loaded) {
  std::map<std::string, std::string> seen;
  for (int i = 0; i < loaded.config.health_checks_size(); ++i) {
    const std::string& id = loaded.config.health_checks(i).id();
    const std::string path = absl::StrCat("health_checks[", i, "]");
    if (id.empty()) return refused(loaded.sources, path + ".id", "missing");
    const auto [first, added] = seen.emplace(id, path);
    if (!added)
      return refused(loaded.sources, path,
                     absl::StrCat("the health check ", id, " is also in ",
                                  loaded.sources.find(first->second), "; keep it in one place"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> read_stream(std::istream& input, const std::string& name,
                                        std::size_t most) {
  std::string text;
  std::vector<char> part(std::size_t{1} << 16);
  while (input.read(part.data(), static_cast<std::streamsize>(part.size())), input.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(input.gcount()));
    if (text.size() > most)
      return invalid_argument(name, ": larger than ", most >> 20, " MB; split it");
  }
  if (input.bad()) return invalid_argument(name, ": ", std::strerror(errno));
  return text;
}

}  // namespace

absl::StatusOr<std::string> read_file(const std::string& path, std::size_t most) {
  if (path == "-") return read_stream(std::cin, "<stdin>", most);
  std::error_code error;
  if (fs::is_directory(path, error)) return invalid_argument(path, ": is a folder");
  std::ifstream input(path, std::ios::binary);
  if (!input) return not_found(path, ": ", std::strerror(errno));
  return read_stream(input, path, most);
}

absl::StatusOr<std::vector<std::string>> files_in(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code type_error;
    const std::string name = entry->path().filename().string();
    if (entry->is_regular_file(type_error) && name.front() != '.')
      files.push_back(entry->path().string());
  }
  if (error) return invalid_argument(folder, ": ", error.message());
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<LoadedConfig> load_config(const std::vector<std::string>& paths) {
  ASSIGN_OR_RETURN(const std::vector<std::string> files, expand(paths));
  LoadedConfig loaded;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(const std::string text, read_file(file, kMaxFileSize));
    RETURN_IF_ERROR(
        read_message(text, file == "-" ? "<stdin>" : file, loaded.config, loaded.sources));
  }
  RETURN_IF_ERROR(check_zones(loaded));
  RETURN_IF_ERROR(check_health_checks(loaded));
  return loaded;
}

}  // namespace signpost::cli
