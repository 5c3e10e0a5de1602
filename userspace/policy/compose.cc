#include "policy/compose.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "dns/message_writer.h"
#include "dns/rdata.h"
#include "policy/ring.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::Answer;
using model::AnswerPtr;
using model::Node;
using model::Outcome;
using model::RecordGroup;
using model::Variant;

namespace {

constexpr std::uint8_t kServfail = 2;
constexpr std::uint8_t kNxdomain = 3;
constexpr std::uint8_t kYxdomain = 6;

Variant servfail() {
  Variant variant;
  variant.outcome = Outcome::kServfail;
  variant.rcode = kServfail;
  variant.authoritative = false;
  return variant;
}

const AnswerPtr& same_object_if_equal(const AnswerPtr& fresh, const AnswerPtr& former) {
  return former != nullptr && *fresh == *former ? former : fresh;
}

AnswerPtr former_answer(const decltype(Node::types)& former, RRType type) {
  for (const auto& [listed, answer] : former) {
    if (listed == type) return answer;
  }
  return nullptr;
}

}  // namespace

// Collects the sections of one reply.
class ReplyBuilder {
 public:
  // A reply to `qname` alone, which may be compressed against it; without, to any QNAME.
  explicit ReplyBuilder(const std::optional<Name>& qname)
      : writer_(qname.value_or(Name()),
                qname ? dns::Compression::kFull : dns::Compression::kQnameOnly) {}

  void add(std::uint16_t& section, const std::optional<Name>& owner, RRType type, std::uint32_t ttl,
           const model::RdataList& values) {
    for (const std::string& rdata : values) writer_.add(owner, type, ttl, rdata);
    section = static_cast<std::uint16_t>(section + values.size());
  }

  // The zone's SOA will follow (RFC 2308 section 3).
  void end_negative(const model::Zone& zone, bool nxdomain) {
    variant.tail = zone.id;
    ++variant.nscount;
    variant.outcome = nxdomain ? Outcome::kNxdomain : Outcome::kNodata;
    if (nxdomain) variant.rcode = kNxdomain;
  }

  Variant take() {
    variant.octets = writer_.octets();
    return std::move(variant);
  }

  Variant variant;

 private:
  dns::RecordWriter writer_;
};

