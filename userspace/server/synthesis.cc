#include "server/synthesis.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dns/message_writer.h"
#include "server/query.h"
#include "server/record_reader.h"

namespace signpost::server {
namespace {

using dns::Name;
using dns::RRType;
using model::Answer;
using model::Variant;
using policy::Finding;
using policy::FindingKind;

// Beyond, a chain is cut; a resolver follows its last CNAME.
constexpr std::size_t kDnamesMax = 16;

// A variant's octets as the message they are meant for: behind a header and the question for
// `qname`.
std::string as_message(const Name& qname, const Variant& variant) {
  std::string message(DNS_HEADER_OCTETS, '\0');
  message += qname.wire();
  message.append(4, '\0');
  message += variant.octets;
  return message;
}

// Writes the records of another question's variant so that they fit behind this question.
class Transplant {
 public:
  explicit Transplant(const Name& qname) : writer_(qname, dns::Compression::kFull) {}

  // What is there already is left out: a chain may meet a DNAME, and in a loop an alias, twice.
  void add(const Name& owner, RRType type, std::uint32_t ttl, std::string_view rdata) {
    if (!aliases_.emplace(owner, type).second) return;
    writer_.add(owner, type, ttl, rdata);
    ++reply_.ancount;
  }

  void add(const Name& qname, const Variant& variant) {
    const std::string message = as_message(qname, variant);
    const Octets octets = as_octets(message);
    std::size_t at = DNS_HEADER_OCTETS + qname.wire().size() + 4;
    for (unsigned number = 0; at < octets.size(); ++number) {
      const auto record = read_record(octets, at);
      if (!record) return;
      const auto owner = read_name(octets, at);
      const auto rdata = expanded_rdata(octets, *record);
      if (!owner || !rdata) return;
      const bool answers = number < variant.ancount;
      if (answers && is_alias(record->type)) {
        add(*owner, record->type, record->ttl, *rdata);
      } else {
        writer_.add(*owner, record->type, record->ttl, *rdata);
        if (answers) ++reply_.ancount;
      }
      at = record->end();
    }
    reply_.outcome = variant.outcome;
    reply_.rcode = variant.rcode;
    reply_.nscount = variant.nscount;
    reply_.arcount = variant.arcount;
    reply_.tail = variant.tail;
    reply_.counter = variant.counter;
  }

  void set_rcode(Rcode rcode) { reply_.rcode = static_cast<std::uint8_t>(rcode); }

  Variant take() {
    reply_.octets = writer_.octets();
    return std::move(reply_);
  }

 private:
  static bool is_alias(RRType type) { return type == RRType::kCname || type == RRType::kDname; }

  dns::RecordWriter writer_;
  Variant reply_;
  std::set<std::pair<Name, RRType>> aliases_;  // written
};

std::uint32_t dname_ttl(const Finding& finding, Choice& choice) {
  const Answer& answer = choice.answer(*finding.dname->answer(RRType::kDname));
  const std::string message = as_message(finding.dname_owner, answer.variants.front());
  const auto record =
      read_record(as_octets(message), DNS_HEADER_OCTETS + finding.dname_owner.wire().size() + 4);
  return record ? record->ttl : 0;
}

}  // namespace

Finding find_any(const model::AnswerTable& table, const Name& qname, Choice& choice) {
  const policy::Location at = policy::locate(table.nodes, qname.folded());
  const model::Node* node = at.node != nullptr ? at.node : at.wildcard;
  Finding finding;
  if (node == nullptr || node->is_zone_cut) return finding;
  for (const auto& [type, answer] : node->types) {
    const auto size = [&choice](const Answer& candidate) {
      return choice.answer(candidate).variants.front().octets.size();
    };
    if (finding.answer == nullptr || size(*answer) < size(*finding.answer) ||
        type == RRType::kCname)
      finding.answer = answer.get();
    if (type == RRType::kCname) break;
  }
  if (finding.answer == nullptr) return finding;
  finding.kind = FindingKind::kAnswer;
  finding.zone = node->zone;
  finding.from_wildcard = at.node == nullptr;
  return finding;
}

Variant synthesise_dname(const model::AnswerTable& table, Finding finding, const Name& qname,
                         RRType qtype, Choice& choice) {
  Transplant reply(qname);
  Name name = qname;
  std::vector<Name> seen;
  while (finding.kind == FindingKind::kDname) {
    const Name& target_suffix = *finding.dname->dname_target;
    const std::uint32_t ttl = dname_ttl(finding, choice);
    reply.add(finding.dname_owner, RRType::kDname, ttl, target_suffix.wire());
    const auto target = name.with_suffix_replaced(finding.dname_owner, target_suffix);
    if (!target.ok()) {
      reply.set_rcode(Rcode::kYxDomain);
      return reply.take();
    }
    reply.add(name, RRType::kCname, ttl, target->wire());
    seen.push_back(name);
    const std::optional<Name> followed = policy::follow(qname, *target, table);
    name = followed.value_or(*target);
    // A DNAME that leads below itself makes ever longer names, of which one is enough.
    const Name beside = target_suffix.in(finding.dname_owner.name_space());
    const bool endless = beside.is_at_or_below(finding.dname_owner) ||
                         std::find(seen.begin(), seen.end(), name) != seen.end();
    if (!followed || endless || seen.size() == kDnamesMax || qtype == RRType::kCname ||
        qtype == RRType::kAny)
      return reply.take();
    finding = policy::find(table, name, qtype);
  }
  if (finding.answer != nullptr) reply.add(name, choice.take(*finding.answer));
  if (finding.negative != nullptr) reply.add(name, *finding.negative);
  return reply.take();
}

}  // namespace signpost::server
