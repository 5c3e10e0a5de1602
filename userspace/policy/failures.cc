#include "policy/failures.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;

namespace {

using CheckSet = std::set<std::string>;

// What may fail of one question, and which checks fail with it.
std::map<std::string, CheckSet> possible(WhatIf& before, WhatIf& after, const Name& name,
                                         RRType type) {
  std::map<std::string, CheckSet> what;
  for (WhatIf* side : {&before, &after}) {
    for (const std::string& check : side->checks(name, type))
      what[absl::StrCat("check ", check)] = {check};
    for (auto& [region, checks] : side->regions(name, type)) {
      if (checks.size() > 1) what[absl::StrCat("region ", region)].merge(checks);
    }
  }
  return what;
}

SharesByClass shares_if(WhatIf& side, const Name& name, RRType type, const CheckSet& failed,
                        const ReadRecords& read) {
  const model::AnswerPtr answer = side.answer(name, type, failed);
  if (answer != nullptr) return shares_by_class(*answer, name, type, read);
  return shares_by_class(find(side.side().table, name, type), name, type, read);
}

// The load of everything that a capacity may be stated of.
std::map<std::string, double> loads_of(const Shares& shares, double queries) {
  std::map<std::string, double> loads;
  for (const auto& [endpoint, share] : shares) {
    if (!endpoint.is_answer()) continue;
    if (!endpoint.choice.empty()) loads[endpoint.choice] += share * queries;
    for (const std::string& record : endpoint.records)
      loads[record] += share * queries / static_cast<double>(endpoint.records.size());
  }
  return loads;
}

std::string rounded(double queries) { return absl::StrCat(std::llround(queries)); }

class OverloadFinder {
 public:
  OverloadFinder(const Capacities& capacities, double queries)
      : capacities_(capacities), queries_(queries) {}

  void look(const Name& name, RRType type, const Shares& after, const std::string& failed) {
    for (const auto& [endpoint, load] : loads_of(after, queries_)) {
      const auto capacity = capacities_.find(endpoint);
      if (capacity == capacities_.end() || load <= capacity->second) continue;
      sentences_.push_back(absl::StrCat(
          name.text(), " ", dns::to_text(type), ": ", endpoint, " would get ", rounded(load),
          " queries per second", failed.empty() ? "" : absl::StrCat(" if ", failed, " failed"),
          ", over its capacity of ", rounded(capacity->second)));
    }
  }

  std::vector<std::string> take() { return std::move(sentences_); }

 private:
  const Capacities& capacities_;
  const double queries_;
  std::vector<std::string> sentences_;
};

}  // namespace

Failures failures(WhatIf& before, WhatIf& after, const std::vector<AnswerImpact>& asked,
                  Clients& clients, const ReadRecords& read) {
  struct Question {
    const AnswerImpact* asked;
    CheckSet checks;
  };
  std::map<std::string, std::vector<Question>> by_failure;
  Failures found;
  std::size_t count = 0;
  for (const AnswerImpact& question : asked) {
    for (auto& [what, checks] : possible(before, after, question.name, question.type)) {
      if (count++ < kFailuresMax) {
        by_failure[what].push_back({&question, std::move(checks)});
      } else {
        ++found.left_off;
      }
    }
  }
  for (const auto& [what, questions] : by_failure) {
    for (const auto& [question, checks] : questions) {
      const Name& name = question->name;
      const SharesByClass was = shares_if(before, name, question->type, checks, read);
      const SharesByClass is = shares_if(after, name, question->type, checks, read);
      found.answers.push_back({what, name, question->type, compare(was, is, clients)});
    }
  }
  return found;
}

std::vector<std::string> overloads(const std::vector<AnswerImpact>& answers,
                                   const Failures& failures, const Capacities& capacities,
                                   double queries) {
  OverloadFinder finder(capacities, queries);
  for (const AnswerImpact& answer : answers)
    finder.look(answer.name, answer.type, answer.moved.after, "");
  for (const FailureImpact& failure : failures.answers)
    finder.look(failure.name, failure.type, failure.moved.after, failure.what);
  return finder.take();
}

}  // namespace signpost::policy
