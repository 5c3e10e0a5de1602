#include "datapath/view_cells.h"

#include <cstring>

#include "base/status.h"

namespace signpost::datapath {
namespace {

std::uint64_t half_of(const model::MappedAddress& address, std::size_t begin) {
  std::uint64_t half = 0;
  for (std::size_t i = 0; i < sizeof half; ++i) half = half << 8 | address[begin + i];
  return half;
}

std::uint32_t count_of(const model::ViewMap& views) {
  return static_cast<std::uint32_t>(views.ranges().size());
}

}  // namespace

absl::Status check_views(const model::ViewMap& views) {
  if (views.ranges().size() <= VIEW_RANGES_MAX) return absl::OkStatus();
  return resource_exhausted("the networks of all views make ", views.ranges().size(),
                            " ranges of addresses, and the fast path looks through ",
                            VIEW_RANGES_MAX, ": join networks");
}

std::uint32_t view_cells(const model::ViewMap& views) {
  return view_range_cells(count_of(views)) + (count_of(views) + VIEWS_A_CELL - 1) / VIEWS_A_CELL;
}

std::vector<cell> encode_views(const model::ViewMap& views) {
  std::vector<cell> cells(view_cells(views));
  auto* const octets = reinterpret_cast<unsigned char*>(cells.data());
  unsigned char* range_at = octets;
  unsigned char* view_at = octets + std::size_t{view_range_cells(count_of(views))} * CELL_OCTETS;
  for (const model::ViewMap::Range& range : views.ranges()) {
    const view_range encoded{half_of(range.first, 0), half_of(range.first, sizeof(__u64))};
    const __u16 view = range.space.number();
    std::memcpy(range_at, &encoded, sizeof encoded);
    std::memcpy(view_at, &view, sizeof view);
    range_at += sizeof encoded;
    view_at += sizeof view;
  }
  return cells;
}

}  // namespace signpost::datapath
