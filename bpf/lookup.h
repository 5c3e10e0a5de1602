/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a question to the variant that answers it (abi.h tells the layout of the tables). */
#ifndef SIGNPOST_BPF_LOOKUP_H
#define SIGNPOST_BPF_LOOKUP_H

#include "bpf/client_slot.h"
#include "bpf/dns_query.h"
#include "bpf/locality.h"
#include "bpf/node_table.h"
#include "bpf/platform.h"
#include "bpf/reasons.h"
#include "bpf/view.h"

#include MAPS_HEADER

/* As it is on the wire (RFC 1035 section 4.1.4). */
#define POINTER_TO_QNAME ((__u32)__builtin_bswap16(0xc000 | DNS_HEADER_OCTETS))

/* Labels of the longest name, as a power of two for binary search. */
#define LABEL_SEARCH_STEPS 7

/* The key of the folded name from `offset` on, to s->key; the view stays. */
SUBPROGRAM int lookup_key(struct scratch *s, __u32 offset)
{
	const struct control *control = control_get();

	if (!s || !control)
		return 0;
	offset &= NAME_OFFSET;
	name_digest(s->name + offset, (s->query.name_length - offset) & NAME_OFFSET, &control->key,
		    s->key.digest);
	s->key.page = 0;
	return 0;
}

/* The digest of QNAME with its capitals folded, to s->key. */
SUBPROGRAM int capitals_digest(struct scratch *s)
{
	const struct control *control = control_get();

	if (!s || !control)
		return 0;
	name_digest_folding(scratch_message(s) + DNS_HEADER_OCTETS,
			    s->query.name_length & NAME_OFFSET, &control->key, s->key.digest);
	return 0;
}

/* The key of QNAME, to s->key, and the sum of the question, to s->question_sum. */
SUBPROGRAM int question_digest(struct scratch *s)
{
	const struct control *control = control_get();
	const __u8 *name;
	__u32 length;
	__u64 sum;

	if (!s || !control)
		return 0;
	name = scratch_message(s) + DNS_HEADER_OCTETS;
	length = s->query.name_length & NAME_OFFSET;
	if (!name_digest_summing(name, length, &control->key, s->key.digest, &sum))
		capitals_digest(s);
	s->question_sum = sum + checksum_at(load_32(name + length), length);
	store_32(&s->key.view, VIEW_PUBLIC); /* page 0 */
	return 0;
}

/* The slot of a node that is not held. */
#define SLOT_NONE 0xffffffffu

/* The node with the key in `s`, and its slot in s->slot; NULL if it is not held. A node with a
 * later home slot stands behind all that have this one. */
static __always_inline const struct node *node_search(struct scratch *s, const struct table *table,
						      __u32 node_homes)
{
	__u32 home = node_home(&s->key, node_homes);
	__u32 i;

	for (i = 0; i < NODE_PROBES_MAX; i++) {
		const struct node *node = table_slot(table, home + i);

		if (!node || !node->pages)
			return NULL;
		if (node_key_equal(&node->key, &s->key)) {
			s->slot = home + i;
			return node;
		}
		if (node_home(&node->key, node_homes) > home)
			return NULL;
	}
	return NULL;
}

/* The slot of the node with the key in `s`, or SLOT_NONE. */
SUBPROGRAM int slot_find(struct scratch *s, __u32 set)
{
	const struct control *control = control_get();
	struct table table;

	if (!s || !control)
		return (int)SLOT_NONE;
	table_open(&table, set);
	return node_search(s, &table, control->node_homes) ? (int)s->slot : (int)SLOT_NONE;
}

/* The node with the key in `s`, or NULL; searched for in a function of its own. */
static __always_inline const struct node *node_get(struct scratch *s, const struct table *table,
						   __u32 set)
{
	__u32 slot = (__u32)slot_find(s, set);

	return slot == SLOT_NONE ? NULL : table_slot(table, slot);
}

/* The node of the folded name from `offset` on; its key stays in s->key. */
static __always_inline const struct node *node_find(struct scratch *s, const struct table *table,
						    __u32 set, __u32 offset)
{
	lookup_key(s, offset);
	return node_get(s, table, set);
}

