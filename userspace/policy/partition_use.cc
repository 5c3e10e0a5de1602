#include "policy/partition_use.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace signpost::policy {

using model::LocalityRoots;
using model::PartitionPtr;

namespace {

constexpr std::size_t kWordBits = 64;

using RootBits = std::vector<std::uint64_t>;

bool is_set(const RootBits& bits, std::size_t root) {
  return (bits[root / kWordBits] >> root % kWordBits & 1) != 0;
}

// The roots of `map` with those whose bits are set as leaves.
LocalityRoots with_leaves(const model::LocalityMap& map, const RootBits& uniform) {
  const auto& cells = map.cells();
  LocalityRoots roots(cells.begin(), cells.begin() + 2 * model::kLocalityRootCells);
  for (std::size_t root = 0; root < model::kLocalityRoots; ++root) {
    if (!is_set(uniform, root)) continue;
    const model::LocalityId one = map.root_localities().of(root).front();
    model::locality_entry(roots, 0, root) = one << 8 | model::kLocalityRootBits;
  }
  return roots;
}

}  // namespace

RootBits uniform_roots(const model::RootLocalities& below,
                       const std::vector<std::uint16_t>& classes) {
  RootBits bits;
  if (below.ends.empty()) return bits;
  bits.resize(model::kLocalityRoots / kWordBits);
  for (std::size_t root = 0; root < model::kLocalityRoots; ++root) {
    const auto localities = below.of(root);
    const auto is_first_class = [&](model::LocalityId locality) {
      return classes[locality] == classes[localities.front()];
    };
    if (!localities.empty() && std::all_of(localities.begin(), localities.end(), is_first_class))
      bits[root / kWordBits] |= std::uint64_t{1} << root % kWordBits;
  }
  return bits;
}

void PartitionUse::count(const model::Node& node, int by) {
  const auto count_answer = [&](const model::AnswerPtr& answer) {
    if (answer != nullptr && answer->by_locality) counts_[answer->by_locality->partition] += by;
  };
  for (const auto& [type, answer] : node.types) count_answer(answer);
  count_answer(node.other);
}

int PartitionUse::count_of(const PartitionPtr& partition) const {
  const auto at = counts_.find(partition);
  return at == counts_.end() ? 0 : at->second;
}

bool PartitionUse::is_changed_by(const PartitionUse& change) const {
  return std::any_of(change.counts_.begin(), change.counts_.end(), [&](const auto& entry) {
    const int before = count_of(entry.first);
    return (before == 0) != (before + entry.second == 0);
  });
}

void PartitionUse::apply(const PartitionUse& change) {
  for (const auto& [partition, by] : change.counts_) {
    const auto at = counts_.try_emplace(partition, 0).first;
    at->second += by;
    if (at->second == 0) counts_.erase(at);
  }
}

model::LocalityRootsPtr PartitionUse::roots(const model::LocalityMap& map,
                                            const PartitionUse& change) const {
  PartitionUse after = *this;
  after.apply(change);
  RootBits uniform;
  for (const auto& [partition, count] : after.counts_) {
    const RootBits& of_one = partition->uniform_roots;
    if (of_one.empty()) return nullptr;
    if (uniform.empty()) uniform.assign(of_one.size(), ~std::uint64_t{0});
    for (std::size_t word = 0; word < uniform.size(); ++word) uniform[word] &= of_one[word];
  }
  const auto is_zero = [](std::uint64_t word) { return word == 0; };
  if (std::all_of(uniform.begin(), uniform.end(), is_zero)) return nullptr;
  return std::make_shared<const LocalityRoots>(with_leaves(map, uniform));
}

}  // namespace signpost::policy
