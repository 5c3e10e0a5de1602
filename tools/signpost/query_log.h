// Files of queries and of demand, a line each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "signpost/dns_capture.h"

namespace signpost::cli {

// Calls on_query(query, count) for each line "CLIENT NAME TYPE [COUNT]" of a query log: CLIENT an
// address or a prefix, "-" if it is not known. Empty lines and those that begin with "#" are passed
// over. INVALID_ARGUMENT names the line; `file` is how it is called.
absl::Status read_query_log(
    std::string_view text, const std::string& file,
    const std::function<absl::Status(const CapturedQuery&, std::uint64_t)>& on_query);

struct DemandLine {
  std::string prefix;
  double queries = 0;
};

// The lines "PREFIX,QUERIES" of a CSV file; a first line "prefix,queries" is its title. A prefix
// of length 0 stands for clients of whom nothing is known.
absl::StatusOr<std::vector<DemandLine>> read_demand(std::string_view text, const std::string& file);

// "ENDPOINT=QUERIES": an endpoint and the queries per second that it can take.
absl::StatusOr<DemandLine> read_capacity(const std::string& argument);

}  // namespace signpost::cli