static __always_inline bool page_answer(const struct node *page, __u16 type, answer_ref *answer)
{
	int i;

	for (i = 0; i < NODE_TYPES; i++) {
		if (i >= page->type_count)
			return false;
		if (page->types[i] == type) {
			*answer = page->flags & NODE_RECORD ? ANSWER_OWN << ANSWER_KIND_SHIFT
							    : page->answers[i];
			return true;
		}
	}
	return false;
}

/* The same from a node's further pages; TORN if one that it promises is missing. */
SUBPROGRAM int pages_answer(struct scratch *s, __u32 set, __u32 pages)
{
	struct table table;
	__u32 i;

	if (!s)
		return REASON_TORN;
	table_open(&table, set);
	for (i = 1; i < NODE_PAGES_MAX; i++) {
		const struct node *page;

		if (i >= pages)
			break;
		s->key.page = (__u16)i;
		page = node_get(s, &table, set);
		if (!page)
			return REASON_TORN;
		if (page_answer(page, s->query.qtype, &s->answer))
			break;
	}
	return REASON_ANSWERED;
}

/* What a node answers to the query's type. */
static __always_inline enum reason node_answer(struct scratch *s, __u32 set,
					       const struct node *node)
{
	if (page_answer(node, s->query.qtype, &s->answer))
		return REASON_ANSWERED;
	s->answer = node->other;
	if (node->pages == 1)
		return REASON_ANSWERED;
	return (enum reason)pages_answer(s, set, node->pages);
}

/* Where each label of the folded name begins. */
static __always_inline void labels_find(struct scratch *s)
{
	__u32 offset = 0;
	__u32 i;

	for (i = 0; i < NAME_LABELS_MAX; i++) {
		s->label_offsets[i] = (__u8)offset;
		if (i >= s->query.labels)
			break;
		offset = (offset + s->name[offset & NAME_OFFSET] + 1) & NAME_OFFSET;
	}
}

/* Offset in the folded name of its suffix of `labels` labels. */
static __always_inline __u32 suffix_offset(const struct scratch *s, __u32 labels)
{
	return s->label_offsets[(s->query.labels - labels) & NAME_LABELS_MAX];
}

/*
 * The labels of the longest proper suffix of QNAME that is a node. Every ancestor of a node is one,
 * so that binary search finds it. ENCLOSER_NONE if not even the root is.
 */
static __always_inline __u32 encloser_find(struct scratch *s, const struct table *table, __u32 set)
{
	__u32 low = 0;		      /* all suffixes of fewer labels are held */
	__u32 high = s->query.labels; /* none of so many or more is */
	__u32 i;

	for (i = 0; i < LABEL_SEARCH_STEPS && low < high; i++) {
		__u32 middle = (low + high) / 2;

		if (node_find(s, table, set, suffix_offset(s, middle)))
			low = middle + 1;
		else
			high = middle;
		low = forget_bounds(low, &s->search[0]);
		high = forget_bounds(high, &s->search[1]);
	}
	return low ? low - 1 : ENCLOSER_NONE;
}

/*
 * The answer to a name that has no node, or a void one; to s->answer. `encloser` labels of it are a
 * node, or have been found so by encloser_find().
 */
static __always_inline enum reason missing_answer(struct scratch *s, const struct table *table,
						  __u32 set, __u32 encloser)
{
	const struct node *node;
	__u32 offset;

	if (encloser >= s->query.labels)
		return encloser == ENCLOSER_NONE ? REASON_OUT_OF_ZONE : REASON_TORN;
	offset = suffix_offset(s, encloser);
	node = node_find(s, table, set, offset);
	if (!node)
		return REASON_TORN;
	if (node->flags & NODE_VOID) {
		if (node->encloser_labels >= encloser)
			return node->encloser_labels == ENCLOSER_NONE ? REASON_OUT_OF_ZONE
								      : REASON_TORN;
		offset = suffix_offset(s, node->encloser_labels);
		node = node_find(s, table, set, offset);
		if (!node || node->flags & NODE_VOID)
			return REASON_TORN;
	}
	if (node->flags & (NODE_CUT | NODE_DNAME))
		return REASON_DELEGATION;
	if (!(node->flags & NODE_WILDCARD)) {
		s->answer = node->nxdomain;
		return REASON_ANSWERED;
	}
	/* The label before the suffix has at least two octets: "\1*" replaces its end. */
	if (offset < 2)
		return REASON_TORN;
	offset -= 2;
	s->name[offset & NAME_OFFSET] = 1;
	s->name[(offset + 1) & NAME_OFFSET] = '*';
	node = node_find(s, table, set, offset);
	if (!node)
		return REASON_TORN;
	if (node->flags & NODE_CUT)
		return REASON_DELEGATION;
	return node_answer(s, set, node);
}

