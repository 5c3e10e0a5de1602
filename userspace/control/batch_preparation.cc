#include "control/batch_preparation.h"

#include "control/soa_serial.h"

namespace signpost::control {

model::ZoneId prepare(const model::Config& before, model::ZoneId last_zone_id,
                      model::ChangeBatch& batch) {
  for (model::Change& change : batch.changes) {
    auto* put = std::get_if<model::PutZone>(&change);
    if (put == nullptr) continue;
    const model::ZonePtr* old = before.zones.find(put->zone.apex);
    put->zone.id = old != nullptr ? (*old)->id : ++last_zone_id;
  }
  move_serials(before, batch);
  return last_zone_id;
}

}  // namespace signpost::control
