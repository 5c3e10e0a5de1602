// What is known of prefixes besides geographic data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "geo/round_trip_samples.h"
#include "geo/round_trip_table.h"
#include "model/config.h"
#include "model/locality_map.h"
#include "model/prefix.h"

namespace signpost::geo {

enum class OverlayKind { kPlace, kBlock, kRoundTrip };

// One thing that is known of the clients of a prefix.
struct Overlay {
  model::Prefix prefix;
  OverlayKind kind = OverlayKind::kPlace;
  const model::Place* place = nullptr;      // kPlace
  const std::string* collection = nullptr;  // kBlock: its id
  const std::string* location = nullptr;    // kBlock
  const std::string* region = nullptr;      // kRoundTrip
  model::RoundTrip round_trip;              // kRoundTrip
};

// Everything of both families in one order, which is the same for the same input: by prefix, so
// that what lies below a prefix is one span, and what is known of the whole prefix its begin.
// Pointers into the configuration, the table and `measured` stay in it.
std::vector<Overlay> collect_overlays(const model::Config& config, const RoundTripTable& table,
                                      const std::vector<MeasuredRoundTrip>& measured);

// The overlays of one family; `overlays` as collect_overlays() gave them.
std::span<const Overlay> of_family(std::span<const Overlay> overlays, bool is_ipv6);

}  // namespace signpost::geo