/*
 * Answers from the closest encloser; `encloser` is known for a void node, else to be searched.
 * Linux 6.1 takes no key of a look-up from memory that is an argument, so that this looks up the
 * scratch memory again.
 */
SUBPROGRAM int lookup_missing(__u32 set, __u32 is_void, __u32 encloser)
{
	struct scratch *s = scratch_get();
	struct table table;

	if (!s)
		return REASON_TORN;
	table_open(&table, set);
	name_fold(scratch_message(s) + DNS_HEADER_OCTETS, s->query.name_length, s->name);
	labels_find(s);
	if (!is_void)
		encloser = encloser_find(s, &table, set);
	return missing_answer(s, &table, set, encloser);
}

/* The answer of the view in s->key, whose node is `node` or not held; to s->answer. */
static __always_inline enum reason found_answer(struct scratch *s, __u32 set,
						const struct node *node)
{
	if (!node)
		return (enum reason)lookup_missing(set, 0, 0);
	if (node->flags & NODE_VOID)
		return (enum reason)lookup_missing(set, 1, node->encloser_labels);
	if (node->flags & NODE_CUT)
		return REASON_DELEGATION;
	return node_answer(s, set, node);
}

/*
 * The answer to the name in s->key that the client's view has: REASON_OUT_OF_ZONE, and the key as
 * before, if it is in none, or if no zone of the view encloses the name.
 */
SUBPROGRAM int lookup_private(__u32 set)
{
	struct scratch *s = scratch_get();
	enum reason reason;
	struct table table;
	__u64 digest[2];
	__u16 view;

	if (!s)
		return REASON_TORN;
	view = (__u16)view_find(s, set);
	if (view == VIEW_PUBLIC)
		return REASON_OUT_OF_ZONE;
	table_open(&table, set);
	digest[0] = load_64(&s->key.digest[0]);
	digest[1] = load_64(&s->key.digest[2]);
	s->key.view = view;
	reason = found_answer(s, set, node_get(s, &table, set));
	if (reason != REASON_OUT_OF_ZONE)
		return reason;
	store_64(&s->key.digest[0], digest[0]);
	store_64(&s->key.digest[2], digest[1]);
	store_32(&s->key.view, VIEW_PUBLIC); /* page 0 */
	return reason;
}

/* The answer to the question in `s`, to s->answer: REASON_ANSWERED, or why there is none. */
static __always_inline enum reason lookup_answer(struct scratch *s, const struct table *table,
						 const struct control *control, __u32 set)
{
	enum reason reason = REASON_OUT_OF_ZONE;

	question_digest(s);
	if (control->view_ranges[set & 1])
		reason = (enum reason)lookup_private(set);
	if (reason == REASON_OUT_OF_ZONE)
		reason = found_answer(s, set, node_search(s, table, control->node_homes));
	if (reason == REASON_ANSWERED && s->answer == ANSWER_PASS)
		return REASON_NOT_PRECOMPUTED;
	return reason;
}

/* The slot of this query's client in a sticky ring. */
SUBPROGRAM int sticky_slot(struct scratch *s, __u32 slots)
{
	const struct control *control = control_get();

	return s && control ? (int)slot_of_client(s->flow.client, &control->key, slots) : 0;
}

/* The slot of this query in a ring; `ring->slots` if there is none. */
static __always_inline __u32 ring_slot(struct scratch *s, const struct ring *ring)
{
	__u32 *cursor;

	if (ring->mode == RING_RANDOM)
		return slot_at_random(random_bits(), ring->slots);
	if (ring->mode == RING_STICKY)
		return (__u32)sticky_slot(s, ring->slots);
	cursor = cursor_get(ring->id);
	return cursor ? slot_in_turn(cursor, ring->slots) : ring->slots;
}

