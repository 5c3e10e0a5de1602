// Commands that change what is served: apply, rollback, record set, record delete; and diff, which
// looks back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "signpost/session.h"

namespace signpost::v1 {
class ApplyOptions;
}

namespace signpost::cli {

struct ApplyArguments {
  std::vector<std::string> files;
  bool prune = false;
  bool adopt = false;
  bool force = false;
  std::uint64_t expected_generation = 0;  // 0: any
  std::string comment;
  Format format = Format::kTable;
};

v1::ApplyOptions apply_options(const ApplyArguments& arguments);

// Shows the plan and carries out exactly that, as one batch.
absl::StatusOr<int> apply(Session& session, const ApplyArguments& arguments);

struct DiffArguments {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  Format format = Format::kTable;
};
absl::StatusOr<int> diff(Session& session, const DiffArguments& arguments);

struct RollbackArguments {
  std::uint64_t generation = 0;
  std::uint64_t expected_generation = 0;
  std::string comment;
  Format format = Format::kTable;
};
absl::StatusOr<int> rollback(Session& session, const RollbackArguments& arguments);

struct RecordArguments {
  std::string zone;
  std::string name;
  std::string type;
  std::uint32_t ttl = 0;
  std::vector<std::string> values;
  std::string set_identifier;  // of the set to delete
  std::string comment;
  Format format = Format::kTable;
};

// Creates or replaces a simple record set of a zone that the API manages.
absl::StatusOr<int> record_set(Session& session, const RecordArguments& arguments);

// Deletes one record set of such a zone, whatever its values are.
absl::StatusOr<int> record_delete(Session& session, const RecordArguments& arguments);

}  // namespace signpost::cli
