// The SOA serial is the server's: it moves with every change of a zone (RFC 1035 section 3.3.13,
// RFC 1982).
#pragma once

#include <cstdint>
#include <optional>

#include "model/change.h"
#include "model/config.h"

namespace signpost::control {

// Whether a zone of serial `present` takes over the serial of an SOA it is given; 0 stands for
// "none given".
bool moves_to(std::uint32_t present, std::uint32_t wanted);

// The serial of a group of SOA records; nothing if it holds none that is readable.
std::optional<std::uint32_t> serial_of(const model::RecordGroup& soa);

// The same SOA with another serial.
model::RecordGroupPtr with_serial(const model::RecordGroup& soa, std::uint32_t serial);

// True if the groups differ in nothing but the serial, or not at all.
bool same_but_serial(const model::RecordGroup& a, const model::RecordGroup& b);

// Gives every zone whose records the batch touches a new serial: that of the batch's own SOA if it
// is ahead of the present one, else the present one plus one. Zones that are new keep the serial
// they come with, and those that are copied from primaries keep theirs.
void move_serials(const model::Config& before, model::ChangeBatch& batch);

}  // namespace signpost::control
