// RFC 1035 master files as zones of the API.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/master_file.h"
#include "dns/name.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli {

struct ZoneFile {
  v1::Zone zone;  // its apex is the owner of the file's SOA record
  std::size_t record_count = 0;
  std::vector<std::string> warnings;
};

// Reads one master file. `origin` is the origin until the first $ORIGIN; empty: the name of the
// file if it looks like a zone's (example.com, example.com.zone, db.example.com) and the file does
// not say itself. $INCLUDE reads files in the folder of the file and below.
absl::StatusOr<ZoneFile> read_zone_file(const std::string& path, const std::string& origin);

// The zone of these records; `path` begins messages.
absl::StatusOr<ZoneFile> zone_of_records(const std::string& path,
                                         const std::vector<dns::Record>& records);

// What $INCLUDE of the file `path` reads: a file in its folder or below.
absl::StatusOr<std::string> read_included(const std::string& path, std::string_view file);

// What is wrong with a master file, and what is doubtful; read as by read_zone_file.
absl::StatusOr<dns::MasterFileReport> check_zone_file(const std::string& path,
                                                      const std::string& origin);

// The record sets of a zone as a master file. Those with a routing policy have no form there: they
// become comments, and `left_out` counts them.
struct MasterFileText {
  std::string text;
  std::size_t left_out = 0;
};
absl::StatusOr<MasterFileText> to_master_file(const dns::Name& apex,
                                              const std::vector<v1::RecordSet>& record_sets);

}  // namespace signpost::cli
