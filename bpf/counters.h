/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Per-CPU counters: no cache line is shared, and no update is lost. */
#ifndef SIGNPOST_BPF_COUNTERS_H
#define SIGNPOST_BPF_COUNTERS_H

#include "bpf/platform.h"
#include "bpf/reasons.h"

#include MAPS_HEADER

static __always_inline void count_reason(enum reason reason)
{
	__u64 *count = reason_count_get(reason);

	if (count)
		++*count;
}

/* Counts a variant's answer; counter 0 is that of the variants not counted. */
static __always_inline void count_answer(__u32 counter)
{
	__u64 *count;

	if (!counter)
		return;
	count = answer_count_get(counter);
	if (count)
		++*count;
}

#endif
