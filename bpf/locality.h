/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a client is, and the answer for clients there (abi.h tells the layout of both). */
#ifndef SIGNPOST_BPF_LOCALITY_H
#define SIGNPOST_BPF_LOCALITY_H

#include "bpf/dns_query.h"
#include "bpf/ip.h"
#include "bpf/platform.h"
#include "bpf/reasons.h"

#include MAPS_HEADER

/* What is known of a client's address. Octets behind the first `length` bits are of no meaning: no
 * leaf that is as short as those bits depends on them. */
struct client_prefix {
	__u64 high; /* the first 64 bits, in host order */
	__u64 low;
	__u32 length;
	__u32 root; /* first cell of the family's root */
};

static __always_inline __u64 load_64be(const void *at)
{
	return __builtin_bswap64(load_64(at));
}

static __always_inline __u64 load_32be(const void *at)
{
	return __builtin_bswap32(load_32(at));
}

static __always_inline struct client_prefix prefix_of_source(const struct flow *flow)
{
	const __u32 *address = flow->client;

	if (address[0] == 0 && address[1] == 0 && address[2] == IPV4_MAPPED)
		return (struct client_prefix){.high = load_32be(&address[3]) << 32, .length = 32};
	return (struct client_prefix){.high = load_64be(&address[0]),
				      .low = load_64be(&address[2]),
				      .length = 128,
				      .root = LOCALITY_ROOT_CELLS};
}

/* The data of the client subnet option, which the query must have. */
static __always_inline __u8 *subnet_data(struct scratch *s)
{
	return scratch_message(s) + (s->query.subnet & (QUERY_OCTETS_MAX - 1));
}

static __always_inline struct client_prefix prefix_of_subnet(const __u8 *subnet)
{
	const __u8 *address = subnet + SUBNET_FIXED_OCTETS;

	if (load_16be(subnet) == SUBNET_IPV4)
		return (struct client_prefix){.high = load_32be(address) << 32,
					      .length = subnet[2]};
	return (struct client_prefix){.high = load_64be(address),
				      .low = load_64be(address + 8),
				      .length = subnet[2],
				      .root = LOCALITY_ROOT_CELLS};
}

/* The entry `index` of those that begin at the cell `first`, in *entry; false if the map is torn.
 */
static __always_inline bool entry_read(const struct locality_map *map, __u32 first, __u32 index,
				       __u32 *entry)
{
	const struct locality_cell *cell =
		locality_cell(map, first + index / LOCALITY_CELL_ENTRIES);

	if (!cell)
		return false;
	*entry = cell->entries[index % LOCALITY_CELL_ENTRIES];
	return true;
}

/* Which entry of its family's root a client's prefix has. */
static __always_inline __u32 root_index(const struct client_prefix *prefix)
{
	return (__u32)(prefix->high >> (64 - LOCALITY_ROOT_BITS));
}

/* The leaf of a client's prefix, going on from the entry of a root; LOCALITY_INNER is set if the
 * map is torn. */
SUBPROGRAM int leaf_below(const struct client_prefix *prefix, __u32 slot, __u32 entry)
{
	const __u32 bits = LOCALITY_ROOT_BITS + LOCALITY_SECOND_BITS;
	struct locality_map map;
	__u64 high, low;
	__u32 i;

	if (!prefix || !(entry & LOCALITY_INNER))
		return (int)entry;
	if (!locality_map_open(&map, slot) ||
	    !entry_read(&map, entry & ~LOCALITY_INNER,
			(__u32)(prefix->high >> (64 - bits)) & ((1u << LOCALITY_SECOND_BITS) - 1),
			&entry))
		return (int)LOCALITY_INNER;
	high = prefix->high << bits | prefix->low >> (64 - bits);
	low = prefix->low << bits;
	for (i = 0; i < LOCALITY_STEPS_MAX; i++) {
		if (!(entry & LOCALITY_INNER))
			break;
		if (!entry_read(&map, entry & ~LOCALITY_INNER,
				(__u32)(high >> (64 - LOCALITY_STRIDE_BITS)), &entry))
			return (int)LOCALITY_INNER;
		high = high << LOCALITY_STRIDE_BITS | low >> (64 - LOCALITY_STRIDE_BITS);
		low <<= LOCALITY_STRIDE_BITS;
	}
	return (int)entry;
}

/* Whether the client is where the query's client subnet says, else where its source address is
 * (RFC 7871 section 7.2.1): a source prefix of 0 bits says nothing. */
static __always_inline bool located_by_subnet(struct scratch *s)
{
	return s->query.options & QUERY_SUBNET && subnet_data(s)[2];
}

/*
 * A locality whose clients get the same answers from this set as the query's, in *locality. What
 * the answer is good for becomes the option's scope, in the copy of the query that the reply's
 * option is made from.
 */
