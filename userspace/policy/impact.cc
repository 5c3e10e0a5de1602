#include "policy/impact.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace signpost::policy {

using dns::Name;
using dns::RRType;
using model::AnswerTable;

namespace {

// What rounding may make of equal shares.
constexpr double kNothing = 1e-9;

Shares without_choice(const Shares& shares) {
  Shares plain;
  for (const auto& [endpoint, share] : shares)
    plain[{endpoint.outcome, "", endpoint.records}] += share;
  return plain;
}

// The part of answers that differ between two distributions.
double distance(const Shares& a, const Shares& b) {
  Shares difference = without_choice(a);
  add_shares(without_choice(b), -1, difference);
  double sum = 0;
  for (const auto& [endpoint, share] : difference) sum += std::abs(share);
  return sum / 2;
}

void add_types(const AnswerTable& table, const Name& name, std::set<RRType>& types) {
  const model::NodePtr* node = table.nodes.find(name);
  if (node == nullptr) return;
  for (const auto& [type, answer] : (*node)->types) types.insert(type);
}

bool is_answered(const Shares& shares) {
  return std::any_of(shares.begin(), shares.end(), [](const auto& entry) {
    return entry.first.is_answer() || entry.first.outcome == "REFERRAL";
  });
}

// The shares of single records.
Shares by_record(const Shares& shares) {
  Shares records;
  for (const auto& [endpoint, share] : shares) {
    if (endpoint.records.empty()) records[{endpoint.outcome, "", {}}] += share;
    for (const std::string& record : endpoint.records) {
      records[{endpoint.outcome, "", {record}}] +=
          share / static_cast<double>(endpoint.records.size());
    }
  }
  return records;
}

}  // namespace

SharesByClass shares_by_class(const model::Answer& answer, const Name& qname, RRType qtype,
                              const ReadRecords& read) {
  if (!answer.by_locality) return {nullptr, {shares_of(answer, qname, qtype, read)}};
  SharesByClass shares{answer.by_locality->partition, {}};
  for (const model::AnswerPtr& one : answer.by_locality->answers)
    shares.classes.push_back(shares_of(*one, qname, qtype, read));
  return shares;
}

SharesByClass shares_by_class(const Finding& finding, const Name& qname, RRType qtype,
                              const ReadRecords& read) {
  if (finding.answer != nullptr) return shares_by_class(*finding.answer, qname, qtype, read);
  return {nullptr, {Shares{{endpoint_without_answer(finding), 1.0}}}};
}

Moved compare(const SharesByClass& before, const SharesByClass& after, Clients& clients) {
  Moved moved;
  for (const Clients::Class& both : clients.classes(before.partition, after.partition)) {
    const double part = both.weight / clients.total();
    const Shares& was = before.classes[both.before];
    const Shares& is = after.classes[both.after];
    add_shares(was, part, moved.before);
    add_shares(is, part, moved.after);
    moved.share += part * distance(was, is);
  }
  if (moved.share < kNothing) moved.share = 0;
  return moved;
}

Impact impact(const AnswerTable& before, const AnswerTable& after, const std::vector<Name>& names,
              Clients& clients, const ReadRecords& read) {
  Impact impact;
  std::vector<Name> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  for (const Name& name : sorted) {
    std::set<RRType> types;
    add_types(before, name, types);
    add_types(after, name, types);
    types.erase(RRType::kSoa);
    for (const RRType type : types) {
      const SharesByClass was = shares_by_class(find(before, name, type), name, type, read);
      const SharesByClass is = shares_by_class(find(after, name, type), name, type, read);
      Moved moved = compare(was, is, clients);
      if (moved.share == 0) continue;
      if (is_answered(moved.before)) {
        impact.answers.push_back({name, type, std::move(moved)});
      } else {
        ++impact.added;
      }
    }
  }
  return impact;
}

Moved total(const std::vector<AnswerImpact>& answers) {
  Moved all;
  const double part = 1.0 / static_cast<double>(std::max<std::size_t>(1, answers.size()));
  for (const AnswerImpact& answer : answers) {
    add_shares(by_record(answer.moved.before), part, all.before);
    add_shares(by_record(answer.moved.after), part, all.after);
    all.share += part * answer.moved.share;
  }
  return all;
}

}  // namespace signpost::policy
