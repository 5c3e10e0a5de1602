// Overrides as the API, and state.db, have them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "model/override.h"

namespace signpost::v1 {
class Override;
}

namespace signpost::control {

// Checks the fields; `path` begins the messages of errors. Output-only fields are taken as well.
absl::StatusOr<model::Override> from_proto(const v1::Override& in, const std::string& path);
// `weight_percent` as model::weight_percent() says.
void to_proto(const model::Override& override, unsigned weight_percent, v1::Override& out);

}  // namespace signpost::control
