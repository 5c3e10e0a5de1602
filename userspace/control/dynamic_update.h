// Dynamic updates (RFC 2136): each is one change, with a row of its own in the history.
#pragma once

#include <string>

#include "control/controller.h"
#include "model/change.h"
#include "model/config.h"
#include "server/query.h"
#include "server/zone_backend.h"

namespace signpost::control {

// What an update comes to on a configuration. Pure.
struct UpdateOutcome {
  server::Rcode rcode = server::Rcode::kNoError;
  model::ChangeBatch batch{};  // nothing to do if it is empty
  std::string why{};           // of a refusal that is not plain from the code
};

// The prerequisites, the checks and the changes of RFC 2136 sections 3.2 to 3.4. REFUSED besides
// where a zone is managed by files, and where a change meets records of a routing policy or an
// alias, which an update can't tell apart.
UpdateOutcome work_out(const model::Config& running, const server::ZoneUpdate& update);

// Works out the update against what runs and applies it, again if another change comes between;
// returns once it is served.
server::Rcode make_update(Controller& controller, const server::ZoneUpdate& update);

}  // namespace signpost::control
