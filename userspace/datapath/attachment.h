// The program's place at an interface: a pinned link of our own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/descriptor.h"

namespace signpost::datapath {

enum class AttachMode { kNative, kGeneric };

// "native" or "generic".
std::string to_text(AttachMode mode);

// Which modes may be used: native, then generic; or only one of them.
enum class ModeChoice { kAny, kNative, kGeneric };

// How the program is attached.
struct Attachment {
  AttachMode mode = AttachMode::kNative;
  bool adopted = false;  // it took over from the program of an earlier process, without a gap
  std::string warning;   // one sentence for the operator; or empty
};

// The index of an interface. NOT_FOUND, in one sentence, if there is none of this name.
absl::StatusOr<int> interface_index(const std::string& interface);

// The program at the interface, whoever attached it.
struct AttachedProgram {
  std::uint32_t id = 0;
  AttachMode mode = AttachMode::kNative;
};
absl::StatusOr<std::optional<AttachedProgram>> attached_program(int interface_index);

// ALREADY_EXISTS, naming the program that is at the interface.
absl::Status foreign_program(const std::string& interface, std::uint32_t id);

// Attaches the program by a link pinned at `pin`, or makes the link that is pinned there run it.
// Never touches a program that runs by anything else: ALREADY_EXISTS then.
absl::StatusOr<Attachment> attach_link(const std::string& interface, const std::string& pin,
                                       int program_fd, ModeChoice choice);

// Whether a link of ours has the program at the interface.
absl::StatusOr<bool> is_attached(int interface_index, int program_fd);

// Ends the link pinned at `pin`, and removes the pin. NOT_FOUND if there is none.
absl::Status detach_link(const std::string& pin);

}  // namespace signpost::datapath
