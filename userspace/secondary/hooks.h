// What a secondary has others do.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "dns/name.h"
#include "dns/tsig.h"
#include "secondary/transfer.h"

namespace signpost::secondary {

// Called once, on any thread.
using OnApplied = std::function<void(absl::Status)>;

// Called on the secondary's thread; none may wait.
struct Hooks {
  // The key with its secret; nothing if that is not known.
  std::function<std::optional<dns::TsigKey>(const dns::Name&)> key;
  // Has the zone be as the transfer says. FAILED_PRECONDITION if its differences do not fit to the
  // zone as it is held.
  std::function<void(Transfer, OnApplied)> apply;
  // Has the zone have no records any more.
  std::function<void(const dns::Name& apex, OnApplied)> drop_records;
  // Remembers beyond a restart when a primary last confirmed the zone, in seconds of Unix time.
  std::function<void(const dns::Name& apex, std::int64_t time)> remember_contact;
  std::function<void(const dns::Name& apex)> forget_contact;
};

}  // namespace signpost::secondary
