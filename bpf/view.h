/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which view a client is in (struct view_range of abi.h). */
#ifndef SIGNPOST_BPF_VIEW_H
#define SIGNPOST_BPF_VIEW_H

#include "bpf/platform.h"

#include MAPS_HEADER

/* Steps of a binary search over all ranges that there can be. */
#define VIEW_SEARCH_STEPS 16

/* Whether a range begins at or before an address. */
static __always_inline bool view_range_reaches(const struct view_range *range, __u64 high,
					       __u64 low)
{
	return range->high < high || (range->high == high && range->low <= low);
}

/* Half of an address as a number. */
static __always_inline __u64 address_half(const __u32 *octets)
{
	return (__u64)__builtin_bswap32(octets[0]) << 32 | __builtin_bswap32(octets[1]);
}

/*
 * The view of the client in `s`, or VIEW_PUBLIC. By the source address alone: whoever sends a query
 * writes its client subnet option, too.
 */
SUBPROGRAM int view_find(struct scratch *s, __u32 set)
{
	const struct control *control = control_get();
	const struct cell *cell;
	struct table table;
	__u32 low = 0; /* the first range begins at the first address */
	__u64 client[2];
	__u32 first, high, i;

	if (!s || !control)
		return VIEW_PUBLIC;
	set &= 1;
	table_open(&table, set);
	first = control->view_cells[set];
	high = control->view_ranges[set]; /* begins behind the client, or is no range */
	client[0] = address_half(s->flow.client);
	client[1] = address_half(s->flow.client + 2);
	for (i = 0; i < VIEW_SEARCH_STEPS && low + 1 < high; i++) {
		__u32 middle = (low + high) / 2;

		cell = table_cell(&table, first + middle / VIEW_RANGES_A_CELL);
		if (!cell)
			return VIEW_PUBLIC;
		if (view_range_reaches((const struct view_range *)cell +
					       (middle & (VIEW_RANGES_A_CELL - 1)),
				       client[0], client[1]))
			low = middle;
		else
			high = middle;
		low = forget_bounds(low, &s->search[0]);
		high = forget_bounds(high, &s->search[1]);
	}
	first += view_range_cells(control->view_ranges[set]);
	cell = table_cell(&table, first + low / VIEWS_A_CELL);
	return cell ? ((const __u16 *)cell)[low & (VIEWS_A_CELL - 1)] : VIEW_PUBLIC;
}

#endif
