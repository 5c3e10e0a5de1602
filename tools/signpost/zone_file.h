// RFC 1035 master files as zones of the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/master_file.h"
#include "dns/name.h"
#include "signpost/v1/config.pb.h"

namespace signpost::cli {

// The records of one master file, which give the record sets of the zone a part at a time: so a
// large zone is sent while it is made.
class ZoneRecords {
 public:
  // `zone` owns the SOA among the records; `path` begins messages.
  ZoneRecords(const std::string& path, dns::Name zone, std::vector<dns::Record> records);

  const dns::Name& zone() const { return zone_; }
  std::size_t record_count() const { return records_.size(); }
  const std::vector<std::string>& warnings() const { return warnings_; }

  // Adds the next record sets to `out`, at most so many; false if there was none left.
  bool add_next(std::size_t count, v1::Zone& out);

 private:
  // One record set: a chain of records, in the order of the file.
  struct RRset {
    std::size_t first = 0;
    std::size_t last = 0;
    std::uint32_t ttl = 0;  // the lowest
    bool ttl_differs = false;
  };

  void chain_records();
  void warn_of_ttls(const std::string& path);
  v1::RecordSet record_set(const RRset& rrset) const;

  dns::Name zone_;
  std::vector<dns::Record> records_;
  std::vector<std::size_t> next_;  // of each record, the next of its RRset
  std::vector<RRset> rrsets_;
  std::size_t given_ = 0;  // of rrsets_
  std::vector<std::string> warnings_;
};

struct ZoneFile {
  v1::Zone zone;
  std::size_t record_count = 0;
  std::vector<std::string> warnings;
};

// All of it at once.
ZoneFile whole(ZoneRecords records);

// Reads one master file. `origin` is the origin until the first $ORIGIN; empty: the name of the
// file if it looks like a zone's (example.com, example.com.zone, db.example.com) and the file does
// not say itself. $INCLUDE reads files in the folder of the file and below.
absl::StatusOr<ZoneRecords> read_zone_file(const std::string& path, const std::string& origin);

// The zone of these records; `path` begins messages.
absl::StatusOr<ZoneRecords> zone_of_records(const std::string& path,
                                            std::vector<dns::Record> records);

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
