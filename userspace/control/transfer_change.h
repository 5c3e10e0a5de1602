// Transfers from primaries: each is one change, with a row of its own in the history.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "control/controller.h"
#include "dns/name.h"
#include "model/change.h"
#include "model/config.h"
#include "secondary/transfer.h"

namespace signpost::control {

// What a transfer makes of the zone as a configuration has it. Pure. NOT_FOUND if the zone is not
// copied from primaries (any more), FAILED_PRECONDITION if the transfer's differences do not fit.
absl::StatusOr<model::ChangeBatch> change_for(const model::Config& running,
                                              const secondary::Transfer& transfer);

// Works out the change against what runs and applies it, again if another change comes between;
// returns once it is served.
absl::Status apply_transfer(Controller& controller, const secondary::Transfer& transfer);

// Has the zone have no records any more, as it has expired.
absl::Status drop_records(Controller& controller, const dns::Name& apex);

}  // namespace signpost::control
