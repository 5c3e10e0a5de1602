// Notices in state.db, and how far receivers have been told.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/sqlite.h"
#include "model/notice.h"
#include "notices/receiver_state.h"

namespace signpost::control {

// Does nothing if the tables are there.
absl::Status create_notice_tables(Database& database);

// Adds notices, of which none may be there, and forgets the oldest beyond NoticeLog::kKeptMax.
absl::Status add_notices(Database& database, const std::vector<model::NoticePtr>& notices);

// In ascending order. Rows that are damaged are left out.
absl::StatusOr<std::vector<model::NoticePtr>> read_notices(Database& database);

// Replaces all of it.
absl::Status write_progress(Database& database, const notices::ReceiverProgress& progress);
absl::StatusOr<notices::ReceiverProgress> read_progress(Database& database);

}  // namespace signpost::control
