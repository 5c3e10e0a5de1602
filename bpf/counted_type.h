/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The types that replies are counted by: a bounded number, whatever clients ask for. */
#ifndef SIGNPOST_BPF_COUNTED_TYPE_H
#define SIGNPOST_BPF_COUNTED_TYPE_H

#include "bpf/abi.h"
#include "bpf/reasons.h"

/* Types up to HTTPS (65) are counted one by one, all others together as type 0. */
#define COUNTED_TYPES 66

static inline __u32 counted_type(__u32 qtype)
{
	return qtype < COUNTED_TYPES ? qtype : 0;
}

/* Index in type_counts: replies by outcome (REASON_ANSWERED, NODATA or NXDOMAIN) and type. */
#define TYPE_COUNTS ((REASON_NXDOMAIN + 1) * COUNTED_TYPES)

static inline __u32 type_count_index(__u32 outcome, __u32 qtype)
{
	return outcome * COUNTED_TYPES + counted_type(qtype);
}

#endif
