// What all threads of a server answer from.
#pragma once

#include "server/live_guard.h"
#include "server/live_table.h"
#include "server/live_zones.h"

namespace signpost::server {

class QueryTap;

// All must outlive the server.
struct Sources {
  const LiveTable& table;
  const LiveGuard& guard;
  const LiveZones& zones;
  QueryTap* tap = nullptr;  // is shown every query and reply; null: nobody is
};

}  // namespace signpost::server
