#include "datapath/sharing.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <vector>

#include "base/status.h"
#include "datapath/bpf_log.h"
#include "datapath/bpf_map.h"

namespace signpost::datapath {
namespace {

constexpr char kSection[] = "xdp";

struct CloseMultiprog {
  void operator()(xdp_multiprog* programs) const { xdp_multiprog__close(programs); }
};
using Multiprog = std::unique_ptr<xdp_multiprog, CloseMultiprog>;

struct CloseProgram {
  void operator()(xdp_program* program) const { xdp_program__close(program); }
};
using XdpProgram = std::unique_ptr<xdp_program, CloseProgram>;

// What is at the interface; null if nothing is.
Multiprog programs_at(int index) {
  xdp_multiprog* programs = xdp_multiprog__get_from_ifindex(index);
  return Multiprog(libxdp_get_error(programs) == 0 ? programs : nullptr);
}

std::vector<__u32> control_map_ids(const Pins& pins) {
  std::vector<__u32> ids;
  for (const std::string& path : pins.control_maps()) {
    const Descriptor map(bpf_obj_get(path.c_str()));
    bpf_map_info info{};
    __u32 length = sizeof(info);
    if (map.is_open() && bpf_obj_get_info_by_fd(map.get(), &info, &length) == 0)
      ids.push_back(info.id);
  }
  return ids;
}

// A program is ours if it reads one of our control maps.
bool is_ours(const xdp_program* program, const std::vector<__u32>& control_ids) {
  std::array<__u32, 64> map_ids{};
  bpf_prog_info info{};
  info.nr_map_ids = map_ids.size();
  info.map_ids = reinterpret_cast<__u64>(map_ids.data());
  __u32 length = sizeof(info);
  if (bpf_obj_get_info_by_fd(xdp_program__fd(program), &info, &length) != 0) return false;
  const auto end = map_ids.begin() + std::min<std::size_t>(info.nr_map_ids, map_ids.size());
  return std::find_first_of(map_ids.begin(), end, control_ids.begin(), control_ids.end()) != end;
}

xdp_program* our_program(const xdp_multiprog* programs, const Pins& pins) {
  const std::vector<__u32> ids = control_map_ids(pins);
  if (xdp_multiprog__is_legacy(programs)) {
    xdp_program* only = xdp_multiprog__main_prog(programs);
    return only != nullptr && is_ours(only, ids) ? only : nullptr;
  }
  for (xdp_program* at = nullptr; (at = xdp_multiprog__next_prog(at, programs)) != nullptr;) {
    if (is_ours(at, ids)) return at;
  }
  return nullptr;
}

absl::Status attach_in_mode(const std::string& interface, int index, xdp_program* program,
                            AttachMode mode) {
  const xdp_attach_mode wanted = mode == AttachMode::kNative ? XDP_MODE_NATIVE : XDP_MODE_SKB;
  const int error = xdp_program__attach(program, index, wanted, 0);
  if (error == 0) return absl::OkStatus();
  const auto attached = attached_program(index);
  if (attached.ok() && *attached)
    return annotate(foreign_program(interface, (*attached)->id),
                    "libxdp's dispatcher can't be used here, so the interface can't be shared");
  return system_error(-error, absl::StrCat("attaching to ", interface, " through libxdp in ",
                                           to_text(mode), " mode"));
}

}  // namespace

absl::StatusOr<Attachment> attach_shared(const std::string& interface, const Pins& pins,
                                         const Program& program, ModeChoice choice) {
  redirect_bpf_log();
  ASSIGN_OR_RETURN(const int index, interface_index(interface));
  if (absl::Status gone = detach_shared(interface, pins); !gone.ok() && !absl::IsNotFound(gone))
    return gone;
  const XdpProgram shared(xdp_program__from_bpf_obj(program.object(), kSection));
  if (const long error = libxdp_get_error(shared.get()); error != 0)
    return system_error(static_cast<int>(-error), "giving the XDP program to libxdp");

  Attachment attachment;
  absl::Status status = absl::UnknownError("no mode tried");
  if (choice != ModeChoice::kGeneric)
    status = attach_in_mode(interface, index, shared.get(), AttachMode::kNative);
  if (!status.ok() && !absl::IsAlreadyExists(status) && choice != ModeChoice::kNative) {
    attachment.mode = AttachMode::kGeneric;
    attachment.warning = "queries are answered in generic mode";
    status = attach_in_mode(interface, index, shared.get(), AttachMode::kGeneric);
  }
  RETURN_IF_ERROR(status);
  const Multiprog programs = programs_at(index);
  if (programs && xdp_multiprog__is_legacy(programs.get()))
    attachment.warning +=
        absl::StrCat(attachment.warning.empty() ? "" : "; ", "libxdp ",
                     "can't use its dispatcher here: the program has ", interface, " to itself");
  return attachment;
}

bool is_attached_shared(int interface_index, const Pins& pins) {
  redirect_bpf_log();
  const Multiprog programs = programs_at(interface_index);
  return programs && our_program(programs.get(), pins) != nullptr;
}

absl::Status detach_shared(const std::string& interface, const Pins& pins) {
  redirect_bpf_log();
  ASSIGN_OR_RETURN(const int index, interface_index(interface));
  const Multiprog programs = programs_at(index);
  xdp_program* ours = programs ? our_program(programs.get(), pins) : nullptr;
  if (ours == nullptr) return not_found("no program of signpostd is attached to ", interface);
  const int error = xdp_program__detach(ours, index, xdp_multiprog__attach_mode(programs.get()), 0);
  if (error != 0)
    return system_error(-error, absl::StrCat("detaching from ", interface, " through libxdp"));
  return absl::OkStatus();
}

}  // namespace signpost::datapath
