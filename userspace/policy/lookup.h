// Finding the answer to a question in an answer table (RFC 1034 section 4.3.2, RFC 4592): the algorithm of the slow
// path, of `explain` and of the tests; bpf/lookup.h does the same in the kernel.
#pragma once

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::policy {

enum class FindingKind {
  kAnswer,       // `answer`
  kVariant,      // `variant`: NODATA or NXDOMAIN of the zone
  kReferral,     // `answer`: its only variant, AA clear
  kDname,        // the name is below `dname_owner`; the reply is synthesised (RFC 6672)
  kOutOfZone,    // REFUSED
};

// Pointers are valid as long as the table.
struct Finding {
  FindingKind kind = FindingKind::kOutOfZone;
  const model::Answer* answer = nullptr;
  const model::Variant* variant = nullptr;
  const model::Node* dname_node = nullptr;
  dns::Name dname_owner;
  model::ZoneId zone = 0;
  bool from_wildcard = false;
};

Finding find(const model::AnswerTable& table, const dns::Name& qname, dns::RRType qtype);

}  // namespace signpost::policy
