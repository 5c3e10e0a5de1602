// Renders the answers of one node: replies from resolve(), their octets, and the ring that shares
// them out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"
#include "model/config.h"
#include "model/observations.h"
#include "policy/id_registry.h"
#include "policy/lookup.h"
#include "policy/partitioner.h"
#include "policy/resolve.h"

namespace signpost::policy {

// The type under which a node's `other` answer holds its ids: no record has it.
inline constexpr dns::RRType kOtherTypes{0};

// What the answers of one node depend on besides its own records.
struct NodeDependencies {
  std::set<dns::Name> names;  // whose records they follow
  std::set<dns::Name>
      zones_above;  // a name in the zone around an apex: which zone that is decides about DS
  std::set<std::pair<std::string, dns::RRType>>
      checks;                         // check id, and the type whose answer asks it
  std::set<std::string> externals;    // external alias targets (model::external_key())
  std::set<std::uint64_t> overrides;  // by region and endpoint, by number
  bool client = false;                // some answer depends on where the client is
  bool empty() const {
    return names.empty() && zones_above.empty() && checks.empty() && externals.empty() &&
           overrides.empty() && !client;
  }
};

class Composer {
 public:
  // References must outlive the composer.
  Composer(const model::Config& config, const model::Observations& seen, const Nodes& nodes,
           Partitioner& partitioner, IdRegistry& ids)
      : config_(config), seen_(seen), nodes_(nodes), partitioner_(partitioner), ids_(ids) {}

  // Sets `types` and `other` of the node of `name`. Answers equal to the node's former ones stay
  // the same objects.
  NodeDependencies compose(const dns::Name& name, model::Node& node);

 private:
  model::AnswerPtr answer(const dns::Name& name, dns::RRType type, NodeDependencies& needs);
  model::AnswerPtr answer_by_locality(const dns::Name& name, dns::RRType type,
                                      const std::vector<const model::RecordGroup*>& groups,
                                      NodeDependencies& needs);
  std::shared_ptr<model::Answer> answer_for(const dns::Name& name, dns::RRType type,
                                            const model::Client& client, NodeDependencies& needs);
  std::vector<Path> paths_for(const dns::Name& name, dns::RRType type, const model::Client& client,
                              NodeDependencies& needs);
  model::AnswerPtr referral(const dns::Name& cut, NodeDependencies& needs);
  model::AnswerPtr ds_from_parent(const dns::Name& apex);
  void fill_ring(const dns::Name& name, dns::RRType type, const std::vector<Path>& paths,
                 model::Answer& answer);
  void take_ids(const dns::Name& name, dns::RRType type, const std::string& part,
                model::Answer& answer);
  dns::Name address_owner(const model::Zone& zone, const dns::Name& server) const;
  void add_referral(const model::Zone& zone, const dns::Name& cut, class ReplyBuilder& reply,
                    NodeDependencies& needs);
  model::RingMode ring_mode(const dns::Name& name, dns::RRType type) const;

  const model::Config& config_;
  const model::Observations& seen_;
  const Nodes& nodes_;
  Partitioner& partitioner_;
  IdRegistry& ids_;
};

// What all names of a zone share: without records SERVFAIL.
model::ZoneAnswersPtr zone_answers(const model::Zone& zone);

}  // namespace signpost::policy
