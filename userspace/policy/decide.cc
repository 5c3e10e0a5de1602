#include "policy/decide.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "policy/selector.h"
#include "policy/set_health.h"
#include "policy/set_override.h"

namespace signpost::policy {

using model::RecordGroup;
using model::RecordSet;

namespace {

class Decider {
 public:
  Decider(const RecordGroup& group, const Inputs& inputs, std::vector<std::string>* trace)
      : group_(group), inputs_(inputs), selector_(group, inputs.config), trace_(trace) {}

  Decision decide() {
    const model::Policy& policy = group_.sets.front().policy;
    if (std::holds_alternative<model::Simple>(policy)) {
      decision_.shares = {{{0}, 1}};
    } else if (std::holds_alternative<model::Weighted>(policy)) {
      decide_weighted();
    } else if (std::holds_alternative<model::Multivalue>(policy)) {
      decide_multivalue();
    } else {
      decide_in_order();
    }
    return std::move(decision_);
  }

 private:
  void decide_weighted();
  void decide_multivalue();
  void decide_in_order();
  bool fall_back();

  bool healthy(const RecordSet& set) const { return is_healthy(set, group_.type, inputs_); }
  unsigned weight(const RecordSet& set) const {
    return std::get<model::Weighted>(set.policy).weight;
  }

  // What a drain has left of the set's share, in percent; never 0: at the end of the ramp the set
  // is unhealthy.
  unsigned percent_left(const RecordSet& set) const {
    const model::ActiveOverride* active = override_on(set, group_.type, inputs_.seen);
    return active == nullptr || active->is_down() ? 100 : active->weight_percent;
  }

  // The sets that `wanted` accepts, each with its weight, or with equal shares, less what drains
  // take of them.
  template <typename Wanted>
  std::vector<Share> shares(Wanted wanted, bool equal) const {
    std::vector<Share> found;
    bool drained = false;
    for (std::size_t i = 0; i < group_.sets.size(); ++i) {
      const RecordSet& set = group_.sets[i];
      if (set.last_resort || !wanted(set)) continue;
      found.push_back({{i}, equal ? 1u : weight(set)});
      drained = drained || percent_left(set) < 100;
    }
    if (!drained) return found;
    for (Share& share : found) share.weight *= percent_left(group_.sets[share.sets.front()]);
    return found;
  }

  void note_set(std::uint16_t index) {
    if (trace_ == nullptr) return;
    const RecordSet& set = group_.sets[index];
    const std::string why = selector_.why(index, inputs_.client);
    trace_->push_back(absl::StrCat(set.set_identifier.str(), ": ", why, why.empty() ? "" : ", ",
                                   health_words(set, group_.type, inputs_)));
  }
  void note(const char* sentence) {
    if (trace_ != nullptr) trace_->push_back(sentence);
  }

  const RecordGroup& group_;
  const Inputs& inputs_;
  const Selector selector_;
  std::vector<std::string>* trace_;
  Decision decision_;
};

// The zero-weight rules of route53-semantics 1.2: healthy sets above 0; else healthy sets of 0,
// equally; else, if nothing takes their place, all as if healthy.
void Decider::decide_weighted() {
  for (std::uint16_t i = 0; i < group_.sets.size(); ++i) note_set(i);
  const auto above_zero = [this](const RecordSet& set) { return weight(set) > 0; };
  const auto is_well = [this](const RecordSet& set) { return healthy(set); };
  decision_.shares =
      shares([&](const RecordSet& set) { return above_zero(set) && is_well(set); }, false);
  if (!decision_.shares.empty()) return;

  decision_.shares = shares(is_well, true);
  if (!decision_.shares.empty()) {
    note("no set of a weight above 0 is healthy: the healthy sets of weight 0 share equally");
    return;
  }
  if (fall_back()) return;
  decision_.shares = shares(above_zero, false);
  if (decision_.shares.empty()) {
    decision_.shares = shares([](const RecordSet&) { return true; }, true);
  }
}

// All healthy sets, or windows of kMultivalueMax of them that give each the same share
// (route53-semantics 1.7).
void Decider::decide_multivalue() {
  std::vector<std::size_t> sets;
  for (std::uint16_t i = 0; i < group_.sets.size(); ++i) {
    note_set(i);
    if (!group_.sets[i].last_resort && healthy(group_.sets[i])) sets.push_back(i);
  }
  if (sets.empty()) {
    if (fall_back()) return;
    for (std::size_t i = 0; i < group_.sets.size(); ++i) {
      if (!group_.sets[i].last_resort) sets.push_back(i);
    }
  }
  if (sets.size() <= kMultivalueMax) {
    decision_.shares = {{std::move(sets), 1}};
    return;
  }
  note("more than 8 sets: each answer holds 8 that follow each other, each set in as many answers");
  for (std::size_t first = 0; first < sets.size(); ++first) {
    Share window{{}, 1};
    for (std::size_t i = 0; i < kMultivalueMax; ++i)
      window.sets.push_back(sets[(first + i) % sets.size()]);
    decision_.shares.push_back(std::move(window));
  }
}

// The first healthy set of those that are for the client; if none is healthy, the first
// (route53-semantics 1.12).
void Decider::decide_in_order() {
  const std::vector<std::uint16_t> order = selector_.order(inputs_.client);
  if (order.empty()) {
    note("no set is for this client, and there is no default: NODATA");
    return;
  }
  for (const std::uint16_t index : order) {
    note_set(index);
    if (group_.sets[index].last_resort || !healthy(group_.sets[index])) continue;
    decision_.shares = {{{index}, 1}};
    return;
  }
  if (fall_back()) return;
  note("the first of them answers");
  decision_.shares = {{{order.front()}, 1}};
}

// No set for the client is healthy: the set of last resort, if it is healthy; else what the group's
// fail mode says. False if that is that all count as healthy.
bool Decider::fall_back() {
  for (std::size_t i = 0; i < group_.sets.size(); ++i) {
    if (!group_.sets[i].last_resort || !healthy(group_.sets[i])) continue;
    decision_.fallback = Fallback::kLastResort;
    note("no other set is healthy: the last resort answers");
    decision_.shares = {{{i}, 1}};
    return true;
  }
  const bool closed = group_.fail_mode == model::FailMode::kClosed;
  decision_.fallback = closed ? Fallback::kFailClosed : Fallback::kFailOpen;
  note(closed ? "no set is healthy, and the name fails closed: NODATA"
              : "no set is healthy, so all count as healthy");
  return closed;
}

}  // namespace

Decision decide(const RecordGroup& group, const Inputs& inputs, std::vector<std::string>* trace) {
  if (awaits_verdict(group, inputs)) {
    Decision decision;
    decision.awaiting_health = true;
    if (trace != nullptr) {
      trace->push_back(
          "the daemon has just started and awaits the first verdicts of the health checks");
    }
    return decision;
  }
  return Decider(group, inputs, trace).decide();
}

}  // namespace signpost::policy