NodeDependencies Composer::compose(const Name& name, Node& node) {
  NodeDependencies needs;
  const auto former_types = std::exchange(node.types, {});
  const AnswerPtr former_other = std::exchange(node.other, nullptr);
  if (!node.has_records) return needs;
  const auto put = [&](RRType type, const AnswerPtr& fresh) {
    node.types.emplace_back(type, same_object_if_equal(fresh, former_answer(former_types, type)));
  };
  const model::ZonePtr zone = config_.zone_of(name);
  const model::OwnerRecords& records = **zone->owners.find(name);
  if (node.is_zone_cut) {
    node.other = same_object_if_equal(referral(name, needs), former_other);
    if (records.group(RRType::kDs) != nullptr) put(RRType::kDs, answer(name, RRType::kDs, needs));
    return needs;
  }
  std::vector<RRType> types;  // ascending
  types.reserve(records.groups.size());
  for (const model::RecordGroupPtr& group : records.groups) types.push_back(group->type);
  if (records.group(RRType::kCname) != nullptr) {
    const Inputs inputs{config_, seen_, {}};
    Resolver resolver(inputs, nodes_);
    std::set<RRType> at_ends = resolver.types_at_chain_ends(name);
    at_ends.insert(types.begin(), types.end());
    types.assign(at_ends.begin(), at_ends.end());
    needs.names = resolver.names_followed();
    needs.names.erase(name);
    node.other = same_object_if_equal(answer(name, kOtherTypes, needs), former_other);
  }
  node.types.reserve(types.size());
  for (const RRType type : types) put(type, answer(name, type, needs));
  if (node.is_apex && !name.is_root()) needs.zones_above.insert(name.parent());
  if (node.is_apex && !std::binary_search(types.begin(), types.end(), RRType::kDs)) {
    if (AnswerPtr ds = ds_from_parent(name)) put(RRType::kDs, ds);
    std::sort(node.types.begin(), node.types.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  return needs;
}

AnswerPtr Composer::answer(const Name& name, RRType type, NodeDependencies& needs) {
  const Inputs inputs{config_, seen_, {}};
  const std::vector<const RecordGroup*> groups =
      Resolver(inputs, nodes_).groups_asking_for_client(name, type);
  if (!groups.empty()) return answer_by_locality(name, type, groups, needs);
  const std::shared_ptr<Answer> only = answer_for(name, type, {}, needs);
  take_ids(name, type, "", *only);
  return only;
}

// One answer for each class of localities; one for all if they are equal.
AnswerPtr Composer::answer_by_locality(const Name& name, RRType type,
                                       const std::vector<const RecordGroup*>& groups,
                                       NodeDependencies& needs) {
  needs.client = true;
  const LocalityClassesPtr classes = partitioner_.classes(groups, {config_, seen_, {}});
  std::vector<std::shared_ptr<Answer>> answers;
  std::vector<std::uint16_t> names;  // of the classes, in `answers`
  for (const model::LocalityId representative : classes->representatives) {
    std::shared_ptr<Answer> fresh =
        answer_for(name, type, partitioner_.localities()->client(representative), needs);
    const auto same = std::find_if(answers.begin(), answers.end(),
                                   [&](const auto& known) { return *known == *fresh; });
    names.push_back(static_cast<std::uint16_t>(same - answers.begin()));
    if (same == answers.end()) answers.push_back(std::move(fresh));
  }
  const bool one = answers.size() == 1;
  for (std::size_t i = 0; i < answers.size(); ++i)
    take_ids(name, type, one ? "" : absl::StrCat(i), *answers[i]);
  if (one) return answers.front();
  model::AnswersByLocality by_locality;
  by_locality.partition =
      partitioner_.partition(classes, names, static_cast<std::uint32_t>(answers.size()));
  by_locality.answers.assign(answers.begin(), answers.end());
  partitioner_.trim();
  auto answer = std::make_shared<Answer>();
  answer->by_locality = std::move(by_locality);
  return answer;
}

std::vector<Path> Composer::paths_for(const Name& name, RRType type, const model::Client& client,
                                      NodeDependencies& needs) {
  const Inputs inputs{config_, seen_, client};
  Resolver resolver(inputs, nodes_);
  std::vector<Path> paths = resolver.resolve(name, type, name.is_wildcard());
  needs.names.insert(resolver.names_followed().begin(), resolver.names_followed().end());
  for (const std::string& check : resolver.checks_asked()) needs.checks.emplace(check, type);
  needs.externals.insert(resolver.externals_asked().begin(), resolver.externals_asked().end());
  needs.overrides.insert(resolver.overrides_met().begin(), resolver.overrides_met().end());
  return paths;
}

std::shared_ptr<Answer> Composer::answer_for(const Name& name, RRType type,
                                             const model::Client& client, NodeDependencies& needs) {
  const std::vector<Path> paths = paths_for(name, type, client, needs);
  auto answer = std::make_shared<Answer>();
  for (const Path& path : paths) {
    if (path.end == PathEnd::kAwaiting) {
      answer->variants = {servfail()};
      return answer;
    }
    ReplyBuilder reply(name.is_wildcard() ? std::nullopt : std::optional(name));
    reply.variant.choice = path.choice;
    for (const PathRRset& rrset : path.answer) {
      reply.add(reply.variant.ancount, rrset.owner, rrset.type, rrset.ttl, rrset.rdata);
    }
    if (path.end == PathEnd::kNodata) reply.end_negative(*path.zone, false);
    if (path.end == PathEnd::kNxdomain) reply.end_negative(*path.zone, true);
    if (path.end == PathEnd::kYxdomain) reply.variant.rcode = kYxdomain;
    if (path.end == PathEnd::kReferral) add_referral(*path.zone, path.cut, reply, needs);
    answer->variants.push_back(reply.take());
  }
  fill_ring(name, type, paths, *answer);
  return answer;
}

void Composer::fill_ring(const Name& name, RRType type, const std::vector<Path>& paths,
                         Answer& answer) {
  if (paths.size() == 1) return;
  std::vector<std::uint64_t> weights;
  std::vector<std::string> keys;
  for (const Path& path : paths) {
    weights.push_back(path.weight);
    keys.push_back(absl::StrCat(path.choice, "#", path.rotation));
  }
  model::Ring ring;
  ring.mode = ring_mode(name, type);
  ring.slots = (ring.mode == model::RingMode::kSticky ? build_sticky_ring(weights, keys)
                                                      : build_ring(weights))
                   .slots;
  answer.ring = std::move(ring);
}

// `part` tells the rings of one (name, type) apart.
void Composer::take_ids(const Name& name, RRType type, const std::string& part, Answer& answer) {
  for (Variant& variant : answer.variants) {
    if (variant.choice.empty()) continue;
    variant.counter = ids_.id_of({IdHolder::Kind::kCounter, name, type, variant.choice});
  }
  if (!answer.ring || answer.ring->mode != model::RingMode::kExact) return;
  model::Ring ring = *answer.ring;
  ring.id = ids_.id_of({IdHolder::Kind::kRing, name, type, part});
  answer.ring = std::move(ring);
}

// The mode of the group asked for; where a chain begins, that of its CNAME.
model::RingMode Composer::ring_mode(const Name& name, RRType type) const {
  const model::ZonePtr zone = config_.zone_of(name);
  const RecordGroup* group = zone->group(name, type);
  if (group == nullptr) group = zone->group(name, RRType::kCname);
  return group == nullptr ? model::RingMode::kExact : group->ring_mode;
}

AnswerPtr Composer::referral(const Name& cut, NodeDependencies& needs) {
  ReplyBuilder reply(std::nullopt);
  reply.variant.authoritative = false;
  reply.variant.outcome = Outcome::kReferral;
  add_referral(*config_.zone_of(cut), cut, reply, needs);
  auto answer = std::make_shared<Answer>();
  answer->variants.push_back(reply.take());
  return answer;
}

// Whose addresses a name server has: its own, or those of the wildcard that stands for it.
Name Composer::address_owner(const model::Zone& zone, const Name& server) const {
  const Location at = locate(nodes_, server);
  if (at.wildcard == nullptr || at.wildcard->zone != zone.id) return server;
  return at.encloser_name.with_prefix("*").value_or(server);
}

// The NS records of the cut, and all addresses that the zone has for their targets: in-domain glue
// is not optional (RFC 9471).
void Composer::add_referral(const model::Zone& zone, const Name& cut, ReplyBuilder& reply,
                            NodeDependencies& needs) {
  const model::RecordSet& servers = zone.group(cut, RRType::kNs)->sets.front();
  reply.add(reply.variant.nscount, cut, RRType::kNs, servers.ttl, servers.rdata);
  for (const std::string& rdata : servers.rdata) {
    const Name target = Name::from_wire(rdata).value_or(Name()).folded();
    if (!target.is_at_or_below(zone.apex)) continue;
    needs.names.insert(target);
    const Name owner = address_owner(zone, target);
    for (const RRType type : {RRType::kA, RRType::kAaaa}) {
      const RecordGroup* glue = zone.group(owner, type);
      if (glue == nullptr) continue;
      const model::RecordSet& set = glue->sets.front();
      reply.add(reply.variant.arcount, target, type, set.ttl, set.rdata);
    }
  }
}

// DS records of a zone lie in its parent (RFC 4035 section 3.1.4.1). Null unless the parent is
// held.
AnswerPtr Composer::ds_from_parent(const Name& apex) {
  if (apex.is_root()) return nullptr;
  const model::ZonePtr parent = config_.zone_of(apex.parent());
  if (parent == nullptr || !parent->has_records()) return nullptr;
  ReplyBuilder reply(apex);
  if (const RecordGroup* group = parent->group(apex, RRType::kDs)) {
    reply.add(reply.variant.ancount, apex, RRType::kDs, group->sets.front().ttl,
              group->sets.front().rdata);
  } else {
    reply.end_negative(*parent, false);
  }
  auto answer = std::make_shared<Answer>();
  answer->variants.push_back(reply.take());
  return answer;
}

model::ZoneAnswersPtr zone_answers(const model::Zone& zone) {
  auto answers = std::make_shared<model::ZoneAnswers>();
  answers->id = zone.id;
  answers->apex = zone.apex;
  if (!zone.has_records()) {
    answers->nodata = answers->nxdomain = servfail();
    return answers;
  }
  const model::RecordSet& set = zone.group(zone.apex, RRType::kSoa)->sets.front();
  const std::uint32_t minimum = dns::parse_soa(set.rdata.front()).value_or(dns::Soa()).minimum;
  dns::RecordWriter writer(Name(), dns::Compression::kQnameOnly);
  writer.add(zone.apex, RRType::kSoa, std::min(set.ttl, minimum), set.rdata.front());
  answers->soa = writer.octets();
  for (Variant* variant : {&answers->nodata, &answers->nxdomain}) {
    variant->tail = zone.id;
    variant->nscount = 1;
  }
  answers->nodata.outcome = Outcome::kNodata;
  answers->nxdomain.outcome = Outcome::kNxdomain;
  answers->nxdomain.rcode = kNxdomain;
  return answers;
}

}  // namespace signpost::policy
