#include "datapath/program.h"

#include <bpf/libbpf.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "bpf/abi.h"
#include "datapath/bpf_log.h"
#include "fastpath.skel.h"

namespace signpost::datapath {

struct Program::Skeleton {
  struct Destroy {
    void operator()(fastpath* object) const { fastpath::destroy(object); }
  };
  std::unique_ptr<fastpath, Destroy> object;
};

Program::Program(std::unique_ptr<Skeleton> skeleton) : skeleton_(std::move(skeleton)) {}
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

namespace {

// The map of this name, or the one of the variable of this name; null for a map that is only pinned
// and none of the program's, such as the remembered ids.
bpf_map* map_of(const bpf_object* object, const std::string& name) {
  bpf_map* map = bpf_object__find_map_by_name(object, name.c_str());
  return map ? map : bpf_object__find_map_by_name(object, absl::StrCat(".data.", name).c_str());
}

}  // namespace

absl::StatusOr<Program> Program::open(const KernelMaps& maps) {
  redirect_bpf_log();
  auto skeleton = std::make_unique<Skeleton>();
  skeleton->object.reset(fastpath::open());
  if (!skeleton->object) return system_error(errno, "opening the XDP program");
  int error = 0;
  maps.for_each([&](const std::string& name, int fd) {
    bpf_map* map = map_of(skeleton->object->obj, name);
    if (map != nullptr && error == 0) error = bpf_map__reuse_fd(map, fd);
  });
  if (error != 0) return system_error(-error, "giving the XDP program its maps");
  return Program(std::move(skeleton));
}

absl::Status Program::load() {
  if (const int error = fastpath::load(skeleton_->object.get()); error != 0)
    return system_error(-error, "loading the XDP program");
  return absl::OkStatus();
}

int Program::fd() const { return bpf_program__fd(skeleton_->object->progs.signpost_xdp); }

bpf_object* Program::object() const { return skeleton_->object->obj; }

}  // namespace signpost::datapath
