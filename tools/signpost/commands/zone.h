// Commands that take and give RFC 1035 master files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "signpost/session.h"

namespace signpost::cli {

struct ZoneImportArguments {
  std::vector<std::string> paths;  // files and folders of files
  std::string origin;              // until the first $ORIGIN; empty: see read_zone_file
  std::string view;                // whose clients alone see the zones; empty: public
  bool dry_run = false;
  bool adopt = false;
  bool force = false;
  std::uint64_t expected_generation = 0;
  std::string comment;
  Format format = Format::kTable;
};

// Makes the zones of the files the running ones, as one batch, managed by the API. With dry_run it
// shows the plan, and returns kDiffers if it is not empty.
absl::StatusOr<int> zone_import(Session& session, const ZoneImportArguments& arguments);

struct ZoneCheckArguments {
  std::vector<std::string> paths;  // files and folders of files
  std::string origin;              // until the first $ORIGIN; empty: see read_zone_file
};

// Tells what is wrong or doubtful in master files, each with its line. Asks no daemon. kFailed if
// anything is wrong.
absl::StatusOr<int> zone_check(Session& session, const ZoneCheckArguments& arguments);

// Writes a zone as a master file.
absl::StatusOr<int> zone_export(Session& session, const std::string& zone);

}  // namespace signpost::cli
