// When primaries were last heard, in state.db: a restart may not make copies of zones last longer.
#pragma once

#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sqlite.h"
#include "dns/name.h"

namespace signpost::control {

absl::Status create_secondary_contacts(Database& database);

// By apex, in seconds of Unix time.
absl::StatusOr<std::map<dns::Name, std::int64_t>> read_secondary_contacts(Database& database);

absl::Status write_secondary_contact(Database& database, const dns::Name& apex, std::int64_t time);
absl::Status forget_secondary_contact(Database& database, const dns::Name& apex);

}  // namespace signpost::control
