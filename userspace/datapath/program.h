// The XDP program, bound to maps.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datapath/kernel_maps.h"

struct bpf_object;

namespace signpost::datapath {

class Program {
 public:
  // The program, to use `maps`; not yet in the kernel.
  static absl::StatusOr<Program> open(const KernelMaps& maps);

  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Has it verified. PERMISSION_DENIED if this process may not load programs. The verifier's log
  // goes to the BPF log. Never called twice: an attempt that fails may cost seconds of CPU time.
  absl::Status load();

  // Of the loaded program.
  int fd() const;

  // For libxdp, which loads it itself.
  bpf_object* object() const;

 private:
  struct Skeleton;
  explicit Program(std::unique_ptr<Skeleton> skeleton);

  std::unique_ptr<Skeleton> skeleton_;
};

}  // namespace signpost::datapath
