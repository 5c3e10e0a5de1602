// The program's place at an interface that others use as well: libxdp's dispatcher.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/attachment.h"
#include "datapath/pins.h"
#include "datapath/program.h"

namespace signpost::datapath {

// Attaches the program, which is not loaded yet, through libxdp. One of an earlier process is
// replaced, with a gap of milliseconds. Where kernel or library do not allow the dispatcher, libxdp
// gives the program the interface alone if it is free, and the warning says so.
absl::StatusOr<Attachment> attach_shared(const std::string& interface, const Pins& pins,
                                         const Program& program, ModeChoice choice);

// Whether our program is at the interface.
bool is_attached_shared(int interface_index, const Pins& pins);

// Takes our program from the interface, and leaves all others. NOT_FOUND if it is not there.
absl::Status detach_shared(const std::string& interface, const Pins& pins);

}  // namespace signpost::datapath
