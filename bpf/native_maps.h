/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The look-ups of maps.h in a native build. Whoever runs the program there supplies them:
 * tests/support/native_fastpath.h does.
 */
#ifndef SIGNPOST_BPF_NATIVE_MAPS_H
#define SIGNPOST_BPF_NATIVE_MAPS_H

#include "bpf/abi.h"
#include "bpf/scratch.h"

#ifdef __cplusplus
extern "C" {
#endif
struct control *native_control(void);
const struct node *native_node_slot(__u32 set, __u32 slot);
const struct cell *native_cells_lookup(__u32 set, __u32 index);
const struct locality_cell *native_locality_cell(__u32 slot, __u32 index);
const struct locality_cell *native_locality_root(__u32 set, __u32 index);
__u64 *native_demand(__u32 locality);
__u32 *native_cursor(__u32 ring);
__u64 *native_reason_count(__u32 reason);
__u64 *native_type_count(__u32 index);
__u64 *native_answer_count(__u32 counter);
struct bucket_line *native_bucket_line(__u32 line);
__u64 *native_guard_count(__u32 event);
bool native_sample(const struct sample *sample, __u32 octets);
__u64 *native_samples_lost(void);
struct scratch *native_scratch(void);
#ifdef __cplusplus
}
#endif

/* A set of tables, as opened by table_open(). */
struct table {
	__u32 set;
};

static __always_inline void table_open(struct table *table, __u32 set)
{
	table->set = set;
}

static __always_inline const struct node *table_slot(const struct table *table, __u32 slot)
{
	return native_node_slot(table->set, slot);
}

static __always_inline const struct cell *table_cell(const struct table *table, __u32 index)
{
	return native_cells_lookup(table->set, index);
}

/* A map of localities, as opened by locality_map_open(). */
struct locality_map {
	__u32 slot;
};

static __always_inline bool locality_map_open(struct locality_map *map, __u32 slot)
{
	map->slot = slot;
	return native_locality_cell(slot, 0);
}

static __always_inline const struct locality_cell *locality_cell(const struct locality_map *map,
								 __u32 index)
{
	return native_locality_cell(map->slot, index);
}

static __always_inline const struct locality_cell *locality_root_cell(__u32 set, __u32 index)
{
	return native_locality_root(set, index);
}

static __always_inline __u64 *demand_get(__u32 locality)
{
	return native_demand(locality);
}

static __always_inline const struct control *control_get(void)
{
	return native_control();
}

static __always_inline __u32 *cursor_get(__u32 ring)
{
	return native_cursor(ring);
}

static __always_inline __u64 *reason_count_get(__u32 reason)
{
	return native_reason_count(reason);
}

static __always_inline __u64 *type_count_get(__u32 index)
{
	return native_type_count(index);
}

static __always_inline __u64 *answer_count_get(__u32 counter)
{
	return native_answer_count(counter);
}

static __always_inline struct bucket_line *bucket_line_get(__u32 line)
{
	return native_bucket_line(line);
}

static __always_inline __u64 *guard_count_get(__u32 event)
{
	return native_guard_count(event);
}

static __always_inline bool sample_put(const struct sample *sample, __u32 octets)
{
	return native_sample(sample, octets);
}

static __always_inline __u64 *samples_lost_get(void)
{
	return native_samples_lost();
}

static __always_inline struct scratch *scratch_get(void)
{
	return native_scratch();
}

#endif
