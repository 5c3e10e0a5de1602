#include "datapath/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/status.h"
#include "datapath/bpf_map.h"

namespace signpost::datapath {
namespace {

constexpr char kGenericWarning[] =
    "queries are answered in generic mode, which is slower than native mode and can not grow "
    "every reply";

// The link pinned at `pin`, if it is at the interface; one that has lost its interface is removed.
absl::StatusOr<Descriptor> pinned_link(const std::string& pin, int index) {
  Descriptor link(bpf_obj_get(pin.c_str()));
  if (!link.is_open()) {
    if (errno == ENOENT) return Descriptor();
    return system_error(errno, absl::StrCat("opening ", pin));
  }
  bpf_link_info info{};
  __u32 length = sizeof(info);
  if (bpf_obj_get_info_by_fd(link.get(), &info, &length) != 0)
    return system_error(errno, absl::StrCat("looking at ", pin));
  if (info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == static_cast<__u32>(index)) return link;
  if (unlink(pin.c_str()) != 0) return system_error(errno, absl::StrCat("removing ", pin));
  return Descriptor();
}

absl::StatusOr<AttachMode> mode_at(const std::string& interface, int index) {
  ASSIGN_OR_RETURN(const std::optional<AttachedProgram> attached, attached_program(index));
  if (!attached) return internal_error("no program is attached to ", interface);
  return attached->mode;
}

absl::StatusOr<Attachment> take_over(const std::string& interface, int index,
                                     const Descriptor& link, int program_fd) {
  if (bpf_link_update(link.get(), program_fd, nullptr) != 0)
    return system_error(errno, absl::StrCat("replacing the program at ", interface));
  ASSIGN_OR_RETURN(const AttachMode mode, mode_at(interface, index));
  Attachment attachment{.mode = mode, .adopted = true, .warning = {}};
  if (mode == AttachMode::kGeneric) attachment.warning = kGenericWarning;
  return attachment;
}

// A link in one mode; errno tells why not.
Descriptor create_link(int index, int program_fd, AttachMode mode) {
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.flags = mode == AttachMode::kNative ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  return Descriptor(bpf_link_create(program_fd, index, BPF_XDP, &options));
}

absl::Status attach_error(int error, const std::string& interface, AttachMode mode) {
  const std::string what = absl::StrCat("attaching to ", interface, " in ", to_text(mode), " mode");
  if (error == EOPNOTSUPP)
    return failed_precondition(what, ": the interface's driver does not support it");
  return system_error(error, what);
}

absl::StatusOr<Descriptor> new_link(const std::string& interface, int index, int program_fd,
                                    ModeChoice choice, Attachment& attachment) {
  std::string why_not_native;
  if (choice != ModeChoice::kGeneric) {
    Descriptor link = create_link(index, program_fd, AttachMode::kNative);
    if (link.is_open()) return link;
    const int error = errno;
    if (choice == ModeChoice::kNative || error == EPERM || error == EBUSY || error == EEXIST)
      return attach_error(error, interface, AttachMode::kNative);
    why_not_native = absl::StrCat(
        std::string(attach_error(error, interface, AttachMode::kNative).message()), "; ");
  }
  attachment.mode = AttachMode::kGeneric;
  attachment.warning = why_not_native + kGenericWarning;
  Descriptor link = create_link(index, program_fd, AttachMode::kGeneric);
  if (link.is_open()) return link;
  return attach_error(errno, interface, AttachMode::kGeneric);
}

}  // namespace

std::string to_text(AttachMode mode) { return mode == AttachMode::kNative ? "native" : "generic"; }

absl::StatusOr<int> interface_index(const std::string& interface) {
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) return not_found("there is no network interface ", interface);
  return static_cast<int>(index);
}

absl::StatusOr<std::optional<AttachedProgram>> attached_program(int interface_index) {
  LIBBPF_OPTS(bpf_xdp_query_opts, options);
  if (const int error = bpf_xdp_query(interface_index, 0, &options); error != 0)
    return system_error(-error, "asking for the program at the interface");
  if (options.attach_mode == XDP_ATTACHED_NONE) return std::nullopt;
  AttachedProgram attached;
  attached.mode =
      options.attach_mode == XDP_ATTACHED_SKB ? AttachMode::kGeneric : AttachMode::kNative;
  for (const __u32 id :
       {options.prog_id, options.drv_prog_id, options.skb_prog_id, options.hw_prog_id})
    if (attached.id == 0) attached.id = id;
  return attached;
}

absl::Status foreign_program(const std::string& interface, std::uint32_t id) {
  std::string name;
  const Descriptor program(bpf_prog_get_fd_by_id(id));
  bpf_prog_info info{};
  __u32 length = sizeof(info);
  if (program.is_open() && bpf_obj_get_info_by_fd(program.get(), &info, &length) == 0)
    name = absl::StrCat(" (", info.name, ")");
  return absl::AlreadyExistsError(absl::StrCat("the XDP program ", id, name, " is attached to ",
                                               interface,
                                               " and is not ours: remove it, or ask for sharing"));
}

absl::StatusOr<Attachment> attach_link(const std::string& interface, const std::string& pin,
                                       int program_fd, ModeChoice choice) {
  ASSIGN_OR_RETURN(const int index, interface_index(interface));
  ASSIGN_OR_RETURN(const Descriptor pinned, pinned_link(pin, index));
  if (pinned.is_open()) return take_over(interface, index, pinned, program_fd);
  ASSIGN_OR_RETURN(const std::optional<AttachedProgram> other, attached_program(index));
  if (other) return foreign_program(interface, other->id);
  Attachment attachment;
  ASSIGN_OR_RETURN(const Descriptor link,
                   new_link(interface, index, program_fd, choice, attachment));
  if (bpf_obj_pin(link.get(), pin.c_str()) != 0)
    return system_error(errno, absl::StrCat("pinning ", pin));
  return attachment;
}

absl::StatusOr<bool> is_attached(int interface_index, int program_fd) {
  bpf_prog_info info{};
  __u32 length = sizeof(info);
  if (bpf_obj_get_info_by_fd(program_fd, &info, &length) != 0)
    return system_error(errno, "looking at the XDP program");
  ASSIGN_OR_RETURN(const std::optional<AttachedProgram> attached,
                   attached_program(interface_index));
  return attached && attached->id == info.id;
}

absl::Status detach_link(const std::string& pin) {
  const Descriptor link(bpf_obj_get(pin.c_str()));
  if (!link.is_open()) return system_error(errno, absl::StrCat("opening ", pin));
  // A link whose interface is gone has nothing to detach from.
  if (bpf_link_detach(link.get()) != 0 && errno != ENOLINK && errno != EOPNOTSUPP)
    return system_error(errno, absl::StrCat("detaching ", pin));
  if (unlink(pin.c_str()) != 0) return system_error(errno, absl::StrCat("removing ", pin));
  return absl::OkStatus();
}

}  // namespace signpost::datapath
