#include "control/choice_index.h"

#include <algorithm>

#include "control/last_records.h"
#include "policy/compose.h"

namespace signpost::control {
namespace {

// Whether the owner still has such an answer, by whichever of its choices.
bool is_held(const model::AnswerTable& table, const CountedChoice& choice) {
  const model::NodePtr* node = table.nodes.find(choice.owner);
  if (node == nullptr) return false;
  if (choice.type == policy::kOtherTypes) return (*node)->other != nullptr;
  return std::any_of((*node)->types.begin(), (*node)->types.end(),
                     [&](const auto& entry) { return entry.first == choice.type; });
}

}  // namespace

void ChoiceIndex::update(const model::AnswerTablePtr& table) {
  if (table == table_) return;
  ++updates_;
  rings_.clear();
  table->nodes.for_each([&](const dns::Name& owner, const model::NodePtr& node) {
    for (const auto& [type, answer] : node->types) take(owner, type, answer);
    if (node->other) take(owner, policy::kOtherTypes, node->other);
  });
  forget_ended(*table);
  table_ = table;
}

void ChoiceIndex::take(const dns::Name& owner, dns::RRType type, const model::AnswerPtr& answer) {
  if (!answer->by_locality) return take_variants(owner, type, *answer, answer);
  for (const model::AnswerPtr& one : answer->by_locality->answers)
    take_variants(owner, type, *one, answer);
}

void ChoiceIndex::take_variants(const dns::Name& owner, dns::RRType type,
                                const model::Answer& answer, const model::AnswerPtr& source) {
  if (answer.ring_id != 0) rings_.insert(answer.ring_id);
  for (const model::Variant& variant : answer.variants) {
    if (variant.counter == 0) continue;
    if (variant.counter >= choices_.size()) choices_.resize(variant.counter + 1);
    CountedChoice& choice = choices_[variant.counter];
    choice.seen = updates_;
    if (choice.source == source) continue;
    choice = {owner, type, variant.choice, endpoints_of(variant, owner, type), source, updates_};
  }
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

void ChoiceIndex::forget_ended(const model::AnswerTable& table) {
  counters_ = 0;
  for (CountedChoice& choice : choices_) {
    if (choice.source == nullptr) continue;
    if (choice.seen == updates_ || is_held(table, choice)) {
      ++counters_;
    } else {
      choice = {};
    }
  }
  absl::erase_if(endpoints_, [](const auto& entry) { return entry.second.use_count() == 1; });
}

}  // namespace signpost::control
