#include "policy/lookup.h"

#include <utility>

namespace signpost::policy {

using model::AnswerTable;
using model::Node;
using model::NodePtr;

namespace {

template <typename NameLike>
const Node* node_at(const Nodes& nodes, const NameLike& name) {
  const NodePtr* node = nodes.find(name);
  return node == nullptr ? nullptr : node->get();
}

// The answer of a node that is the name itself or the wildcard that stands for it.
Finding from_node(const AnswerTable& table, const Node& node, dns::RRType qtype) {
  Finding finding;
  finding.zone = node.zone;
  finding.answer = node.answer(qtype);
  if (finding.answer != nullptr) {
    finding.kind = FindingKind::kAnswer;
    return finding;
  }
  finding.kind = FindingKind::kNegative;
  finding.negative = &(*table.zone_answers.find(node.zone))->nodata;
  return finding;
}

Finding referral(const Node& cut) {
  Finding finding;
  finding.kind = FindingKind::kReferral;
  finding.answer = cut.other.get();
  finding.zone = cut.zone;
  return finding;
}

// An ApexFinder.
auto apexes_of(const AnswerTable& table) {
  return [&table](const dns::Name& name) {
    const Location at = locate(table.nodes, name.folded());
    return at.encloser == nullptr ? nullptr : &(*table.zone_answers.find(at.encloser->zone))->apex;
  };
}

Finding below(const AnswerTable& table, const Location& at, dns::RRType qtype) {
  if (at.encloser->is_zone_cut) return referral(*at.encloser);
  if (at.encloser->dname_target) {
    Finding finding;
    finding.kind = FindingKind::kDname;
    finding.dname = at.encloser;
    finding.dname_owner = at.encloser_name;
    finding.zone = at.encloser->zone;
    return finding;
  }
  if (at.wildcard != nullptr) {
    Finding finding = from_node(table, *at.wildcard, qtype);
    finding.from_wildcard = true;
    return finding;
  }
  Finding finding;
  finding.kind = FindingKind::kNegative;
  finding.zone = at.encloser->zone;
  finding.negative = &(*table.zone_answers.find(finding.zone))->nxdomain;
  return finding;
}

}  // namespace

dns::Name seen_from(dns::NameSpace space, dns::Name name, ApexFinder apex_around) {
  if (!space.is_public()) {
    dns::Name there = name.in(space);
    if (apex_around(there) != nullptr) return there;
  }
  return name.is_public() ? std::move(name) : name.in(dns::NameSpace());
}

dns::Name seen_from(dns::NameSpace space, dns::Name name, const AnswerTable& table) {
  return seen_from(space, std::move(name), apexes_of(table));
}

std::optional<dns::Name> follow(const dns::Name& start, const dns::Name& target,
                                const std::vector<dns::NameSpace>& views, ApexFinder apex_around) {
  if (!start.is_public()) return seen_from(start.name_space(), target, apex_around);
  for (const dns::NameSpace space : views) {
    const dns::Name* apex = apex_around(target.in(space));
    if (apex != nullptr && !start.in(space).is_at_or_below(*apex)) return std::nullopt;
  }
  return target.in(dns::NameSpace());
}

std::optional<dns::Name> follow(const dns::Name& start, const dns::Name& target,
                                const AnswerTable& table) {
  return follow(start, target, table.views->spaces(), apexes_of(table));
}

Location locate(const Nodes& nodes, const dns::Name& name) {
  Location at;
  const Node* nearest = node_at(nodes, name);
  if (nearest != nullptr && !nearest->is_void) {
    at.node = at.encloser = nearest;
    at.encloser_name = name;
    return at;
  }
  dns::NameView above(name);
  while (nearest == nullptr && !above.is_root()) {
    above = above.parent();
    nearest = node_at(nodes, above);
  }
  if (nearest == nullptr) return at;
  at.encloser_name = above.name();
  if (nearest->is_void) {
    if (nearest->zone == 0) return Location();
    at.encloser_name = name.suffix(nearest->encloser_labels);
    nearest = node_at(nodes, at.encloser_name);
  }
  at.encloser = nearest;
  if (nearest->has_wildcard && !nearest->is_zone_cut && !nearest->dname_target) {
    if (auto wildcard = at.encloser_name.with_prefix("*"); wildcard.ok())
      at.wildcard = node_at(nodes, *wildcard);
  }
  return at;
}

Finding find(const AnswerTable& table, const dns::Name& qname, dns::RRType qtype) {
  const Location at = locate(table.nodes, qname.folded());
  if (at.encloser == nullptr) return Finding();
  if (at.node == nullptr) return below(table, at, qtype);
  // DS belongs to the parent's side of a cut (RFC 4035 section 3.1.4.1).
  if (at.node->is_zone_cut && qtype != dns::RRType::kDs) return referral(*at.node);
  if (at.node->is_zone_cut) {
    Finding finding;
    for (const auto& [type, answer] : at.node->types) {
      if (type == qtype) finding.answer = answer.get();
    }
    finding.zone = at.node->zone;
    finding.kind = finding.answer != nullptr ? FindingKind::kAnswer : FindingKind::kNegative;
    if (finding.answer == nullptr)
      finding.negative = &(*table.zone_answers.find(finding.zone))->nodata;
    return finding;
  }
  return from_node(table, *at.node, qtype);
}

}  // namespace signpost::policy
