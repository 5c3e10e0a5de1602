// The XDP program loaded into the running kernel, run on single frames. Needs CAP_BPF,
// CAP_NET_ADMIN and CAP_PERFMON.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/bpf/test_table.h"

struct fastpath;

namespace signpost::testing {

class KernelFastpath {
 public:
  // Loads the program with room for the table, and fills its maps. Null on failure, with the reason
  // in *error.
  static std::unique_ptr<KernelFastpath> load(TestTable& table, std::string* error);
  ~KernelFastpath();
  KernelFastpath(const KernelFastpath&) = delete;
  KernelFastpath& operator=(const KernelFastpath&) = delete;

  // The reply frame, or nothing if the program dropped the frame, or passed it; then it is
  // unchanged, or *error says so.
  std::optional<std::string> run(std::string_view frame, std::string* error);

  // The sum of a reason's per-CPU counters.
  std::uint64_t reason_count(std::uint32_t reason) const;

  // Instructions that the verifier processed, over all functions of the program.
  std::uint32_t verified_instructions() const;

  int program() const;
  // Overwrites the control element.
  void put_control(const struct control& control);

 private:
  explicit KernelFastpath(fastpath* skeleton) : skeleton_(skeleton) {}
  bool fill(TestTable& table, std::string* error);

  fastpath* skeleton_;
};

}  // namespace signpost::testing
