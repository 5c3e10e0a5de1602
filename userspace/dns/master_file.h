// Master files (RFC 1035 section 5, RFC 2308 section 4, RFC 3597).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/name.h"
#include "dns/rr_type.h"

namespace signpost::dns {

struct Record {
  Name owner;
  RRType type{};
  std::uint32_t ttl = 0;
  std::string rdata;     // uncompressed wire form
  std::size_t line = 0;  // where it began, from 1
};

struct MasterFileOptions {
  std::string file_name;  // for messages
  Name origin;            // until the first $ORIGIN
  // How $INCLUDE reads a file; empty: $INCLUDE is refused.
  std::function<absl::StatusOr<std::string>(std::string_view path)> include;
  std::optional<std::uint32_t> default_ttl{};  // until the first $TTL
};

// Parses the master file of one zone; records of class IN alone. Duplicates are merged (RFC 2181
// section 5). Refused are also (RFC 1035 section 5.2): a second SOA, a record outside the zone of
// the SOA, two CNAME or two DNAME at one owner, and CNAME beside other data. That the zone has its
// SOA and NS is for the caller to see. An error is INVALID_ARGUMENT "FILE:LINE: what is wrong";
// nothing is returned then.
absl::StatusOr<std::vector<Record>> parse_master_file(std::string_view text,
                                                      const MasterFileOptions& options);

// What is wrong with a master file, and what is doubtful.
struct MasterFileReport {
  std::size_t records = 0;
  std::size_t errors = 0;
  // "FILE:LINE: error: what is wrong", or warning, in the order in which they were found.
  std::vector<std::string> lines;
};

// Reads as parse_master_file does, but goes on behind records that it can't read, and checks also
// what a server can load and yet not serve as it is meant.
MasterFileReport check_master_file(std::string_view text, const MasterFileOptions& options);

// Writes records so that parse_master_file gives them back, one a line, absolute names.
std::string format_master_file(const std::vector<Record>& records);

}  // namespace signpost::dns
