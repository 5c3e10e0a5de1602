// What the server has others do with zones: tell what they were, change them, and refresh copies.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "dns/message_reader.h"
#include "dns/name.h"
#include "model/config.h"
#include "server/notify_request.h"
#include "server/query.h"

namespace signpost::server {

// The contents of one (owner name, type) before and after; null: none.
struct GroupChange {
  dns::Name owner;
  model::RecordGroupPtr before;
  model::RecordGroupPtr after;
};

// All that differs in the zone of `apex` between its state with `serial` and that in the generation
// `to`, the SOA among it: what IXFR (RFC 1995) tells. An error if that is not known. May take a
// while.
using ZoneChangesSource = std::function<absl::StatusOr<std::vector<GroupChange>>(
    const dns::Name& apex, std::uint32_t serial, model::ConfigGeneration to)>;

// A dynamic update (RFC 2136) that may be made; records as they came.
struct ZoneUpdate {
  dns::Name apex;  // folded; of a zone that is held
  dns::Name key;   // that signed it
  std::vector<dns::MessageRecord> prerequisites;
  std::vector<dns::MessageRecord> updates;
};

// Makes the update as a whole, or nothing of it; returns once it is served. May take a while.
using ZoneUpdater = std::function<Rcode(const ZoneUpdate& update)>;

// Has the zone refreshed, as a primary says that it has changed. May not wait.
using NotifySink = std::function<void(const NotifyReceipt& receipt)>;

struct ZoneBackend {
  ZoneChangesSource changes{};  // null: zones are transferred whole
  ZoneUpdater update{};         // null: NOTIMP
  NotifySink notified{};        // null: nothing comes of it
};

}  // namespace signpost::server
