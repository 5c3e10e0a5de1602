/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every map of bpf/abi.h that the program reads, and its look-ups. The loader replaces the
 * capacities written here. The maps of localities and their template are equal in size, so that the
 * kernel inlines their look-up.
 */
#ifndef SIGNPOST_BPF_MAPS_H
#define SIGNPOST_BPF_MAPS_H

#include "bpf/abi.h"
#include "bpf/counted_type.h"
#include "bpf/guard_events.h"
#include "bpf/platform.h"
#include "bpf/reasons.h"
#include "bpf/scratch.h"

/* A variable, which the program reads without a look-up: the only element of an array. */
struct control control SEC(".data.control") = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, struct node);
} nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, struct cell);
} cells SEC(".maps");

/*
 * Its elements are put by userspace; the one that is not in use does not exist. They have no type
 * information, which the loader's template cannot have: Linux 6.1 compares it.
 */
struct locality_set {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * LOCALITY_ROOT_CELLS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct locality_cell));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, LOCALITY_SLOTS);
	__type(key, __u32);
	__array(values, struct locality_set);
} localities SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2 * LOCALITY_SET_CELLS);
	__type(key, __u32);
	__type(value, struct locality_cell);
} locality_roots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, __u64);
} demand SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, __u32);
} cursors SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, REASON_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TYPE_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} type_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1 << 17);
	__type(key, __u32);
	__type(value, __u64);
} answer_counts SEC(".maps");

/* Nobody maps it, but only what can be mapped begins at a page: else a line of buckets would lie in
 * two cache lines. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1 << 16);
	__type(key, __u32);
	__type(value, struct bucket_line);
} buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GUARD_EVENT_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} guard_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} samples_lost SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

/* A set of tables, as opened by table_open(): where its nodes and cells begin. */
struct table {
	__u32 first_node;
	__u32 first_cell;
};

static __always_inline void table_open(struct table *table, __u32 set)
{
	table->first_node = opaque(set * read_once_32(&control.node_slots));
	table->first_cell = opaque(set * read_once_32(&control.cells));
}

static __always_inline const struct node *table_slot(const struct table *table, __u32 slot)
{
	__u32 index = table->first_node + slot;

	return bpf_map_lookup_elem(&nodes, &index);
}

static __always_inline const struct cell *table_cell(const struct table *table, __u32 index)
{
	index += table->first_cell;
	return bpf_map_lookup_elem(&cells, &index);
}

/* A map of localities, as opened by locality_map_open(). */
struct locality_map {
	void *cells;
};

static __always_inline bool locality_map_open(struct locality_map *map, __u32 slot)
{
	map->cells = bpf_map_lookup_elem(&localities, &slot);
	return map->cells;
}

static __always_inline const struct locality_cell *locality_cell(const struct locality_map *map,
								 __u32 index)
{
	return bpf_map_lookup_elem(map->cells, &index);
}

/* The cell `index` of the roots of a set. */
static __always_inline const struct locality_cell *locality_root_cell(__u32 set, __u32 index)
{
	index += (set & 1) * LOCALITY_SET_CELLS;
	return bpf_map_lookup_elem(&locality_roots, &index);
}

static __always_inline __u64 *demand_get(__u32 locality)
{
	return bpf_map_lookup_elem(&demand, &locality);
}

static __always_inline const struct control *control_get(void)
{
	return &control;
}

static __always_inline __u32 *cursor_get(__u32 ring)
{
	return bpf_map_lookup_elem(&cursors, &ring);
}

static __always_inline __u64 *reason_count_get(__u32 reason)
{
	return bpf_map_lookup_elem(&reasons, &reason);
}

static __always_inline __u64 *type_count_get(__u32 index)
{
	return bpf_map_lookup_elem(&type_counts, &index);
}

static __always_inline __u64 *answer_count_get(__u32 counter)
{
	return bpf_map_lookup_elem(&answer_counts, &counter);
}

static __always_inline struct bucket_line *bucket_line_get(__u32 line)
{
	return bpf_map_lookup_elem(&buckets, &line);
}

static __always_inline __u64 *guard_count_get(__u32 event)
{
	return bpf_map_lookup_elem(&guard_counts, &event);
}

/* Hands the first octets of the sample to userspace, which looks for them by itself: to wake it
 * would cost more than they do. False if there is no room. */
static __always_inline bool sample_put(const struct sample *sample, __u32 octets)
{
	return bpf_ringbuf_output(&samples, (void *)sample, octets, BPF_RB_NO_WAKEUP) == 0;
}

static __always_inline __u64 *samples_lost_get(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&samples_lost, &key);
}

static __always_inline struct scratch *scratch_get(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&scratch, &key);
}

#endif
