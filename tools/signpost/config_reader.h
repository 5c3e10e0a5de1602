// Configuration files: the desired state as users hold it (design.md section 7).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "signpost/source_map.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli {

struct LoadedConfig {
  v1::Config config;
  SourceMap sources{v1::Config::descriptor()};
};

// Reads every path, a file or a folder (its *.yaml, *.yml and *.json in order of name, not those in
// folders below; "-" is standard input), as one configuration. Files are at most 64 MB. A zone or
// health check that is given twice is refused, with both places.
absl::StatusOr<LoadedConfig> load_config(const std::vector<std::string>& paths);

// The whole of a file of at most `most` octets; "-" reads standard input.
absl::StatusOr<std::string> read_file(const std::string& path, std::size_t most);

// The files of a folder, in order of name, hidden ones left out.
absl::StatusOr<std::vector<std::string>> files_in(const std::string& folder);

}  // namespace signpost::cli
