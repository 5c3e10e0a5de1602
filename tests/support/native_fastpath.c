#include "tests/support/native_fastpath.h"

#include "bpf/fastpath.bpf.c"

static _Thread_local const struct native_maps* current;
static _Thread_local struct scratch working_memory;

struct control* native_control(void) {
  return current->control;
}

const struct node* native_node_slot(__u32 set, __u32 slot) {
  return current->slot(current->context, set, slot);
}

const struct cell* native_cells_lookup(__u32 set, __u32 index) {
  return current->cell(current->context, set, index);
}

const struct locality_cell* native_locality_cell(__u32 slot, __u32 index) {
  return current->locality_cell(current->context, slot, index);
}

const struct locality_cell* native_locality_root(__u32 set, __u32 index) {
  return current->locality_root(current->context, set, index);
}

__u64* native_demand(__u32 locality) { return current->demand(current->context, locality); }

__u32* native_cursor(__u32 ring) { return current->cursor(current->context, ring); }

__u64* native_reason_count(__u32 reason) { return current->reason_count(current->context, reason); }

__u64* native_type_count(__u32 index) { return current->type_count(current->context, index); }
__u64* native_answer_count(__u32 counter) {
  return current->answer_count(current->context, counter);
}

struct bucket_line* native_bucket_line(__u32 line) {
  return current->bucket_line(current->context, line);
}

__u64* native_guard_count(__u32 event) { return current->guard_count(current->context, event); }

bool native_sample(const struct sample* sample, __u32 octets) {
  return current->sample(current->context, sample, octets);
}

__u64* native_samples_lost(void) { return current->samples_lost(current->context); }

__u64 native_clock(void) { return current->clock(current->context); }

struct scratch* native_scratch(void) {
  return &working_memory;
}

__u32 native_random_bits(void) { return current->random_bits(current->context); }

bool native_fastpath_run(const struct native_maps* maps, __u8* data, __u32* length,
                         __u32 capacity) {
  return native_fastpath_run_after(maps, &data, length, capacity, 0);
}

bool native_fastpath_run_after(const struct native_maps* maps, __u8** data, __u32* length,
                               __u32 capacity, __u32 headroom) {
  struct packet packet = {*data, *length, capacity, headroom, 0};
  current = maps;
  const int verdict = signpost_xdp(&packet);
  *data = packet.data;
  *length = packet.length;
  return verdict == XDP_TX;
}
