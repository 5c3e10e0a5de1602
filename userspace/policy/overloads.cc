#include "policy/overloads.h"

#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "policy/failures.h"
#include "policy/outages.h"

namespace signpost::policy {

using dns::Name;
using dns::RRType;

namespace {

using Question = std::pair<Name, RRType>;
using Loads = std::map<std::string, double>;  // queries per second, of what has a capacity

std::string rounded(double queries) { return absl::StrCat(std::llround(queries)); }

class OverloadFinder {
 public:
  OverloadFinder(WhatIf& side, const Capacities& capacities, const Clients& clients,
                 const ReadRecords& read)
      : side_(side), capacities_(capacities), clients_(clients.only_after()), read_(read) {
    for (const Question& question : questions_of(side.side().table)) {
      const Loads loads = loads_of(question, {});
      add(loads, 1, all_);
      if (!loads.empty()) by_question_.emplace(question, loads);
    }
  }

  void look_at_all() { look(all_, ""); }

  void look_at_failures() {
    Outages outages;
    std::map<std::string, std::vector<Question>> questions;
    for (const Question& question : questions_of(side_.side().table)) {
      Outages own;
      add_outages(side_.side(), groups_behind(side_.side(), question.first, question.second),
                  question.second, own);
      for (const auto& [what, outage] : own) questions[what].push_back(question);
      merge_outages(own, outages);
    }
    remove_small_regions(outages);
    for (const auto& [what, outage] : outages) {
      if (!outage.checks.empty()) look_while_down(what, outage, questions.at(what));
    }
    if (left_off_ > 0)
      sentences_.push_back(absl::StrCat(left_off_,
                                        " failures of an endpoint behind a name were not "
                                        "looked at for overload; plan for fewer names at a time"));
  }

  std::vector<std::string> take() { return std::move(sentences_); }

 private:
  static void add(const Loads& more, double factor, Loads& loads) {
    for (const auto& [endpoint, load] : more) loads[endpoint] += factor * load;
  }

  void look_while_down(const std::string& what, const Outage& outage,
                       const std::vector<Question>& questions) {
    Loads loads = all_;
    for (const Question& question : questions) {
      if (looked_++ >= kFailuresMax) {
        ++left_off_;
        return;
      }
      const auto before = by_question_.find(question);
      if (before != by_question_.end()) add(before->second, -1, loads);
      add(loads_of(question, outage), 1, loads);
    }
    look(loads, what);
  }

  Loads loads_of(const Question& question, const Outage& outage) {
    const auto& [name, type] = question;
    const SharesByClass shares = shares_if(side_, name, type, outage.checks, read_);
    Loads loads;
    for (const Clients::Class& clients : clients_.classes(nullptr, shares.partition)) {
      for (const auto& [endpoint, share] : shares.classes[clients.after])
        add_load(endpoint, share * clients.weight, outage, loads);
    }
    return loads;
  }

  void add_load(const Endpoint& endpoint, double queries, const Outage& outage, Loads& loads) {
    if (!endpoint.is_answer() || endpoint.records.empty()) return;
    const double part = queries / static_cast<double>(endpoint.records.size());
    for (const std::string& record : endpoint.records) {
      if (outage.records.contains(record)) continue;
      if (capacities_.contains(record)) loads[record] += part;
      if (!endpoint.choice.empty() && capacities_.contains(endpoint.choice))
        loads[endpoint.choice] += part;
    }
  }

  void look(const Loads& loads, const std::string& failed) {
    for (const auto& [endpoint, load] : loads) {
      const double capacity = capacities_.at(endpoint);
      if (std::llround(load) <= std::llround(capacity)) continue;
      sentences_.push_back(
          absl::StrCat(endpoint, " would get ", rounded(load), " queries per second",
                       failed.empty() ? "" : absl::StrCat(" if ", failed, " failed"),
                       ", over its capacity of ", rounded(capacity)));
    }
  }

  WhatIf& side_;
  const Capacities& capacities_;
  Clients clients_;
  const ReadRecords& read_;
  Loads all_;
  std::map<Question, Loads> by_question_;
  std::size_t looked_ = 0;
  std::size_t left_off_ = 0;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> overloads(WhatIf& after, const Capacities& capacities, bool failures,
                                   const Clients& clients, const ReadRecords& read) {
  if (capacities.empty()) return {};
  OverloadFinder finder(after, capacities, clients, read);
  finder.look_at_all();
  if (failures) finder.look_at_failures();
  return finder.take();
}

}  // namespace signpost::policy
