// Rules between the records of one zone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "dns/master_file.h"

namespace signpost::dns {

struct RecordProblem {
  std::size_t index;  // of the record
  std::string text;
};

// The first rule of parse_master_file() that `records` break, with the record that breaks it.
std::optional<RecordProblem> find_conflict(const std::vector<Record>& records);

// For each record whether an earlier one has the same owner, type and RDATA, names compared without
// case.
std::vector<bool> find_duplicates(const std::vector<Record>& records);

}  // namespace signpost::dns
