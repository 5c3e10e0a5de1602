// Finding the answer to a question in an answer table (RFC 1034 section 4.3.2, RFC 4592): the
// algorithm of the slow path, of `explain` and of the compiler itself; bpf/lookup.h does the same
// in the kernel.
#pragma once

#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
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

// The apex of the zone around a name in the name's own name space, or null.
using ApexFinder = absl::FunctionRef<const dns::Name*(const dns::Name& name)>;
// Where those who see `space` find `name`, of whatever name space it is: in `space` if a zone there
// encloses it, whether that has it or not (route53-semantics 3.6), else among the public names.
dns::Name seen_from(dns::NameSpace space, dns::Name name, ApexFinder apex_around);

dns::Name seen_from(dns::NameSpace space, dns::Name name, const model::AnswerTable& table);

// Where the reply to a question for `start` goes on that leads to `target` by a CNAME: where those
// find it who see the name space of `start`. Nothing where the reply has to end: a public one,
// which clients of all views get, must not tell what the public name space has at a name that one
// of the views has for itself. Those who can't see `start` because the same zone encloses it don't
// count.
std::optional<dns::Name> follow(const dns::Name& start, const dns::Name& target,
                                const std::vector<dns::NameSpace>& views, ApexFinder apex_around);
std::optional<dns::Name> follow(const dns::Name& start, const dns::Name& target,
                                const model::AnswerTable& table);

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
