// The answers that a list of queries would get.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/prefix.h"
#include "policy/endpoint.h"
#include "policy/impact.h"
#include "policy/what_if.h"

namespace signpost::policy {

// So many queries for the same, of one client.
struct SimulatedQuery {
  dns::Name name;  // in any case
  dns::RRType type{};
  model::Prefix client;  // of length 0: nothing is known of it
  double count = 1;
};

class Simulation {
 public:
  // With `down` unhealthy and all other checks as seen. References in `side` outlive the
  // simulation. Not thread safe.
  Simulation(const Side& side, std::set<std::string> down, ReadRecords read);

  void add(const SimulatedQuery& query);

  // What answers: QNAME, or "*" below the closest name that exists, be it a wildcard or nothing;
  // the root where no zone is held. So there are no more of them than names held.
  using Question = std::pair<dns::Name, dns::RRType>;
  struct Answers {
    SharesByClass by_class;
    Shares queries;  // how many got which
  };
  const std::map<Question, Answers>& answers() const { return answers_; }

  double queries() const { return queries_; }
  // Of clients of whom nothing is known.
  double unlocated() const { return unlocated_; }
  // Queries by Endpoint::outcome.
  const std::map<std::string, double>& outcomes() const { return outcomes_; }

 private:
  Answers& answers_to(const dns::Name& qname, dns::RRType type);

  const std::set<std::string> down_;
  const ReadRecords read_;
  WhatIf what_if_;
  std::map<Question, Answers> answers_;
  double queries_ = 0;
  double unlocated_ = 0;
  std::map<std::string, double> outcomes_;
};

}  // namespace signpost::policy
