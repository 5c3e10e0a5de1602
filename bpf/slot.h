/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which slot of a ring a query gets: one rule for the fast path and the slow path. */
#ifndef SIGNPOST_BPF_SLOT_H
#define SIGNPOST_BPF_SLOT_H

#include "bpf/abi.h"

/* The cursor's slot, and the cursor moved on. A cursor left by a longer ring starts again at 0. */
static inline __u32 slot_in_turn(__u32 *cursor, __u32 slots)
{
	__u32 slot = *cursor < slots ? *cursor : 0;

	*cursor = slot + 1;
	return slot;
}

/* Maps 32 uniform bits on [0, slots) with a bias below slots / 2^32, at most 1.6e-5. */
static inline __u32 slot_at_random(__u32 bits, __u32 slots)
{
	return (__u32)(((__u64)bits * slots) >> 32);
}

#endif
