#include "policy/health_check_rules.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"

namespace signpost::policy {
namespace {

using model::CalculatedCheck;
using model::Config;

constexpr unsigned kNestingMax = 16;

const CalculatedCheck* calculated(const Config& config, const std::string& id) {
  const model::HealthCheckPtr* check = config.health_checks.find(id);
  return check == nullptr ? nullptr : std::get_if<CalculatedCheck>(&(*check)->kind);
}

// Finds a way from a check back to itself, as deep as checks may be nested.
class CycleSearch {
 public:
  CycleSearch(const Config& config, const std::string& start) : config_(config), start_(start) {}

  // The checks on that way, the start at both ends; empty if there is none.
  std::vector<std::string> find() {
    if (!leads_back(start_, 0)) return {};
    way_.push_back(start_);
    return {way_.rbegin(), way_.rend()};
  }
  bool too_deep() const { return too_deep_; }

 private:
  bool leads_back(const std::string& id, unsigned depth) {
    const CalculatedCheck* check = calculated(config_, id);
    if (check == nullptr) return false;
    too_deep_ = too_deep_ || depth > kNestingMax;
    if (too_deep_) return false;
    for (const std::string& child : check->children) {
      const bool back =
          child == start_ || (seen_.insert(child).second && leads_back(child, depth + 1));
      if (!back) continue;
      way_.push_back(child);
      return true;
    }
    return false;
  }

  const Config& config_;
  const std::string& start_;
  bool too_deep_ = false;
  std::set<std::string> seen_;
  std::vector<std::string> way_;  // backwards
};

void check_children(const Config& after, const std::string& id, const CalculatedCheck& check,
                    Problems& problems) {
  std::vector<std::string> missing;
  for (const std::string& child : check.children) {
    if (after.health_checks.find(child) == nullptr) missing.push_back(child);
  }
  if (!missing.empty()) {
    problems.add("health check ", id, ": Child health check IDs do not exist or are deleted: ",
                 absl::StrJoin(missing, ", "));
  }
  CycleSearch search(after, id);
  const std::vector<std::string> cycle = search.find();
  if (search.too_deep())
    problems.add("health check ", id, " is nested more than ", kNestingMax, " deep");
  if (!cycle.empty()) {
    problems.add("health check ", id, " depends on itself: ", absl::StrJoin(cycle, " -> "));
  }
}

}  // namespace

void check_calculated(const Config& after, const model::ChangeBatch& batch, Problems& problems) {
  std::set<std::string> removed;
  for (const model::Change& change : batch.changes) {
    if (const auto* removal = std::get_if<model::DeleteHealthCheck>(&change)) {
      if (after.health_checks.find(removal->id) == nullptr) removed.insert(removal->id);
    } else if (const auto* put = std::get_if<model::PutHealthCheck>(&change)) {
      const CalculatedCheck* check = calculated(after, put->check->id);
      if (check != nullptr) check_children(after, put->check->id, *check, problems);
    }
  }
  if (removed.empty()) return;
  after.health_checks.for_each([&](const std::string& id, const model::HealthCheckPtr& check) {
    const auto* parent = std::get_if<CalculatedCheck>(&check->kind);
    if (parent == nullptr) return;
    for (const std::string& child : parent->children) {
      if (removed.contains(child))
        problems.add("health check ", child, " is a child of ", id,
                     "; take it out of there before it is removed");
    }
  });
}

}  // namespace signpost::policy
