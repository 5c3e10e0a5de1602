// Every answer of one configuration and one set of observations, rendered. The slow path reads it;
// datapath/ turns it into maps for the fast path.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/boxed.h"
#include "model/config.h"
#include "model/locality_map.h"
#include "model/octets.h"
#include "model/persistent_map.h"
#include "model/view.h"

namespace signpost::model {

// What kind of reply a variant is.
enum class Outcome : std::uint8_t { kAnswer, kNodata, kNxdomain, kReferral, kServfail };

// One reply as it is on the wire after the question, without OPT.
struct Variant {
  Outcome outcome = Outcome::kAnswer;
  std::uint8_t rcode = 0;
  bool authoritative = true;
  std::uint16_t ancount = 0;  // counts include the tail's records
  std::uint16_t nscount = 0;
  std::uint16_t arcount = 0;
  // The zone whose SOA record (AnswerTable::zone_answers) follows the octets; 0: none.
  ZoneId tail = 0;
  // Index in answer_counts of bpf/abi.h; 0: not counted.
  std::uint32_t counter = 0;
  Octets octets;
  // The set identifiers that led here, joined by " > "; empty where no policy chose.
  Text choice;

  friend bool operator==(const Variant&, const Variant&) = default;
};

// Localities by what a routing policy makes of them. Shared by all answers whose policies tell
// clients apart in the same way. Compared by identity: answers that share one have equal ones.
struct Partition {
  std::vector<std::uint16_t> classes;  // by LocalityId
  std::uint32_t count = 0;             // of classes
  // A bit for each root of the map (policy::uniform_roots()); empty if it says nothing of them.
  std::vector<std::uint64_t> uniform_roots;
};
using PartitionPtr = std::shared_ptr<const Partition>;

struct Answer;
using AnswerPtr = std::shared_ptr<const Answer>;

// The answer of each class of a partition: never null, and without a partition of its own.
struct AnswersByLocality {
  PartitionPtr partition;
  std::vector<AnswerPtr> answers;
  friend bool operator==(const AnswersByLocality& a, const AnswersByLocality& b);
};

// How queries share several variants: each takes a slot.
struct Ring {
  std::vector<std::uint16_t> slots;  // indices of variants; at least one
  RingMode mode = RingMode::kExact;
  std::uint32_t id = 0;  // index in cursors of bpf/abi.h; 0: it shares the cursor of others

  friend bool operator==(const Ring&, const Ring&) = default;
};

// What one (owner name, type) gives: one variant, or a ring over several; or, where the client's
// locality decides, one such answer for each class of a partition.
struct Answer {
  // Where the client's locality decides; all other fields are empty then.
  Boxed<AnswersByLocality> by_locality;

  absl::InlinedVector<Variant, 1> variants;  // at least one
  Boxed<Ring> ring;                          // empty: always variants[0]

  // The answer for clients of a locality: this one, or that of the locality's class.
  const Answer& at(LocalityId locality) const {
    return by_locality ? *by_locality->answers[by_locality->partition->classes[locality]] : *this;
  }

  // The slots of the ring; none: always variants[0].
  std::span<const std::uint16_t> slots() const {
    return ring ? std::span(ring->slots) : std::span<const std::uint16_t>();
  }

  friend bool operator==(const Answer&, const Answer&) = default;
};

// A name that exists: it has records, or lies on the way to one that has, or is a void node: an
// ancestor of a zone apex that belongs to no zone or to none that has the name. Every ancestor of a
// node up to the root of its name space is a node.
struct Node {
  ZoneId zone = 0;  // the deepest zone at or above this name that is held; 0: none
  bool is_apex = false;
  bool has_records = false;  // in `zone`, and not hidden below a zone cut or a DNAME
  bool is_void = false;
  bool is_zone_cut = false;           // `other` is the referral, for this name and all below
  bool has_wildcard = false;          // the node "*.NAME" exists
  std::uint32_t encloser_labels = 0;  // of a void node with a zone: labels of the closest encloser
  std::uint32_t children = 0;         // nodes one label below
  std::uint32_t real_children = 0;    // those of them that are neither void nor an apex
  Boxed<dns::Name> dname_target;
  absl::InlinedVector<std::pair<dns::RRType, AnswerPtr>, 1> types;  // ascending
  // For a type not listed: a CNAME's chain without the type, or a referral. Null: NODATA of the
  // zone.
  AnswerPtr other;

  // The answer for `type`: listed, else `other`; null: NODATA of the zone.
  const Answer* answer(dns::RRType type) const;

  // True if both give the same answers and the same way to other nodes; counts of children do not
  // matter.
  bool serves_like(const Node& node) const;
};
using NodePtr = std::shared_ptr<const Node>;

// The replies that all names of a zone share, and that alone change when its SOA serial does.
struct ZoneAnswers {
  ZoneId id = 0;
  dns::Name apex;
  Variant nodata;    // no octets of its own, tail: this zone; SERVFAIL if the zone has no records
  Variant nxdomain;  // likewise
  std::string soa;   // the SOA record with TTL min(SOA TTL, MINIMUM) (RFC 2308 section 3), not
                     // compressed; empty if the zone has no records

  friend bool operator==(const ZoneAnswers&, const ZoneAnswers&) = default;
};
using ZoneAnswersPtr = std::shared_ptr<const ZoneAnswers>;

using TableGeneration = std::uint64_t;  // numbers what was published, from 1

struct AnswerTable {
  // Every partition has a class for each of its localities. Never null.
  LocalityMapPtr localities = LocalityMap::nowhere();
  // The roots of `localities` as the policies of this table see them; null: as the map has them.
  LocalityRootsPtr roots;
  // Never null.
  ViewMapPtr views = std::make_shared<const ViewMap>();
  TableGeneration generation = 0;
  ConfigGeneration config_generation = 0;
  PersistentMap<dns::Name, NodePtr>
      nodes;  // keys folded; the root of a name space is a node as soon as any zone is held there
  PersistentMap<ZoneId, ZoneAnswersPtr> zone_answers;

  // A locality that gets the same answers as clients of whom `source` is known, and how many bits
  // of it they have in common with all who get them: what RFC 7871 calls the scope.
  LocalityMap::Found find_client(const Prefix& source) const {
    return roots ? localities->find(source, *roots) : localities->find(source);
  }
};
using AnswerTablePtr = std::shared_ptr<const AnswerTable>;

// What differs between two tables: the work of publishing. A listed name may have been added,
// changed or removed.
struct TableChange {
  std::vector<dns::Name> names;
  std::vector<ZoneId> zones;
};

}  // namespace signpost::model
