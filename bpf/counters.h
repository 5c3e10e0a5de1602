/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Per-CPU counters: no cache line is shared, and no update is lost. */
#ifndef SIGNPOST_BPF_COUNTERS_H
#define SIGNPOST_BPF_COUNTERS_H

#include "bpf/counted_type.h"
#include "bpf/platform.h"
#include "bpf/reasons.h"

#include MAPS_HEADER

static __always_inline void count_reason(enum reason reason)
{
	__u64 *count = reason_count_get(reason);

	if (count)
		++*count;
}

/* Counts a reply, whole or cut off, by its outcome and the type that was asked for. */
static __always_inline void count_type(__u32 outcome, __u32 qtype)
{
	__u64 *count = type_count_get(type_count_index(outcome, qtype));

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
