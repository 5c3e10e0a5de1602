#include "policy/clients.h"

#include <algorithm>
#include <numeric>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace signpost::policy {

using model::LocalityId;
using model::LocalityMap;
using model::PartitionPtr;

namespace {

using Overlap = std::pair<LocalityId, LocalityId>;  // before, after

// Walks the tries of two maps at once and collects which localities have clients in common.
class OverlapFinder {
 public:
  OverlapFinder(const LocalityMap& before, const LocalityMap& after)
      : before_(before.cells()), after_(after.cells()) {}

  std::vector<Overlap> find() {
    for (std::size_t cell = 0; cell < 2 * model::kLocalityRootCells; ++cell) {
      for (std::size_t i = 0; i < model::kLocalityCellEntries; ++i)
        visit(before_[cell][i], after_[cell][i], model::kLocalityRootBits);
    }
    std::vector<Overlap> overlaps(found_.begin(), found_.end());
    std::sort(overlaps.begin(), overlaps.end());
    return overlaps;
  }

 private:
  static bool is_inner(std::uint32_t entry) { return (entry & model::kLocalityInnerEntry) != 0; }

  static std::uint32_t child(const std::vector<model::LocalityCell>& cells, std::uint32_t entry,
                             std::size_t index) {
    return is_inner(entry)
               ? model::locality_entry(cells, entry & ~model::kLocalityInnerEntry, index)
               : entry;
  }

  // Entries of `depth` bits. IPv6 ends at 128: 27 calls deep at most.
  void visit(std::uint32_t before, std::uint32_t after, unsigned depth) {
    if (!is_inner(before) && !is_inner(after)) {
      found_.emplace(before >> 8, after >> 8);
      return;
    }
    const unsigned step = model::locality_step_bits(depth);
    for (std::size_t i = 0; i < std::size_t{1} << step; ++i)
      visit(child(before_, before, i), child(after_, after, i), depth + step);
  }

  const std::vector<model::LocalityCell>& before_;
  const std::vector<model::LocalityCell>& after_;
  absl::flat_hash_set<Overlap> found_;
};

std::vector<Overlap> overlaps_of(const LocalityMap& before, const LocalityMap& after) {
  if (&before != &after) return OverlapFinder(before, after).find();
  std::vector<Overlap> same;
  for (LocalityId id = 0; id < before.localities().size(); ++id) same.emplace_back(id, id);
  return same;
}

}  // namespace

Clients::Clients(std::vector<Group> groups) : groups_(std::move(groups)) {
  for (const Group& group : groups_) total_ += group.weight;
}

Clients Clients::counted(const std::vector<std::uint64_t>& weights, const LocalityMap& before,
                         const LocalityMap& after) {
  const std::vector<Overlap> overlaps = overlaps_of(before, after);
  std::vector<std::uint32_t> parts(before.localities().size());
  for (const Overlap& overlap : overlaps) ++parts[overlap.first];
  std::vector<Group> groups;
  for (const auto& [from, to] : overlaps) {
    if (from >= weights.size() || weights[from] == 0) continue;
    groups.push_back({from, to, static_cast<double>(weights[from]) / parts[from]});
  }
  return Clients(std::move(groups));
}

Clients Clients::alike(const LocalityMap& before, const LocalityMap& after) {
  std::vector<std::uint64_t> weights(before.localities().size(), 1);
  weights[0] = weights.size() == 1 ? 1 : 0;
  return counted(weights, before, after);
}

Clients Clients::given(const std::vector<PrefixWeight>& weights, const LocalityMap& before,
                       const LocalityMap& after) {
  absl::flat_hash_map<Overlap, double> sums;
  const auto locality = [](const LocalityMap& map, const model::Prefix& prefix) {
    return prefix.length == 0 ? 0 : map.find(prefix).locality;
  };
  for (const auto& [prefix, weight] : weights)
    sums[{locality(before, prefix), locality(after, prefix)}] += weight;
  std::vector<Group> groups;
  for (const auto& [overlap, weight] : sums)
    groups.push_back({overlap.first, overlap.second, weight});
  return Clients(std::move(groups));
}

const std::vector<Clients::Class>& Clients::classes(const PartitionPtr& before,
                                                    const PartitionPtr& after) {
  const auto [at, added] = classes_.try_emplace({before, after});
  if (!added) return at->second;
  absl::flat_hash_map<std::pair<std::uint32_t, std::uint32_t>, double> sums;
  for (const Group& group : groups_) {
    const std::uint32_t from = before == nullptr ? 0 : before->classes[group.before];
    const std::uint32_t to = after == nullptr ? 0 : after->classes[group.after];
    sums[{from, to}] += group.weight;
  }
  for (const auto& [key, weight] : sums) at->second.push_back({key.first, key.second, weight});
  std::sort(at->second.begin(), at->second.end(), [](const Class& a, const Class& b) {
    return a.before != b.before ? a.before < b.before : a.after < b.after;
  });
  return at->second;
}

Clients Clients::only_before() const {
  std::vector<Group> groups = groups_;
  for (Group& group : groups) group.after = group.before;
  return Clients(std::move(groups));
}

Clients Clients::only_after() const {
  std::vector<Group> groups = groups_;
  for (Group& group : groups) group.before = group.after;
  return Clients(std::move(groups));
}

}  // namespace signpost::policy
