// Who is behind each counter of answers (answer_counts of bpf/abi.h): the choices of the table that
// is served, and the endpoints that they send clients to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "dns/name.h"
#include "dns/rr_type.h"
#include "model/answer_table.h"

namespace signpost::control {

// What clients are sent to: an address, or what else the last record of an answer holds.
struct CountedEndpoint {
  std::string text;  // RDATA in presentation format
  std::uint64_t fast_answers = 0;
  std::uint64_t slow_answers = 0;
};
using CountedEndpointPtr = std::shared_ptr<CountedEndpoint>;

struct CountedChoice {
  dns::Name owner;
  dns::RRType type{};
  std::string choice;                         // Variant::choice
  std::vector<CountedEndpointPtr> endpoints;  // each once
  model::AnswerPtr source;                    // null: nobody holds the counter
};

// Not thread safe.
class ChoiceIndex {
 public:
  // Endpoints that are told apart. Further ones count as kOtherEndpoints: so a configuration can't
  // make a scrape, or what Prometheus keeps, as large as it likes.
  static constexpr std::size_t kEndpointsMax = 20'000;
  static constexpr const char* kOtherEndpoints = "other";

  // Follows the table. Work grows with the names whose answers are others than in the table before.
  void update(const model::AnswerTablePtr& table);

  // Null if nobody holds the counter. A choice that answers nothing at present, such as one whose
  // health check fails, holds it on.
  const CountedChoice* find(std::size_t counter) const {
    return counter < choices_.size() && choices_[counter].source ? &choices_[counter] : nullptr;
  }
  // Counters are below it.
  std::size_t size() const { return choices_.size(); }

  // Ids that the answers of the table have.
  std::size_t counters() const { return counters_; }
  std::size_t rings() const { return answers_by_ring_.size(); }

  // Calls visit(endpoint) for all that a choice has.
  template <typename Visit>
  void for_each_endpoint(Visit&& visit) const {
    for (const auto& [text, endpoint] : endpoints_) visit(*endpoint);
  }

 private:
  using Counters = absl::flat_hash_set<std::uint32_t>;

  void follow(const dns::Name& owner, const model::Node* former, const model::Node* node);
  void count_rings(const model::Node& node, int change);
  void take(const dns::Name& owner, dns::RRType type, const model::Variant& variant,
            const model::AnswerPtr& source);
  std::vector<CountedEndpointPtr> endpoints_of(const model::Variant& variant,
                                               const dns::Name& owner, dns::RRType type);
  CountedEndpointPtr endpoint(const std::string& text);

  model::AnswerTablePtr table_;
  std::size_t counters_ = 0;
  absl::flat_hash_map<std::uint32_t, int> answers_by_ring_;
  std::vector<CountedChoice> choices_;                 // by counter
  absl::flat_hash_map<dns::Name, Counters> by_owner_;  // of those that have any
  absl::flat_hash_map<std::string, CountedEndpointPtr> endpoints_;
};

}  // namespace signpost::control
