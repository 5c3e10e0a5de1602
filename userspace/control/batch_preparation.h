// What the server adds to a change batch before it is validated.
#pragma once

#include "model/change.h"
#include "model/config.h"

namespace signpost::control {

// Gives zones that the batch creates an id of their own, above `last_zone_id`, and others the one
// that they have; moves the SOA serials of the zones it touches. Returns the last id that was
// given.
model::ZoneId prepare(const model::Config& before, model::ZoneId last_zone_id,
                      model::ChangeBatch& batch);

}  // namespace signpost::control
