#include "policy/simulation.h"

#include "policy/lookup.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;

Simulation::Simulation(const Side& side, std::set<std::string> down, ReadRecords read)
    : down_(std::move(down)), read_(std::move(read)), what_if_(side) {}

Simulation::Answers& Simulation::answers_to(const Name& qname, RRType type) {
  const model::AnswerTable& table = what_if_.side().table;
  const Name name = qname.folded();
  const Location at = locate(table.nodes, name);
  Name owner;
  if (at.node != nullptr) {
    owner = name;
  } else if (at.encloser != nullptr) {
    owner = at.encloser_name.with_prefix("*").value_or(at.encloser_name);
  }
  const auto [entry, added] = answers_.try_emplace({owner, type});
  if (!added) return entry->second;
  const model::AnswerPtr answer = down_.empty() ? nullptr : what_if_.answer(name, type, down_);
  entry->second.by_class = answer != nullptr
                               ? shares_by_class(*answer, owner, type, read_)
                               : shares_by_class(find(table, name, type), owner, type, read_);
  return entry->second;
}

void Simulation::add(const SimulatedQuery& query) {
  const model::LocalityMap& localities = *what_if_.side().table.localities;
  const model::LocalityId locality =
      query.client.length == 0 ? 0 : localities.find(query.client).locality;
  queries_ += query.count;
  if (locality == 0) unlocated_ += query.count;
  const model::AnswerTable& table = what_if_.side().table;
  const dns::NameSpace view = query.client.length == 0
                                  ? dns::NameSpace()
                                  : table.views->of(model::first_address(query.client));
  Answers& answers = answers_to(seen_from(view, query.name, table), query.type);
  const model::PartitionPtr& partition = answers.by_class.partition;
  const std::size_t number = partition == nullptr ? 0 : partition->classes[locality];
  for (const auto& [endpoint, share] : answers.by_class.classes[number]) {
    answers.queries[endpoint] += share * query.count;
    outcomes_[endpoint.outcome] += share * query.count;
  }
}

}  // namespace signpost::policy
