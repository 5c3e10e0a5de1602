#include "geo/overlay.h"

#include <algorithm>
#include <tuple>

namespace signpost::geo {
namespace {

using OverlayList = std::vector<Overlay>;

void add_places(const model::Config& config, OverlayList& overlays) {
  config.place_overrides.for_each([&](const auto&, const model::PlaceOverridePtr& each) {
    Overlay& overlay = overlays.emplace_back();
    overlay.prefix = each->prefix;
    overlay.kind = OverlayKind::kPlace;
    overlay.place = &each->place;
  });
}

void add_blocks(const model::Config& config, OverlayList& overlays) {
  config.cidr_collections.for_each([&](const auto&, const model::CidrCollectionPtr& collection) {
    for (const model::CidrLocation& location : collection->locations) {
      for (const model::Prefix& block : location.blocks) {
        Overlay& overlay = overlays.emplace_back();
        overlay.prefix = block;
        overlay.kind = OverlayKind::kBlock;
        overlay.collection = &collection->id;
        overlay.location = &location.name;
      }
    }
  });
}

void add_round_trip(const model::Prefix& prefix, const std::string& region, double milliseconds,
                    model::RoundTripSource source, std::uint32_t samples, OverlayList& overlays) {
  Overlay& overlay = overlays.emplace_back();
  overlay.prefix = prefix;
  overlay.kind = OverlayKind::kRoundTrip;
  overlay.region = &region;
  overlay.round_trip = {milliseconds, source, prefix, samples};
}

const std::string& text_or_empty(const std::string* text) {
  static const auto* const empty = new std::string;
  return text == nullptr ? *empty : *text;
}

auto order_of(const Overlay& overlay) {
  return std::tuple<const model::Prefix&, OverlayKind, const std::string&, const std::string&,
                    const std::string&, model::RoundTripSource>(
      overlay.prefix, overlay.kind, text_or_empty(overlay.collection),
      text_or_empty(overlay.location), text_or_empty(overlay.region), overlay.round_trip.source);
}

}  // namespace

OverlayList collect_overlays(const model::Config& config, const RoundTripTable& table,
                             const std::vector<MeasuredRoundTrip>& measured) {
  OverlayList overlays;
  add_places(config, overlays);
  add_blocks(config, overlays);
  for (const RoundTripRow& row : table)
    add_round_trip(row.prefix, row.region, row.milliseconds, model::RoundTripSource::kTable, 0,
                   overlays);
  for (const MeasuredRoundTrip& each : measured)
    add_round_trip(each.prefix, each.region, each.milliseconds, model::RoundTripSource::kMeasured,
                   each.samples, overlays);
  std::sort(overlays.begin(), overlays.end(),
            [](const Overlay& a, const Overlay& b) { return order_of(a) < order_of(b); });
  return overlays;
}

std::span<const Overlay> of_family(std::span<const Overlay> overlays, bool is_ipv6) {
  const auto ipv6 = std::partition_point(overlays.begin(), overlays.end(),
                                         [](const Overlay& each) { return !each.prefix.is_ipv6; });
  return is_ipv6 ? std::span(ipv6, overlays.end()) : std::span(overlays.begin(), ipv6);
}

}  // namespace signpost::geo
