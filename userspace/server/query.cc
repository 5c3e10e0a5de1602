#include "server/query.h"

namespace signpost::server {
namespace {

// Whatever a query may hold; longer ones are not meant to be answered.
constexpr query_limits kLimits = {.records = 64, .options = 4096};

message as_message(Octets octets) {
  return {octets.data(), static_cast<std::uint32_t>(octets.size()), ~0u};
}

// The fast path passes queries with records in other sections; here they are read like additional
// ones.
void read_all_sections(const message& octets, const dns_header& header, dns_query& fields) {
  const unsigned records = header.ancount + header.nscount + header.arcount;
  fields.result = static_cast<std::uint8_t>(body_read(&octets, records, &kLimits, &fields));
}

// A query without a question asks for a cookie alone.
void read_cookie_query(const message& octets, const dns_header& header, dns_query& fields) {
  std::uint32_t at = DNS_HEADER_OCTETS;
  for (unsigned i = 0; i < header.arcount; ++i) {
    fields.result = static_cast<std::uint8_t>(record_read(&octets, &at, &kLimits, &fields));
    if (fields.result != QUERY_OK) return;
  }
  const bool asks = at == octets.length && (fields.options & QUERY_COOKIE) != 0;
  fields.result = static_cast<std::uint8_t>(asks ? QUERY_OK : QUERY_COUNTS);
}

bool has_question(const dns_header& header, const dns_query& fields) {
  return header.qdcount == 1 && fields.result != QUERY_COUNTS && fields.result != QUERY_BAD_NAME &&
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

void read_header(Octets message, Query& query) {
  const struct message octets = as_message(message);
  query.message = message;
  query.header = header_read(&octets);
}

Rcode read_query(Octets message, Query& query) {
  read_header(message, query);
  dns_query& fields = query.fields;
  const dns_header& header = query.header;
  const struct message octets = as_message(message);
  query_parse(&octets, &kLimits, &fields);
  if (fields.result == QUERY_COUNTS && header.qdcount == 1)
    read_all_sections(octets, header, fields);
  if (fields.result == QUERY_COUNTS && header.qdcount + header.ancount + header.nscount == 0)
    read_cookie_query(octets, header, fields);
  if (has_question(header, fields))
    query.question = message.subspan(DNS_HEADER_OCTETS, fields.name_length + 4u);
  // What another version's options look like is not ours to judge.
  if (fields.has_opt && fields.edns_version != 0) return Rcode::kBadVers;
  if (fields.result != QUERY_OK) return Rcode::kFormErr;
  return fields.other_records == 0 || find_tsig(query) ? Rcode::kNoError : Rcode::kFormErr;
}

}  // namespace signpost::server
