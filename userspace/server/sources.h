// What all threads of a server answer from.
#pragma once

#include "server/live_guard.h"
#include "server/live_table.h"
#include "server/live_zones.h"
#include "server/query_tap.h"

namespace signpost::server {

// All must outlive the server.
struct Sources {
  const LiveTable& table;
  const LiveGuard& guard;
  const LiveZones& zones;
  QueryTap* tap = nullptr;  // is shown every query and reply; null: nobody is

  // Null if nobody looks now.
  QueryTap* watched_tap() const { return tap != nullptr && tap->is_watched() ? tap : nullptr; }
};

}  // namespace signpost::server
