// From a question of one client to all replies that it can get: follows aliases, CNAME and DNAME
// through the zones held and multiplies the shares that decide() gives at each step.
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
#include "policy/inputs.h"
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
  kYxdomain,   // at a DNAME that would make a name of more than 255 octets
  kAwaiting,   // at a group whose health is not known yet: SERVFAIL
};

// An RRset of a reply. Without an owner its owner is QNAME.
struct PathRRset {
  std::optional<dns::Name> owner;
  dns::RRType type{};
  std::uint32_t ttl = 0;
  model::RdataList rdata;
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
inline constexpr unsigned kChainMax = kTreeDepthMax;
// Values of one RRset that take their turn in coming first.
inline constexpr std::size_t kRotationsMax = 32;
// Replies of one question; beyond, RRsets are not rotated.
inline constexpr std::size_t kPathsMax = 4096;

class Resolver {
 public:
  // References must outlive the resolver. `nodes`: the tree of names of the configuration.
  Resolver(const Inputs& inputs, const Nodes& nodes)
      : config_(inputs.config), inputs_(inputs), nodes_(nodes) {}

  // All replies for a name that is a node; with `any_qname` the node is a wildcard that stands for
  // QNAME.
  std::vector<Path> resolve(const dns::Name& name, dns::RRType type, bool any_qname);

  // The types found at the ends of all chains of CNAMEs that begin at `name`.
  std::set<dns::RRType> types_at_chain_ends(const dns::Name& name);

  // The groups on any way that the answer can take, for any client and any health: each once, in
  // the order in which they are met.
  std::vector<const model::RecordGroup*> groups_on_any_way(const dns::Name& name, dns::RRType type);

  // Those of them that ask for the client.
  std::vector<const model::RecordGroup*> groups_asking_for_client(const dns::Name& name,
                                                                  dns::RRType type);

  // Names followed, checks asked and external targets (model::external_key()) used since the
  // resolver was made.
  const std::set<dns::Name>& names_followed() const { return names_followed_; }
  const std::set<std::string>& checks_asked() const { return checks_asked_; }
  const std::set<std::string>& externals_asked() const { return externals_asked_; }
  // Numbers of the overrides by region and endpoint that record sets on the way lie in.
  const std::set<std::uint64_t>& overrides_met() const { return overrides_met_; }

  // Also records steps, for `explain`. `now`: seconds of Unix time, from which ages are told.
  void trace_to(std::vector<TraceStep>* steps, std::int64_t now) {
    trace_ = steps;
    now_ = now;
  }

 private:
  struct Step;
  // Where a chain that began at start_ goes on, noted as followed; nothing: the reply ends there.
  std::optional<dns::Name> follow(const dns::Name& target);
  std::vector<Path> walk(const Step& step);
  std::vector<Path> walk_group(const Step& step, const model::RecordGroup& group);
  std::vector<Path> walk_set(const Step& step, const model::RecordGroup& group,
                             const model::RecordSet& set);
  std::vector<Path> walk_target(const Step& step, const model::RecordGroup& group,
                                const model::AliasTarget& target);
  std::vector<Path> walk_external(const Step& step, dns::RRType type,
                                  const model::AliasTarget& target);
  std::vector<Path> walk_cname(const Step& step, const model::RecordSet& set);
  std::vector<Path> walk_dname(const Step& step, const Location& at);
  // SVCB and HTTPS.
  struct HintedPool {
    dns::Name name;
    dns::RRType type{};
  };
  static std::vector<HintedPool> hinted_pools(const dns::Name& owner, const model::RecordSet& set);
  model::RdataList with_hints(const dns::Name& owner, model::RdataList values, unsigned depth);
  std::string addresses(const HintedPool& pool, unsigned depth);
  void note_dependencies(const model::RecordGroup& group, unsigned depth);
  model::ZonePtr zone_answering(const dns::Name& name, const Location& at, dns::RRType type) const;
  const model::RecordGroup* group_at(const dns::Name& name, const Location& at,
                                     dns::RRType type) const;
  struct GroupSearch;
  void collect_groups(const dns::Name& name, GroupSearch& search);
  void collect_groups(const dns::Name& name, const model::RecordGroup& group, GroupSearch& search);
  void collect_types(const dns::Name& name, std::set<dns::Name>& visited,
                     std::set<dns::RRType>& types);
  // At the target of a CNAME.
  void collect_groups_at(const dns::Name& target, GroupSearch& search);
  void collect_types_at(const dns::Name& target, std::set<dns::Name>& visited,
                        std::set<dns::RRType>& types);
  void collect_types(const model::RecordGroup& cname, std::set<dns::Name>& visited,
                     std::set<dns::RRType>& types, unsigned depth);
  template <typename... Parts>
  void note(const Step& step, const Parts&... parts);

  const model::Config& config_;
  const Inputs& inputs_;
  const Nodes& nodes_;
  dns::Name start_;  // the name asked for
  std::set<dns::Name> names_followed_;
  std::set<std::string> checks_asked_;
  std::set<std::string> externals_asked_;
  std::set<std::uint64_t> overrides_met_;
  std::vector<TraceStep>* trace_ = nullptr;
  std::int64_t now_ = 0;
};

}  // namespace signpost::policy
