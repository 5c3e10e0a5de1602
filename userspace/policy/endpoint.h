// Who answers a question, as far as it matters to those who serve the clients: the endpoints that
// an answer sends clients to, and the share of each.
#pragma once

#include <compare>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "policy/lookup.h"

namespace signpost::policy {

// Equal replies but for TTLs, the order of records, and the names on the way.
struct Endpoint {
  std::string outcome;  // ANSWER, NODATA, NXDOMAIN, REFERRAL, SERVFAIL, DNAME or REFUSED
  std::string choice;   // Variant::choice
  std::vector<std::string> records;  // presentation format; what the chain ends with, ascending

  bool is_answer() const { return outcome == "ANSWER"; }
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// Parts of all answers, or of all clients; never 0.
using Shares = std::map<Endpoint, double>;

// The RDATA of the last RRset in the reply's answer section, in presentation format.
using ReadRecords = std::function<std::vector<std::string>(
    const model::Variant& variant, const dns::Name& qname, dns::RRType qtype)>;

std::string_view outcome_text(model::Outcome outcome);

// One reply.
Endpoint endpoint_of(const model::Variant& variant, const dns::Name& qname, dns::RRType qtype,
                     const ReadRecords& read);

// What an answer without a partition gives; the shares add up to 1.
Shares shares_of(const model::Answer& answer, const dns::Name& qname, dns::RRType qtype,
                 const ReadRecords& read);

// What a finding without an answer gives: negative, DNAME or out of zone.
Endpoint endpoint_without_answer(const Finding& finding);

// Adds `factor` times the parts of `more`.
void add_shares(const Shares& more, double factor, Shares& shares);

}  // namespace signpost::policy
