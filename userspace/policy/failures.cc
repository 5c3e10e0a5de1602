#include "policy/failures.h"

#include <cmath>
#include <map>

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::RecordGroup;

namespace {

using Question = std::pair<Name, RRType>;

// What rounding may make of equal shares.
constexpr double kNothing = 1e-9;

// The questions to ask, and what fails behind them.
class FailureSearch {
 public:
  FailureSearch(const Side& before, const Side& after, const std::vector<AnswerImpact>& moved)
      : before_(before), after_(after) {
    for (const AnswerImpact& answer : moved) moved_.emplace(answer.name, answer.type);
    std::set<Question> questions = questions_of(before.table);
    questions.merge(questions_of(after.table));
    questions.insert(moved_.begin(), moved_.end());
    for (const Question& question : questions) look_behind(question);
    remove_small_regions(outages_);
  }

  const Outages& outages() const { return outages_; }
  const std::vector<Question>& questions(const std::string& what) const {
    return questions_.at(what);
  }
  bool is_moved(const Question& question) const { return moved_.contains(question); }

 private:
  void look_behind(const Question& question) {
    const auto& [name, type] = question;
    const std::vector<const RecordGroup*> was = groups_behind(before_, name, type);
    const std::vector<const RecordGroup*> is = groups_behind(after_, name, type);
    // Configurations share the groups that a change does not touch.
    const bool same = was == is && before_.table.localities == after_.table.localities;
    if (same && !is_moved(question)) return;
    Outages own;
    add_outages(before_, was, type, own);
    add_outages(after_, is, type, own);
    for (const auto& [what, outage] : own) questions_[what].push_back(question);
    merge_outages(own, outages_);
  }

  const Side before_;
  const Side after_;
  std::set<Question> moved_;
  Outages outages_;
  std::map<std::string, std::vector<Question>> questions_;
};

}  // namespace

std::set<Question> questions_of(const model::AnswerTable& table) {
  std::set<Question> questions;
  table.nodes.for_each([&](const Name& name, const model::NodePtr& node) {
    if (!node->has_records || node->is_zone_cut) return;
    for (const auto& [type, answer] : node->types) {
      if (type != RRType::kSoa) questions.emplace(name, type);
    }
  });
  return questions;
}

SharesByClass shares_if(WhatIf& side, const Name& name, RRType type,
                        const std::set<std::string>& failed, const ReadRecords& read) {
  const model::AnswerPtr answer = failed.empty() ? nullptr : side.answer(name, type, failed);
  if (answer != nullptr) return shares_by_class(*answer, name, type, read);
  return shares_by_class(find(side.side().table, name, type), name, type, read);
}

Failures failures(WhatIf& before, WhatIf& after, const std::vector<AnswerImpact>& moved,
                  Clients& clients, const ReadRecords& read) {
  const FailureSearch search(before.side(), after.side(), moved);
  Failures found;
  std::size_t count = 0;
  for (const auto& [what, outage] : search.outages()) {
    for (const Question& question : search.questions(what)) {
      if (count++ >= kFailuresMax) {
        ++found.left_off;
        continue;
      }
      const auto& [name, type] = question;
      FailureImpact impact{what, name, type, {}, 0, 0};
      impact.moved = compare(shares_if(before, name, type, outage.checks, read),
                             shares_if(after, name, type, outage.checks, read), clients);
      impact.unserved_before = unserved(impact.moved.before, outage.records);
      impact.unserved_after = unserved(impact.moved.after, outage.records);
      const bool differs = impact.moved.share > 0 ||
                           std::abs(impact.unserved_before - impact.unserved_after) > kNothing;
      if (differs || search.is_moved(question)) found.answers.push_back(std::move(impact));
    }
  }
  return found;
}

}  // namespace signpost::policy
