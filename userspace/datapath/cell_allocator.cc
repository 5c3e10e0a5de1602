#include "datapath/cell_allocator.h"

#include <algorithm>
#include <bit>

namespace signpost::datapath {

CellAllocator::CellAllocator(std::uint32_t capacity) : capacity_(std::max(capacity, 1u)) {}

std::size_t CellAllocator::class_of(std::uint32_t count) {
  if (count <= kExactClasses) return count - 1;
  const unsigned log = std::bit_width(count) - 1;
  const std::uint32_t eighth = (count >> (log - 3)) & 7;
  return kExactClasses + (log - 5) * 8 + eighth;
}

std::optional<std::uint32_t> CellAllocator::allocate(std::uint32_t count) {
  if (count > free()) return std::nullopt;
  std::optional<std::uint32_t> first = take_from_lists(count);
  if (!first) first = take_from_top(count);
  if (!first) first = search_own_class(count);
  if (first) used_ += count;
  return first;
}

// Any run of a higher class is long enough; one of the class of `count` surely is only where
// classes are exact.
std::optional<std::uint32_t> CellAllocator::take_from_lists(std::uint32_t count) {
  std::size_t wanted = class_of(count) + (count <= kExactClasses ? 0 : 1);
  for (std::size_t word = wanted / 64; word < filled_.size(); ++word, wanted = word * 64) {
    const std::uint64_t candidates = filled_[word] & (~std::uint64_t{0} << (wanted % 64));
    if (candidates != 0) return split(heads_[word * 64 + std::countr_zero(candidates)], count);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> CellAllocator::take_from_top(std::uint32_t count) {
  if (count > capacity_ - top_) return std::nullopt;
  const std::uint32_t first = top_;
  top_ += count;
  if (length_.size() < top_) {
    length_.resize(top_);
    next_.resize(top_);
    previous_.resize(top_);
  }
  return first;
}

std::optional<std::uint32_t> CellAllocator::search_own_class(std::uint32_t count) {
  for (std::uint32_t run = heads_[class_of(count)]; run != 0; run = next_[run]) {
    if (length_[run] >= count) return split(run, count);
  }
  return std::nullopt;
}

// Takes the first `count` cells of a free run; the rest stays free.
std::uint32_t CellAllocator::split(std::uint32_t first, std::uint32_t count) {
  const std::uint32_t rest = length_[first] - count;
  unlink(first);
  if (rest > 0) link(first + count, rest);
  return first;
}

void CellAllocator::release(std::uint32_t first, std::uint32_t count) {
  used_ -= count;
  if (const std::uint32_t after = first + count; after < top_ && length_[after] != 0) {
    count += length_[after];
    unlink(after);
  }
  if (const std::uint32_t before = length_[first - 1]; before != 0) {
    first -= before;
    count += before;
    unlink(first);
  }
  if (first + count == top_) {
    top_ = first;
  } else {
    link(first, count);
  }
}

void CellAllocator::link(std::uint32_t first, std::uint32_t count) {
  const std::size_t list = class_of(count);
  length_[first] = length_[first + count - 1] = count;
  previous_[first] = 0;
  next_[first] = heads_[list];
  if (heads_[list] != 0) previous_[heads_[list]] = first;
  heads_[list] = first;
  filled_[list / 64] |= std::uint64_t{1} << (list % 64);
}

void CellAllocator::unlink(std::uint32_t first) {
  const std::uint32_t count = length_[first];
  const std::size_t list = class_of(count);
  if (previous_[first] != 0) {
    next_[previous_[first]] = next_[first];
  } else {
    heads_[list] = next_[first];
    if (heads_[list] == 0) filled_[list / 64] &= ~(std::uint64_t{1} << (list % 64));
  }
  if (next_[first] != 0) previous_[next_[first]] = previous_[first];
  length_[first] = length_[first + count - 1] = 0;
}

}  // namespace signpost::datapath
