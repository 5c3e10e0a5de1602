// Commands that turn foreign configurations into Signpost's. They ask no daemon.
#pragma once

#include <string>
#include <vector>

#include "signpost/session.h"

namespace signpost::cli {

struct ConvertArguments {
  std::vector<std::string> files;
  std::vector<std::string> name_servers;  // of Route 53 only
  std::string folder;                     // to write to; empty: to the output
  bool strict = false;
};

// Writes the configuration with a comment for all that could not be converted, and tells of that on
// the error stream; with `strict` the code is kDiffers then. To a folder go a file for each zone,
// and shared.yaml with what they share; files that are there are not written over.
absl::StatusOr<int> convert_gdnsd_files(Session& session, const ConvertArguments& arguments);
absl::StatusOr<int> convert_route53_files(Session& session, const ConvertArguments& arguments);

}  // namespace signpost::cli
