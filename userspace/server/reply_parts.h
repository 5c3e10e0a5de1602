// Parts of replies that are made as strings, and how TCP carries them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace signpost::server {

// An OPT with these options (RFC 6891).
std::string opt_record(const std::string& options = {});

// A reply's header; `flags` are those of the request.
struct ReplyHead {
  std::uint16_t id = 0;
  std::uint16_t flags = 0;
  bool authoritative = false;
  unsigned rcode = 0;
  std::size_t answers = 0;
  std::size_t additionals = 0;
};
std::string header_of(const ReplyHead& head);

// Appends the message behind its length (RFC 7766 section 8).
void append_framed(const std::string& message, std::vector<std::uint8_t>& out);

}  // namespace signpost::server
