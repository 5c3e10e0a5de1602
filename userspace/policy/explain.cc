#include "policy/explain.h"

#include "absl/strings/str_cat.h"

namespace signpost::policy {

Explanation explain(const model::Config& config, const model::Observations& seen,
                    const model::AnswerTable& table, const dns::Name& qname, dns::RRType qtype,
                    const model::Prefix& client, std::int64_t now) {
  Explanation explanation;
  if (client.length > 0) explanation.view = table.views->of(model::first_address(client));
  const dns::Name name = seen_from(explanation.view, qname.folded(), table);
  explanation.name = name;
  explanation.finding = find(table, name, qtype);
  explanation.zone = config.zone_of(name);
  if (!explanation.view.is_public())
    explanation.steps.push_back(
        {0, absl::StrCat("the client is in view ", explanation.view.view())});
  if (explanation.zone == nullptr) {
    explanation.steps.push_back(
        {0, absl::StrCat("no zone held encloses ", name.text(), ": REFUSED")});
    return explanation;
  }
  explanation.steps.push_back({0, absl::StrCat("zone ", explanation.zone->apex.text())});
  if (client.length > 0) explanation.locality = table.localities->find(client);
  const model::Answer* answer = explanation.finding.answer;
  explanation.by_locality = answer != nullptr && answer->by_locality;
  if (explanation.by_locality && client.length > 0)
    explanation.scope = table.find_client(client).prefix_length;
  const Inputs inputs{config, seen, table.localities->client(explanation.locality.locality)};
  Resolver resolver(inputs, table.nodes);
  resolver.trace_to(&explanation.steps, now);
  const std::vector<Path> paths = resolver.resolve(name, qtype, false);
  if (paths.size() > 1) {
    for (const Path& path : paths) explanation.weights.push_back(path.weight);
  }
  return explanation;
}

}  // namespace signpost::policy
