// Which cells of the cell arrays are in use. Both sets use the same indices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace signpost::datapath {

// Hands out runs of consecutive cells from 1 to capacity - 1 (index 0 means "none" in bpf/abi.h).
// Released runs merge with free neighbours; free runs are kept in lists by size class, so that both
// calls are O(1) but for a last resort. Memory grows with the highest cell ever used, 12 octets a
// cell.
class CellAllocator {
 public:
  explicit CellAllocator(std::uint32_t capacity);

  // The first cell of a run of `count` > 0 cells; nothing if no free run is long enough.
  std::optional<std::uint32_t> allocate(std::uint32_t count);

  // Gives back a run exactly as it was allocated.
  void release(std::uint32_t first, std::uint32_t count);

  std::uint32_t used() const { return used_; }
  std::uint32_t free() const { return capacity_ - 1 - used_; }

 private:
  static constexpr std::size_t kExactClasses = 32;  // one per size up to 32 cells
  static constexpr std::size_t kClasses = kExactClasses + (32 - 5) * 8;  // then eight per doubling

  static std::size_t class_of(std::uint32_t count);
  std::optional<std::uint32_t> take_from_lists(std::uint32_t count);
  std::optional<std::uint32_t> take_from_top(std::uint32_t count);
  std::optional<std::uint32_t> search_own_class(std::uint32_t count);
  std::uint32_t split(std::uint32_t first, std::uint32_t count);
  void link(std::uint32_t first, std::uint32_t count);
  void unlink(std::uint32_t first);

  std::uint32_t capacity_;
  std::uint32_t used_ = 0;
  std::uint32_t top_ = 1;  // cells from here on were never used, or are free and in no list
  std::array<std::uint32_t, kClasses> heads_{};               // first cell of a free run; 0: none
  std::array<std::uint64_t, (kClasses + 63) / 64> filled_{};  // which lists are not empty
  std::vector<std::uint32_t>
      length_;  // at the first and last cell of a free run: its length; elsewhere 0
  std::vector<std::uint32_t> next_;  // at the first cell of a free run: its neighbours in its list
  std::vector<std::uint32_t> previous_;
};

}  // namespace signpost::datapath
