#include "control/answer_counts.h"

#include <utility>

#include "control/map_use.h"

namespace signpost::control {
namespace {

// What came since: a count that fell began anew.
std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now - (now < before ? 0 : before);
}

// Adds what came since `before` to `field` of the endpoints, and makes `before` what is now.
void add_new(const ChoiceIndex& index, std::vector<std::uint64_t> now,
             std::vector<std::uint64_t>& before, std::uint64_t CountedEndpoint::*field) {
  if (now.empty()) return;  // there is no such path, or its counters can't be read just now
  before.resize(now.size());
  for (std::size_t counter = 0; counter < now.size(); ++counter) {
    const CountedChoice* choice = index.find(counter);
    if (choice == nullptr || now[counter] == before[counter]) continue;
    const std::uint64_t more = growth(before[counter], now[counter]);
    for (const CountedEndpointPtr& endpoint : choice->endpoints) (*endpoint).*field += more;
  }
  before = std::move(now);
}

}  // namespace

void AnswerCounts::refresh() {
  index_.update(sources_.table());
  add_new(index_, sources_.fast(index_.size()), fast_, &CountedEndpoint::fast_answers);
  add_new(index_, sources_.slow(index_.size()), slow_, &CountedEndpoint::slow_answers);
}

void AnswerCounts::collect(std::vector<metrics::Family>& families) {
  const std::lock_guard lock(mutex_);
  refresh();
  using metrics::Type;
  families.emplace_back(Type::kGauge, "signpost_map_entries", kMapEntriesHelp)
      .add({{"map", "rings"}}, static_cast<double>(index_.rings()))
      .add({{"map", "counters"}}, static_cast<double>(index_.counters()));
  families.emplace_back(Type::kGauge, "signpost_map_capacity", kMapCapacityHelp)
      .add({{"map", "rings"}}, capacity_.rings)
      .add({{"map", "counters"}}, capacity_.counters);
  metrics::Family answers(Type::kCounter, "signpost_endpoint_answers_total",
                          "Answers that a routing policy gave, by the endpoints in them.");
  index_.for_each_endpoint([&](const CountedEndpoint& endpoint) {
    answers.add({{"endpoint", endpoint.text}, {"path", "fast"}},
                static_cast<double>(endpoint.fast_answers));
    answers.add({{"endpoint", endpoint.text}, {"path", "slow"}},
                static_cast<double>(endpoint.slow_answers));
  });
  families.push_back(std::move(answers));
}

}  // namespace signpost::control
