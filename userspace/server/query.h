// What a query asks: bpf/dns_query.h, which the fast path reads by too, with the limits of the slow
// path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bpf/dns_query.h"
#include "server/octets.h"
#include "server/record_reader.h"

namespace signpost::server {

// Response codes (IANA registry) that the server gives by itself.
enum class Rcode : std::uint8_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kYxDomain = 6,
  kYxRrset = 7,
  kNxRrset = 8,
  kNotAuth = 9,
  kNotZone = 10,
  kBadVers = 16,
};

struct Query {
  Octets message;  // all of it; at least a header
  dns_header header{};
  dns_query fields{};          // filled up to the point of failure
  Octets question;             // QNAME, QTYPE, QCLASS as received; empty where they can't be read
  std::optional<Record> tsig;  // the last record, if it is one (RFC 8945)
  std::uint8_t scope = 0;      // of the client subnet option in the reply
  server_cookie cookie{};      // to send, if options say so
  bool cookie_valid = false;   // that of the query

  std::string_view qname() const { return as_text(question.first(fields.name_length)); }
};

// Takes a message of any opcode, at least a header long, of which it reads that alone.
void read_header(Octets message, Query& query);

// Reads a message with opcode 0 (QUERY) and says what is wrong with it, whatever it asks for:
// - kFormErr: QDCOUNT other than 1 (RFC 9619), but for 0 with a cookie (RFC 7873 section 5.4), a
// compressed or malformed QNAME, records or options
// that do not fit,
//   octets after the last record, two OPT (RFC 6891 section 6.1.1), a client subnet with host bits,
//   scope, or a family or length that does not fit (RFC 7871 section 7.1.2), records after a TSIG
//   (RFC 8945 section 5.2);
// - kBadVers: an EDNS version other than 0;
// - kNoError: nothing.
// Records of the answer and authority sections mean nothing: IXFR has one (RFC 1995 section 3).
Rcode read_query(Octets message, Query& query);

}  // namespace signpost::server
