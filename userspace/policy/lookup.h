// Finding the answer to a question in an answer table (RFC 1034 section 4.3.2, RFC 4592): the
// algorithm of the slow path, of `explain` and of the compiler itself; bpf/lookup.h does the same
// in the kernel.
#pragma once

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::policy {

using Nodes = model::PersistentMap<dns::Name, model::NodePtr>;

// Where a name lies in the tree of nodes. Pointers are valid as long as the nodes.
struct Location {
  const model::Node* node = nullptr;  // the name itself, if it exists and is not void
  // The longest existing name at or above it; null if no zone held encloses it.
  const model::Node* encloser = nullptr;
  dns::Name encloser_name;
  const model::Node* wildcard = nullptr;  // "*.encloser", if the name itself does not exist
};

// Locates `name`, which must be folded. A name below a zone cut or a DNAME has that as its
// encloser.
Location locate(const Nodes& nodes, const dns::Name& name);

enum class FindingKind {
  kAnswer,     // `answer`
  kNegative,   // `negative`: NODATA or NXDOMAIN of the zone
  kReferral,   // `answer`: its only variant, AA clear
  kDname,      // the name is below `dname_owner`; the reply is synthesised (RFC 6672)
  kOutOfZone,  // REFUSED
};

// Pointers are valid as long as the table.
struct Finding {
  FindingKind kind = FindingKind::kOutOfZone;
  const model::Answer* answer = nullptr;
  const model::Variant* negative = nullptr;
  const model::Node* dname = nullptr;
  dns::Name dname_owner;
  model::ZoneId zone = 0;
  bool from_wildcard = false;
};

// `qname` in any case.
Finding find(const model::AnswerTable& table, const dns::Name& qname, dns::RRType qtype);

}  // namespace signpost::policy
