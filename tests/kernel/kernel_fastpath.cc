#include "tests/kernel/kernel_fastpath.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "bpf/abi.h"
#include "fastpath.skel.h"

namespace signpost::testing {
namespace {

constexpr std::uint32_t kRoom = 2048;

template <typename Values>
std::uint32_t size_of(const Values& values) {
  return static_cast<std::uint32_t>(values.size());
}

// An array of cells of localities.
int create_array(std::uint32_t entries) {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
  return bpf_map_create(BPF_MAP_TYPE_ARRAY, "cells", sizeof(std::uint32_t), CELL_OCTETS, entries,
                        &options);
}

// Sets all elements of an array from the first on.
template <typename Value>
bool fill_array(int map, const std::vector<Value>& values) {
  for (std::uint32_t i = 0; i < values.size(); i++) {
    if (bpf_map_update_elem(map, &i, &values[i], BPF_ANY) != 0) return false;
  }
  return true;
}

// Makes the only map of localities, in slot 0.
bool put_localities(const bpf_map* outer, const std::vector<locality_cell>& cells) {
  const std::uint32_t slot = 0;
  const std::size_t octets = cells.size() * sizeof(cells[0]);
  const int inner = create_array(size_of(cells));
  void* memory = mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED, inner, 0);
  const bool put =
      memory != MAP_FAILED && bpf_map_update_elem(bpf_map__fd(outer), &slot, &inner, BPF_ANY) == 0;
  if (put) std::memcpy(memory, cells.data(), octets);
  if (memory != MAP_FAILED) munmap(memory, octets);
  close(inner);
  return put;
}

}  // namespace

std::unique_ptr<KernelFastpath> KernelFastpath::load(TestTable& table, std::string* error) {
  fastpath* skeleton = fastpath::open();
  if (!skeleton) return *error = "cannot open the object", nullptr;
  std::unique_ptr<KernelFastpath> program(new KernelFastpath(skeleton));
  auto& maps = skeleton->maps;
  bpf_map__set_max_entries(maps.nodes, 2 * size_of(table.slots()));
  bpf_map__set_max_entries(maps.cells, 2 * size_of(table.cells()));
  // The array of maps refuses arrays of another size than its template, whose size libbpf 1.1
  // cannot change: a template of our own replaces it.
  const int localities = create_array(size_of(table.localities().cells()));
  bpf_map__set_inner_map_fd(maps.localities, localities);
  bpf_map__set_max_entries(maps.cursors, TestTable::kCursors);
  bpf_map__set_max_entries(maps.demand, TestTable::kLocalities);
  bpf_map__set_max_entries(maps.answer_counts, TestTable::kCounters);
  const int result = fastpath::load(skeleton);
  close(localities);
  if (result != 0) return *error = "cannot load: " + std::string(std::strerror(-result)), nullptr;
  if (!program->fill(table, error)) return nullptr;
  return program;
}

KernelFastpath::~KernelFastpath() { fastpath::destroy(skeleton_); }

bool KernelFastpath::fill(TestTable& table, std::string* error) {
  const auto& maps = skeleton_->maps;
  if (!fill_array(bpf_map__fd(maps.nodes), table.slots())) return *error = "nodes", false;
  if (!fill_array(bpf_map__fd(maps.cells), table.cells())) return *error = "cells", false;
  if (!put_localities(maps.localities, table.localities().cells()))
    return *error = "localities", false;
  if (!fill_array(bpf_map__fd(maps.locality_roots), table.roots()))
    return *error = "locality_roots", false;
  struct control control = table.control();
  control.node_slots = size_of(table.slots());
  control.cells = size_of(table.cells());
  put_control(control);
  return true;
}

void KernelFastpath::put_control(const struct control& control) {
  const std::uint32_t key = 0;
  bpf_map_update_elem(bpf_map__fd(skeleton_->maps.data_control), &key, &control, BPF_ANY);
}

std::optional<std::string> KernelFastpath::run(std::string_view frame, std::string* error) {
  std::string out(kRoom, '\0');
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = frame.data();
  options.data_size_in = static_cast<std::uint32_t>(frame.size());
  options.data_out = out.data();
  options.data_size_out = static_cast<std::uint32_t>(out.size());
  if (bpf_prog_test_run_opts(program(), &options) != 0) {
    *error = "test run failed: " + std::string(std::strerror(errno));
    return std::nullopt;
  }
  out.resize(options.data_size_out);
  if (options.retval == XDP_TX) return out;
  if (options.retval == XDP_DROP) return std::nullopt;
  if (options.retval != XDP_PASS) *error = "neither passed nor dropped nor answered";
  if (out != frame) *error = "passed, but changed";
  return std::nullopt;
}

std::uint64_t KernelFastpath::reason_count(std::uint32_t reason) const {
  std::vector<std::uint64_t> values(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.reasons), &reason, values.data());
  std::uint64_t sum = 0;
  for (const std::uint64_t value : values) sum += value;
  return sum;
}

std::uint32_t KernelFastpath::verified_instructions() const {
  bpf_prog_info info{};
  std::uint32_t length = sizeof(info);
  return bpf_obj_get_info_by_fd(program(), &info, &length) == 0 ? info.verified_insns : 0;
}

int KernelFastpath::program() const { return bpf_program__fd(skeleton_->progs.signpost_xdp); }

}  // namespace signpost::testing
