#include "model/locality_roots.h"

#include <utility>

namespace signpost::model {
namespace {

// The localities of prefixes that are no shorter than a root, by root.
using InnerByRoot = absl::flat_hash_map<std::size_t, std::vector<LocalityId>>;

InnerByRoot inner_by_root(const InnerLocalities& inner) {
  InnerByRoot by_root;
  for (const auto& [prefix, locality] : inner) {
    if (prefix.length >= kLocalityRootBits) by_root[locality_root(prefix)].push_back(locality);
  }
  return by_root;
}

// Collects what lies below one root after the other.
class Collector {
 public:
  explicit Collector(const std::vector<LocalityCell>& cells) : cells_(cells) {}

  // Lists the localities below `entry`, and `others`, unless they are one or too many.
  void add_root(std::uint32_t entry, const std::vector<LocalityId>& others) {
    const std::size_t first = found_.localities.size();
    ++root_;
    visit(entry, kLocalityRootBits, first);
    for (const LocalityId other : others) add(other);
    const std::size_t count = found_.localities.size() - first;
    if (count == 1 || count > kRootLocalitiesMax) found_.localities.resize(first);
    found_.ends.push_back(static_cast<std::uint32_t>(found_.localities.size()));
  }

  RootLocalities take() { return std::move(found_); }

 private:
  void visit(std::uint32_t entry, unsigned depth, std::size_t first) {
    if ((entry & kLocalityInnerEntry) == 0) return add(entry >> 8);
    const unsigned step = locality_step_bits(depth);
    for (std::size_t i = 0; i < std::size_t{1} << step; ++i) {
      if (found_.localities.size() - first > kRootLocalitiesMax) return;
      visit(locality_entry(cells_, entry & ~kLocalityInnerEntry, i), depth + step, first);
    }
  }

  void add(LocalityId locality) {
    std::uint32_t& seen = seen_at_[locality];
    if (seen == root_) return;
    seen = root_;
    found_.localities.push_back(locality);
  }

  const std::vector<LocalityCell>& cells_;
  std::uint32_t root_ = 0;
  absl::flat_hash_map<LocalityId, std::uint32_t> seen_at_;  // the last root that has the locality
  RootLocalities found_;
};

}  // namespace

std::span<const LocalityId> RootLocalities::of(std::size_t root) const {
  if (ends.empty()) return {};
  const std::size_t begin = root == 0 ? 0 : ends[root - 1];
  return std::span(localities).subspan(begin, ends[root] - begin);
}

RootLocalities root_localities(const std::vector<LocalityCell>& cells,
                               const InnerLocalities& inner) {
  const InnerByRoot others = inner_by_root(inner);
  Collector collector(cells);
  for (std::size_t root = 0; root < kLocalityRoots; ++root) {
    const auto at = others.find(root);
    collector.add_root(locality_entry(cells, 0, root),
                       at == others.end() ? std::vector<LocalityId>() : at->second);
  }
  return collector.take();
}

}  // namespace signpost::model
