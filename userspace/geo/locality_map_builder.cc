#include "geo/locality_map_builder.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/status.h"
#include "geo/locality_lists.h"
#include "geo/locality_order.h"
#include "geo/overlay.h"

namespace signpost::geo {
namespace {

using Entries = std::span<std::uint32_t>;

// What is known below a prefix of `depth` bits.
struct Area {
  PlaceTrie::Record data = PlaceTrie::of_place(0);
  std::span<const Overlay> overlays;  // of longer prefixes
  Context context;
  unsigned depth = 0;

  bool is_one_locality() const { return overlays.empty() && PlaceTrie::is_place(data); }
};

std::uint32_t leaf(model::LocalityId locality, unsigned length) { return locality << 8 | length; }

class Builder {
 public:
  Builder(const GeoDatabase* data, std::span<const Overlay> overlays, std::size_t localities_max,
          const std::stop_token& stop)
      : data_(data),
        overlays_(overlays),
        localities_max_(localities_max),
        stop_(stop),
        lists_(data == nullptr ? nullptr : &data->places(), localities_max) {}

  absl::StatusOr<model::LocalityMapPtr> build() &&;

 private:
  // The locality of all that was filled, if it is one.
  using Uniform = std::optional<model::LocalityId>;

  Area root(bool is_ipv6);
  Area half(const Area& area, bool bit);
  void enter(Area& area);
  void fill_root(bool is_ipv6);
  Uniform fill(const Area& area, Entries entries);
  Uniform fill_half(const Area& area, Entries entries);
  Uniform fill_entry(const Area& area, std::uint32_t& entry);
  void set(Entries entries, model::LocalityId locality, unsigned length);
  void add_inner(const Overlay& overlay);
  void reserve_cells();

  const PlaceTrie* trie(bool is_ipv6) const {
    return data_ == nullptr ? nullptr : is_ipv6 ? &data_->ipv6() : &data_->ipv4();
  }