/* The first cell of the variant that this query gets of the ring at `first`, in *index; false if
 * the table is torn. */
static __always_inline bool ring_variant(struct scratch *s, const struct table *table, __u32 first,
					 __u32 *index)
{
	const struct ring *ring = (const struct ring *)table_cell(table, first);
	const __u32 *slots;
	__u32 slot;

	if (!ring)
		return false;
	slot = ring_slot(s, ring);
	if (slot >= ring->slots)
		return false;
	if (slot < RING_FIRST_SLOTS) {
		*index = ring->variants[slot & 15];
		return true;
	}
	slot -= RING_FIRST_SLOTS;
	slots = (const __u32 *)table_cell(table, first + 1 + slot / RING_SLOTS_A_CELL);
	if (!slots)
		return false;
	*index = slots[slot % RING_SLOTS_A_CELL];
	return true;
}

/* The kind of the answer in `s`. */
static __always_inline __u32 answer_kind(const struct scratch *s)
{
	return s->answer >> ANSWER_KIND_SHIFT;
}

/*
 * The first cell of the variant that the answer in `s` means for this query, in *index:
 * REASON_ANSWERED, or why there is none.
 */
static __always_inline enum reason answer_variant(struct scratch *s, const struct table *table,
						  __u32 set, __u32 *index)
{
	if (answer_kind(s) == ANSWER_LOCAL) {
		enum reason reason = (enum reason)local_answer(s, set);

		if (reason != REASON_ANSWERED)
			return reason;
	}
	*index = s->answer & ANSWER_INDEX_MASK;
	if (answer_kind(s) != ANSWER_RING)
		return REASON_ANSWERED;
	return ring_variant(s, table, *index, index) ? REASON_ANSWERED : REASON_TORN;
}

/* Makes the variant that a node's own record is. */
static __always_inline void record_take(struct variant *variant, const struct node_record *record)
{
	__u8 *to = variant->octets;

	variant->length = (__u16)(NODE_RECORD_HEAD_OCTETS + record->length);
	variant->flags = __builtin_bswap16(VARIANT_AA);
	variant->ancount = __builtin_bswap16(1);
	variant->nscount = 0;
	variant->arcount = 0;
	variant->outcome = REASON_ANSWERED;
	variant->sum = record->sum;
	variant->counter = record->counter;
	variant->tail = 0;
	store_32(to, POINTER_TO_QNAME | (__u32)__builtin_bswap16(record->type) << 16);
	store_16(to + 4, __builtin_bswap16(DNS_CLASS_IN));
	store_32(to + 6, record->ttl);
	store_16(to + 10, __builtin_bswap16(record->length));
	store_64(to + 12, load_64(record->data));
	store_64(to + 20, load_64(record->data + 8));
	store_16(to + 28, load_16(record->data + 16));
}

/* Copies the first cell of the variant that the answer in `s` means, which lies at `index` unless
 * it is the node's own record, to s->variant; false if the table is torn. */
static __always_inline bool variant_take(struct scratch *s, const struct table *table, __u32 index)
{
	const struct cell *cell;

	if (answer_kind(s) == ANSWER_OWN) {
		const struct node *node = table_slot(table, s->slot);

		if (!node)
			return false;
		record_take(&s->variant, &((const struct node *)compared(node))->record);
		return true;
	}
	cell = table_cell(table, index);
	if (!cell)
		return false;
	words_copy((__u8 *)&s->variant, cell->octets, CELL_OCTETS);
	return true;
}

/* Gives the slot of a ring back that a query took which is passed after all. */
SUBPROGRAM int slot_return(struct scratch *s, __u32 set)
{
	const struct ring *ring;
	struct table table;
	__u32 *cursor;

	if (!s || answer_kind(s) != ANSWER_RING)
		return 0;
	table_open(&table, set);
	ring = (const struct ring *)table_cell(&table, s->answer & ANSWER_INDEX_MASK);
	if (!ring || ring->mode != RING_EXACT)
		return 0;
	cursor = cursor_get(ring->id);
	if (cursor && *cursor)
		--*cursor;
	return 0;
}

#endif
