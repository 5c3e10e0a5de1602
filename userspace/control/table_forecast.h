// What the answer table of a planned change would need of the fast path, before it is applied.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "control/controller.h"
#include "control/fast_path.h"
#include "model/change.h"
#include "model/config.h"
#include "model/locality_map.h"
#include "signpost/v1/control.pb.h"

namespace signpost::control {

// Changes whose table the controller makes for a look: it does nothing else meanwhile. The whole
// table of larger ones is compiled on the caller's thread.
inline constexpr std::size_t kForecastByController = 50'000;

// Of `after`, which is the configuration of `running` with `batch` applied, and of other localities
// if they are not null. `fast_path` may be null. ABORTED if another change came between.
absl::StatusOr<v1::TableForecast> forecast_table(Controller& controller, FastPath* fast_path,
                                                 const RunningPtr& running,
                                                 const model::Config& after,
                                                 const model::ChangeBatch& batch,
                                                 const model::LocalityMapPtr& localities);

// What of it the operator should know before the change is applied, as sentences.
std::vector<std::string> warnings_of(const v1::TableForecast& forecast);

}  // namespace signpost::control