  const GeoDatabase* data_;
  std::span<const Overlay> overlays_;
  std::size_t localities_max_;
  const std::stop_token& stop_;
  LocalityLists lists_;
  const PlaceTrie* walked_ = nullptr;  // of the family at hand; null: no data
  model::LocalityMap::Parts parts_;
};

absl::StatusOr<model::LocalityMapPtr> Builder::build() && {
  reserve_cells();
  parts_.cells.resize(2 * model::kLocalityRootCells);
  if (data_ != nullptr) parts_.data = data_->data();
  for (const bool is_ipv6 : {false, true}) fill_root(is_ipv6);
  for (const Overlay& overlay : overlays_)
    if (overlay.kind != OverlayKind::kPlace && !stop_.stop_requested()) add_inner(overlay);
  if (stop_.stop_requested()) return absl::CancelledError("the map of clients is not needed now");
  if (lists_.full()) {
    return resource_exhausted("there are more than the ", localities_max_,
                              " localities that a map may have: name fewer CIDR blocks, or give "
                              "round-trip times for shorter prefixes");
  }
  lists_.finish(parts_);
  order_by_place(parts_);
  parts_.root_localities = model::root_localities(parts_.cells, parts_.inner);
  return std::make_shared<const model::LocalityMap>(std::move(parts_));
}

// Room that suffices for data of the world's cities; what is not written takes no memory.
void Builder::reserve_cells() {
  std::size_t cells = 2 * model::kLocalityRootCells + overlays_.size();
  for (const bool is_ipv6 : {false, true})
    if (trie(is_ipv6) != nullptr) cells += trie(is_ipv6)->size() / 4;
  parts_.cells.reserve(cells);
}

Area Builder::root(bool is_ipv6) {
  walked_ = trie(is_ipv6);
  Area area;
  if (walked_ != nullptr) area.data = walked_->root();
  area.overlays = of_family(overlays_, is_ipv6);
  enter(area);
  return area;
}

// The half of an area that is not one locality whose next bit is `bit`.
Area Builder::half(const Area& area, bool bit) {
  Area below = area;
  below.depth = area.depth + 1;
  if (walked_ != nullptr) below.data = walked_->child(area.data, bit);
  if (area.overlays.empty()) return below;
  const auto ones =
      std::partition_point(area.overlays.begin(), area.overlays.end(),
                           [&](const Overlay& overlay) { return !overlay.prefix.bit(area.depth); });
  below.overlays =
      bit ? std::span(ones, area.overlays.end()) : std::span(area.overlays.begin(), ones);
  enter(below);
  return below;
}

// Takes what is known of the whole area.
void Builder::enter(Area& area) {
  while (!area.overlays.empty() && area.overlays.front().prefix.length == area.depth) {
    area.context = lists_.with(area.context, area.overlays.front());
    area.overlays = area.overlays.subspan(1);
  }
}

void Builder::fill_root(bool is_ipv6) {
  std::vector<std::uint32_t> entries(model::kLocalityRootCells * model::kLocalityCellEntries);
  if (const Uniform all = fill(root(is_ipv6), entries)) set(entries, *all, 0);
  const std::size_t first = is_ipv6 ? model::kLocalityRootCells : 0;
  for (std::size_t i = 0; i < entries.size(); ++i)
    model::locality_entry(parts_.cells, first, i) = entries[i];
}

// Fills the entries of an area, a power of two, unless all of it is one locality.
Builder::Uniform Builder::fill(const Area& area, Entries entries) {
  if (area.is_one_locality()) return lists_.locality(PlaceTrie::place(area.data), area.context);
  const std::size_t middle = entries.size() / 2;
  const Uniform zero = fill_half(half(area, false), entries.first(middle));
  const Uniform one = fill_half(half(area, true), entries.subspan(middle));
  if (zero && one && *zero == *one) return zero;
  if (zero) set(entries.first(middle), *zero, area.depth + 1);
  if (one) set(entries.subspan(middle), *one, area.depth + 1);
  return std::nullopt;
}

Builder::Uniform Builder::fill_half(const Area& area, Entries entries) {
  return entries.size() == 1 ? fill_entry(area, entries.front()) : fill(area, entries);
}

// Fills an entry, with new cells if need be, unless all of it is one locality.
Builder::Uniform Builder::fill_entry(const Area& area, std::uint32_t& entry) {
  if (stop_.stop_requested()) return model::LocalityId{0};  // build() gives none of it away
  std::array<std::uint32_t, 1u << model::kLocalitySecondBits> room;
  const Entries entries = Entries(room).first(1u << model::locality_step_bits(area.depth));
  if (const Uniform all = fill(area, entries)) return all;
  const std::size_t first = parts_.cells.size();
  parts_.cells.resize(first + entries.size() / model::kLocalityCellEntries);
  for (std::size_t i = 0; i < entries.size(); ++i)
    model::locality_entry(parts_.cells, first, i) = entries[i];
  entry = model::kLocalityInnerEntry | static_cast<std::uint32_t>(first);
  return std::nullopt;
}

void Builder::set(Entries entries, model::LocalityId locality, unsigned length) {
  std::fill(entries.begin(), entries.end(), leaf(locality, length));
  ++parts_.data.prefixes;
}

// Prefixes that begin with the same address as a block, but are shorter, and whose clients are not
// all in it: the block, and others as long, do not count for a client of whom no more is known.
void Builder::add_inner(const Overlay& overlay) {
  const model::Prefix& block = overlay.prefix;
  const auto first = model::LocalityMap::leaf_of(parts_.cells, block);
  unsigned shortest = block.length;
  while (shortest > 0 && !block.bit(shortest - 1)) --shortest;
  const unsigned end = std::min<unsigned>(block.length, first.prefix_length);
  if (shortest >= end) return;
  const std::uint32_t place = lists_.localities()[first.locality].place;
  Area area = root(block.is_ipv6);
  for (unsigned length = 0; length < end; ++length) {
    if (length > 0) area = half(area, block.bit(length - 1));
    if (length < shortest) continue;
    const auto locality = lists_.locality({place, area.context.blocks, area.context.round_trips});
    if (locality != first.locality) {
      const model::Prefix inner = block.truncated(static_cast<std::uint8_t>(length));
      parts_.inner[inner] = locality;
    }
  }
}

}  // namespace

absl::StatusOr<model::LocalityMapPtr> build_locality_map(
    const GeoDatabase* data, const model::Config& config, const RoundTripTable& table,
    const std::vector<MeasuredRoundTrip>& measured, std::size_t localities_max,
    const std::stop_token& stop) {
  const std::vector<Overlay> overlays = collect_overlays(config, table, measured);
  return Builder(data, overlays, localities_max, stop).build();
}

}  // namespace signpost::geo
