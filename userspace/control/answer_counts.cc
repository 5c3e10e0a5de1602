#include "control/answer_counts.h"

#include <algorithm>
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

// Leaves the `top` with most answers, the most first.
template <typename Answers>
void keep_top(std::vector<Answers>& all, std::size_t top) {
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(top, all.size()));
  std::partial_sort(all.begin(), end, all.end(),
                    [](const Answers& a, const Answers& b) { return a.answers > b.answers; });
  all.erase(end, all.end());
}

}  // namespace

void AnswerCounts::refresh() {
  index_.update(sources_.table());
  add_new(index_, sources_.fast(index_.size()), fast_, &CountedEndpoint::fast_answers);
  add_new(index_, sources_.slow(index_.size()), slow_, &CountedEndpoint::slow_answers);
}

void AnswerCounts::keep_in_step(boost::asio::io_context& io, std::chrono::milliseconds interval) {
  timer_.emplace(io, interval, [this] {
    const std::lock_guard lock(mutex_);
    index_.update(sources_.table());
  });
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

AnswerCounts::Mark AnswerCounts::mark() {
  const std::lock_guard lock(mutex_);
  refresh();
  return mark_now();
}

AnswerCounts::Mark AnswerCounts::mark_now() const {
  Mark mark;
  mark.by_counter.resize(index_.size());
  for (const auto* counts : {&fast_, &slow_}) {
    for (std::size_t counter = 0; counter < counts->size(); ++counter)
      mark.by_counter[counter] += (*counts)[counter];
  }
  index_.for_each_endpoint([&](const CountedEndpoint& endpoint) {
    mark.by_endpoint[endpoint.text] = endpoint.fast_answers + endpoint.slow_answers;
  });
  return mark;
}

AnswerCounts::Since AnswerCounts::since(Mark& mark, std::size_t top) {
  const std::lock_guard lock(mutex_);
  refresh();
  Mark now = mark_now();
  Since since;
  mark.by_counter.resize(now.by_counter.size());
  for (std::size_t counter = 0; counter < now.by_counter.size(); ++counter) {
    const std::uint64_t answers = growth(mark.by_counter[counter], now.by_counter[counter]);
    const CountedChoice* choice = index_.find(counter);
    if (answers == 0 || choice == nullptr) continue;
    since.choices.push_back({choice->owner, choice->type, choice->choice, answers});
    since.choice_answers += answers;
  }
  for (const auto& [endpoint, total] : now.by_endpoint) {
    const auto before = mark.by_endpoint.find(endpoint);
    const std::uint64_t answers =
        growth(before == mark.by_endpoint.end() ? 0 : before->second, total);
    if (answers == 0) continue;
    since.endpoints.push_back({endpoint, answers});
    since.endpoint_answers += answers;
  }
  keep_top(since.choices, top);
  keep_top(since.endpoints, top);
  mark = std::move(now);
  return since;
}

}  // namespace signpost::control