static __always_inline enum reason locality_find(struct scratch *s, __u32 set, __u32 slot,
						 const struct client_prefix *prefix,
						 __u32 *locality)
{
	__u32 leaf = 0;

	if (slot < LOCALITY_SLOTS) {
		__u32 index = root_index(prefix);
		const struct locality_cell *root =
			locality_root_cell(set, prefix->root + index / LOCALITY_CELL_ENTRIES);

		if (!root)
			return REASON_TORN;
		leaf = (__u32)leaf_below(prefix, slot,
					 root->entries[index % LOCALITY_CELL_ENTRIES]);
		if (leaf & LOCALITY_INNER)
			return REASON_TORN;
	}
	if ((leaf & LOCALITY_LENGTH_MASK) > prefix->length)
		return REASON_LOCALITY_UNSURE;
	if (located_by_subnet(s))
		subnet_data(s)[3] = (__u8)leaf;
	*locality = leaf >> LOCALITY_LEAF_SHIFT;
	return REASON_ANSWERED;
}

/* The class of a locality, in *class; false if the table is torn. */
static __always_inline bool class_find(const struct table *table, __u32 partition, __u32 locality,
				       __u32 *class)
{
	__u32 block = locality / CLASSES_A_BLOCK;
	const __u32 *blocks = (const __u32 *)table_cell(table, partition + block / BLOCKS_A_CELL);
	const __u16 *classes;

	if (!blocks)
		return false;
	*class = blocks[block % BLOCKS_A_CELL];
	if (*class & BLOCK_UNIFORM) {
		*class &= CLASS_MASK;
		return true;
	}
	classes = (const __u16 *)table_cell(table, partition + *class);
	if (!classes)
		return false;
	*class = classes[locality % CLASSES_A_BLOCK];
	return true;
}

/* The answer for a locality, in *answer; false if the table is torn. */
static __always_inline bool class_answer(const struct table *table, __u32 first, __u32 locality,
					 answer_ref *answer)
{
	const struct local *local = (const struct local *)table_cell(table, first);
	const __u32 *answers;
	__u32 class;

	if (!local || !class_find(table, local->partition, locality, &class) ||
	    class >= local->classes)
		return false;
	if (class < LOCAL_FIRST_ANSWERS) {
		*answer = local->answers[class & 15];
		return true;
	}
	class -= LOCAL_FIRST_ANSWERS;
	answers = (const __u32 *)table_cell(table, first + 1 + class / LOCAL_ANSWERS_A_CELL);
	if (!answers)
		return false;
	*answer = answers[class % LOCAL_ANSWERS_A_CELL];
	return true;
}

/*
 * For how many answers this one is counted. Samples are drawn by multiples of the golden ratio
 * modulo 1 (Weyl's sequence), which keeps no step with clients that ask in turn.
 */
static __always_inline __u32 demand_weight(struct scratch *s)
{
	if (s->demand_exact < DEMAND_EXACT) {
		s->demand_exact++;
		return 1;
	}
	s->demand_sample += 0x9e3779b9u;
	return s->demand_sample < (1ull << 32) / DEMAND_SAMPLE ? DEMAND_SAMPLE : 0;
}

/* Counts the demand at the client's own locality, which the map's roots lead to. */
static __always_inline void count_demand(struct scratch *s, __u32 slot,
					 const struct client_prefix *prefix)
{
	__u32 weight = demand_weight(s);
	struct locality_map map;
	__u32 leaf = 0;
	__u64 *count;

	if (!weight)
		return;
	if (slot < LOCALITY_SLOTS && (!locality_map_open(&map, slot) ||
				      !entry_read(&map, prefix->root, root_index(prefix), &leaf)))
		return;
	count = demand_get((__u32)leaf_below(prefix, slot, leaf) >> LOCALITY_LEAF_SHIFT);
	if (count)
		*count += weight;
}

/*
 * Puts the answer for the client's locality in the place of the answer by locality in `s`, and
 * counts the demand: REASON_ANSWERED, or why there is none. A query that is passed afterwards is
 * counted by the slow path too: its client, which gets a truncated reply, asks twice.
 */
SUBPROGRAM int local_answer(struct scratch *s, __u32 set)
{
	const struct control *control = control_get();
	struct client_prefix prefix;
	struct table table;
	enum reason reason;
	__u32 locality;
	__u32 slot;

	if (!s || !control)
		return REASON_TORN;
	table_open(&table, set);
	slot = read_once_32(&control->locality_slot[set & 1]);
	prefix = located_by_subnet(s) ? prefix_of_subnet(subnet_data(s))
				      : prefix_of_source(&s->flow);
	reason = locality_find(s, set, slot, &prefix, &locality);
	if (reason != REASON_ANSWERED)
		return reason;
	if (!class_answer(&table, s->answer & ANSWER_INDEX_MASK, locality, &s->answer))
		return REASON_TORN;
	if (s->answer == ANSWER_PASS)
		return REASON_NOT_PRECOMPUTED;
	count_demand(s, slot, &prefix);
	return REASON_ANSWERED;
}

#endif
