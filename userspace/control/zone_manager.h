// Who may change a zone, in protos and in words.
#pragma once

#include <string>

#include "model/config.h"
#include "signpost/v1/config.pb.h"

namespace signpost::control {

v1::ZoneManager to_proto(model::ZoneManager manager);
// One that is not known counts as files.
model::ZoneManager from_proto(v1::ZoneManager manager);

// "files", "the API", "its primaries".
std::string words_of(model::ZoneManager manager);

}  // namespace signpost::control
