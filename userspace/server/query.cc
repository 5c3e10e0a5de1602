#include "server/query.h"

#include <algorithm>

namespace signpost::server {
namespace {

// Whatever a query may hold; longer ones are not meant to be answered.
constexpr query_limits kLimits = {.records = 64, .options = 4096};

// The fast path passes queries with records in other sections; here they are read like additional
// ones.
void read_all_sections(const message& octets, dns_query& fields) {
  const unsigned records = fields.ancount + fields.nscount + fields.arcount;
  fields.arcount = static_cast<std::uint16_t>(std::min(records, 0xffffu));
  fields.result = static_cast<std::uint8_t>(body_read(&octets, &kLimits, &fields));
}

// A query without a question asks for a cookie alone.
void read_cookie_query(const message& octets, dns_query& fields) {
  std::uint32_t at = DNS_HEADER_OCTETS;
  for (unsigned i = 0; i < fields.arcount; ++i) {
    fields.result = static_cast<std::uint8_t>(record_read(&octets, &at, &kLimits, &fields));
    if (fields.result != QUERY_OK) return;
  }
  const bool asks = at == octets.length && (fields.options & QUERY_COOKIE) != 0;
  fields.result = static_cast<std::uint8_t>(asks ? QUERY_OK : QUERY_COUNTS);
}

bool has_question(const dns_query& fields) {
  return fields.qdcount == 1 && fields.result != QUERY_COUNTS && fields.result != QUERY_BAD_NAME &&
         fields.result != QUERY_BAD_QUESTION;
}

// Finds a TSIG among the records, which are known to be well-formed; false if it is not the last
// one.
bool find_tsig(Query& query) {
  std::size_t at = DNS_HEADER_OCTETS + query.question.size();
  while (at < query.message.size()) {
    const auto record = read_record(query.message, at);
    if (!record || query.tsig) return false;
    if (record->type == dns::RRType::kTsig) query.tsig = record;
    at = record->end();
  }
  return true;
}

}  // namespace

Rcode read_query(Octets message, Query& query) {
  query.message = message;
  dns_query& fields = query.fields;
  const struct message octets = {message.data(), static_cast<std::uint32_t>(message.size()), ~0u};
  query_parse(&octets, &kLimits, &fields);
  if (fields.result == QUERY_COUNTS && fields.qdcount == 1) read_all_sections(octets, fields);
  if (fields.result == QUERY_COUNTS && fields.qdcount + fields.ancount + fields.nscount == 0)
    read_cookie_query(octets, fields);
  if (has_question(fields))
    query.question = message.subspan(DNS_HEADER_OCTETS, fields.name_length + 4u);
  // What another version's options look like is not ours to judge.
  if (fields.has_opt && fields.edns_version != 0) return Rcode::kBadVers;
  if (fields.result != QUERY_OK) return Rcode::kFormErr;
  return fields.other_records == 0 || find_tsig(query) ? Rcode::kNoError : Rcode::kFormErr;
}

}  // namespace signpost::server
