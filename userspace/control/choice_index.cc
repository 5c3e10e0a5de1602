#include "control/choice_index.h"

#include <algorithm>

#include "control/last_records.h"
#include "policy/compose.h"

namespace signpost::control {
namespace {

// Whether the owner has such an answer, by whichever of its choices.
bool has_answer(const model::Node* node, dns::RRType type) {
  if (node == nullptr) return false;
  if (type == policy::kOtherTypes) return node->other != nullptr;
  return std::any_of(node->types.begin(), node->types.end(),
                     [&](const auto& entry) { return entry.first == type; });
}

// Calls visit(type, answer, part) for each answer of a node: of one by locality, its parts.
template <typename Visit>
void for_each_answer(const model::Node& node, Visit&& visit) {
  const auto visit_parts = [&](dns::RRType type, const model::AnswerPtr& answer) {
    if (!answer->by_locality) return visit(type, answer, *answer);
    for (const model::AnswerPtr& part : answer->by_locality->answers) visit(type, answer, *part);
  };
  for (const auto& [type, answer] : node.types) visit_parts(type, answer);
  if (node.other) visit_parts(policy::kOtherTypes, node.other);
}

}  // namespace

void ChoiceIndex::update(const model::AnswerTablePtr& table) {
  if (table == table_) return;
  const model::PersistentMap<dns::Name, model::NodePtr> none;
  table->nodes.for_each_change(
      table_ ? table_->nodes : none,
      [&](const dns::Name& owner, const model::NodePtr* former, const model::NodePtr* node) {
        follow(owner, former ? former->get() : nullptr, node ? node->get() : nullptr);
      });
  absl::erase_if(endpoints_, [](const auto& entry) { return entry.second.use_count() == 1; });
  table_ = table;
}

void ChoiceIndex::follow(const dns::Name& owner, const model::Node* former,
                         const model::Node* node) {
  if (former == node) return;
  if (former != nullptr) count_rings(*former, -1);
  Counters met;
  if (node != nullptr) {
    count_rings(*node, 1);
    for_each_answer(
        *node, [&](dns::RRType type, const model::AnswerPtr& source, const model::Answer& answer) {
          for (const model::Variant& variant : answer.variants) {
            if (variant.counter == 0) continue;
            met.insert(variant.counter);
            take(owner, type, variant, source);
          }
        });
  }
  const auto held = by_owner_.find(owner);
  if (held == by_owner_.end()) return;
  absl::erase_if(held->second, [&](std::uint32_t counter) {
    CountedChoice& choice = choices_[counter];
    if (choice.source == nullptr || choice.owner != owner) return true;  // another took it over
    if (met.contains(counter) || has_answer(node, choice.type)) return false;
    --counters_;
    choice = {};
    return true;
  });
  if (held->second.empty()) by_owner_.erase(held);
}

void ChoiceIndex::count_rings(const model::Node& node, int change) {
  for_each_answer(node, [&](dns::RRType, const model::AnswerPtr&, const model::Answer& answer) {
    if (!answer.ring || answer.ring->id == 0) return;
    const auto ring = answers_by_ring_.try_emplace(answer.ring->id, 0).first;
    if ((ring->second += change) == 0) answers_by_ring_.erase(ring);
  });
}

void ChoiceIndex::take(const dns::Name& owner, dns::RRType type, const model::Variant& variant,
                       const model::AnswerPtr& source) {
  if (variant.counter >= choices_.size()) choices_.resize(variant.counter + 1);
  CountedChoice& choice = choices_[variant.counter];
  by_owner_[owner].insert(variant.counter);
  if (choice.source == source) return;
  if (choice.source == nullptr) ++counters_;
  choice = {owner, type, variant.choice, endpoints_of(variant, owner, type), source};
}

std::vector<CountedEndpointPtr> ChoiceIndex::endpoints_of(const model::Variant& variant,
                                                          const dns::Name& owner,
                                                          dns::RRType type) {
  std::vector<CountedEndpointPtr> endpoints;
  if (variant.outcome != model::Outcome::kAnswer) return endpoints;
  for (const std::string& record : last_records(variant, owner, type)) {
    CountedEndpointPtr found = endpoint(record);
    if (std::find(endpoints.begin(), endpoints.end(), found) == endpoints.end())
      endpoints.push_back(std::move(found));
  }
  return endpoints;
}

CountedEndpointPtr ChoiceIndex::endpoint(const std::string& text) {
  const auto found = endpoints_.find(text);
  if (found != endpoints_.end()) return found->second;
  const bool is_full = endpoints_.size() >= kEndpointsMax;
  CountedEndpointPtr& added = endpoints_[is_full ? kOtherEndpoints : text];
  if (added == nullptr) added = std::make_shared<CountedEndpoint>(CountedEndpoint{text});
  if (is_full) added->text = kOtherEndpoints;
  return added;
}

}  // namespace signpost::control
