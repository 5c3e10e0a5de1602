// The configuration itself, which zones are transferred from, the keys of transaction signatures,
// and the rules by which questions are passed on.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "dns/tsig.h"
#include "forward/rules.h"
#include "model/config.h"

namespace signpost::server {

// Of one generation, which a transfer keeps to its end.
struct ServedZones {
  model::Config config;
  dns::TsigKeys keys;  // those whose secrets are known
  forward::Rules forward_rules{};
};
using ServedZonesPtr = std::shared_ptr<const ServedZones>;

// Written by the daemon, read by any thread.
class LiveZones {
 public:
  void store(ServedZonesPtr next) { zones_.store(std::move(next), std::memory_order_release); }
  // Never null: no zones and no keys until the first.
  ServedZonesPtr load() const { return zones_.load(std::memory_order_acquire); }

 private:
  std::atomic<ServedZonesPtr> zones_{std::make_shared<const ServedZones>()};
};

}  // namespace signpost::server
