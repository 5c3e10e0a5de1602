// What is doubtful about the records of a zone though a server can load them: what named-checkzone
// and kzonecheck tell.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dns/master_file.h"

namespace signpost::dns {

struct ZoneFinding {
  bool is_error = false;  // the zone can't be served as it is meant
  std::size_t index = 0;  // of the record
  std::string text;
};

// In the order of the records. Those must keep the rules of parse_master_file(), but for
// duplicates, and be of one zone.
std::vector<ZoneFinding> find_doubts(const std::vector<Record>& records);

}  // namespace signpost::dns
