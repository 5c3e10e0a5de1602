// From a question to all replies that it can get: follows CNAME and DNAME through the zones held
// and multiplies the shares that decide() gives at each name.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/lookup.h"

namespace signpost::policy {

// Where a path ends.
enum class PathEnd {
  kAnswer,     // with the RRset asked for
  kNodata,     // in `zone`
  kNxdomain,   // in `zone`
  kReferral,   // at the zone cut `cut` of `zone`
  kOutOfZone,  // after a CNAME to a name of no zone held, in a loop, or after kChainMax aliases:
               // the reply ends there
  kAwaiting,   // at a group whose health is not known yet: SERVFAIL
};

// An RRset of a reply. Without an owner its owner is QNAME.
struct PathRRset {
  std::optional<dns::Name> owner;
  dns::RRType type{};
  std::uint32_t ttl = 0;
  std::vector<std::string> rdata;
};

// One reply that a question can get, and its share.
struct Path {
  std::vector<PathRRset> answer;
  PathEnd end = PathEnd::kAnswer;
  model::ZonePtr zone;
  dns::Name cut;
  std::string choice;        // set identifiers, joined by " > "
  std::size_t rotation = 0;  // which value comes first
  std::uint64_t weight = 1;  // share = weight / sum of all paths' weights
};

// A step for `explain`: how deep in the chain of names, and a sentence without a full stop.
struct TraceStep {
  unsigned depth = 0;
  std::string text;
};

// CNAME and DNAME steps of one reply; resolvers give up at about as many.
inline constexpr unsigned kChainMax = 16;
// Values of one RRset that take their turn in coming first.
inline constexpr std::size_t kRotationsMax = 32;
// Replies of one question; beyond, RRsets are not rotated.
inline constexpr std::size_t kPathsMax = 4096;

class Resolver {
 public:
  // References must outlive the resolver. `nodes`: the tree of names of `config`.
  Resolver(const model::Config& config, const model::Observations& seen, const Nodes& nodes)
      : config_(config), seen_(seen), nodes_(nodes) {}

  // All replies for a name that is a node; with `any_qname` the node is a wildcard that stands for
  // QNAME.
  std::vector<Path> resolve(const dns::Name& name, dns::RRType type, bool any_qname);

  // The types found at the ends of all chains of CNAMEs that begin at `name`.
  std::set<dns::RRType> types_at_chain_ends(const dns::Name& name);

  // Names followed and checks asked since the resolver was made.
  const std::set<dns::Name>& names_followed() const { return names_followed_; }
  const std::set<std::string>& checks_asked() const { return checks_asked_; }

  // Also records steps, for `explain`.
  void trace_to(std::vector<TraceStep>* steps) { trace_ = steps; }

 private:
  struct Step;
  std::vector<Path> walk(const Step& step);
  std::vector<Path> walk_group(const Step& step, const model::RecordGroup& group);
  std::vector<Path> walk_alias(const Step& step, const model::RecordSet& set);
  std::vector<Path> walk_dname(const Step& step, const Location& at);
  std::vector<Path> rotations(const Step& step, const model::RecordGroup& group,
                              const model::RecordSet& set) const;
  void collect_types(const dns::Name& name, std::set<dns::Name>& visited,
                     std::set<dns::RRType>& types);
  template <typename... Parts>
  void note(const Step& step, const Parts&... parts);

  const model::Config& config_;
  const model::Observations& seen_;
  const Nodes& nodes_;
  std::set<dns::Name> names_followed_;
  std::set<std::string> checks_asked_;
  std::vector<TraceStep>* trace_ = nullptr;
};

}  // namespace signpost::policy
