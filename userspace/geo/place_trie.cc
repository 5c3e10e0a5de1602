#include "geo/place_trie.h"

#include <utility>

namespace signpost::geo {
namespace {

constexpr PlaceTrie::Record kNothing = PlaceTrie::of_place(0);

class Merge {
 public:
  Merge(const PlaceTrie& first, const PlaceTrie& second) : first_(first), second_(second) {
    merged_.reserve(first.size() + second.size());
    merged_.set_root(join(first.root(), second.root()));
  }

  PlaceTrie take() { return std::move(merged_); }

 private:
  PlaceTrie::Record join(PlaceTrie::Record first, PlaceTrie::Record second) {
    const bool first_decides = PlaceTrie::is_place(first) && first != kNothing;
    if (first_decides) return first;
    if (first == kNothing && PlaceTrie::is_place(second)) return second;
    const PlaceTrie::Record zero = join(first_.child(first, false), second_.child(second, false));
    const PlaceTrie::Record one = join(first_.child(first, true), second_.child(second, true));
    return merged_.join(zero, one);
  }

  const PlaceTrie& first_;
  const PlaceTrie& second_;
  PlaceTrie merged_;
};

}  // namespace

PlaceTrie PlaceTrie::merge(PlaceTrie first, PlaceTrie second) {
  if (first.root() == kNothing) return second;
  if (second.root() == kNothing) return first;
  return Merge(first, second).take();
}

}  // namespace signpost::geo
