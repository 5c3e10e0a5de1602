/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reply: composed in scratch memory around the question as received, then written over the
 * packet. Until the packet has its new size it is untouched, so that passing it is right.
 */
#ifndef SIGNPOST_BPF_REPLY_H
#define SIGNPOST_BPF_REPLY_H

#include "bpf/checksum.h"
#include "bpf/ip.h"
#include "bpf/platform.h"
#include "bpf/reply_header.h"

#include MAPS_HEADER

/* Copies a first cell's octets to the message at `at`. */
static __always_inline void first_cell_copy(struct scratch *s, __u32 at, const __u8 *octets)
{
	__u8 *to = s->message + (at & MESSAGE_MASK);
	int i;

	for (i = 0; i < VARIANT_FIRST_OCTETS; i += 8)
		store_64(to + i, load_64(octets + i));
}

/* Copies what a variant has beyond its first cell to the message at `at`; false if the table is
 * torn. */
SUBPROGRAM int further_cells_copy(struct scratch *s, __u32 set, __u32 index, __u32 length, __u32 at)
{
	struct table table;
	__u32 i, j;

	if (!s || !table_open(&table, set))
		return false;
	for (i = 0; i < VARIANT_CELLS_MAX - 1; i++) {
		__u8 *to = s->message + ((at + i * CELL_OCTETS) & MESSAGE_MASK);
		const struct cell *cell;

		if (i * CELL_OCTETS >= length)
			break;
		cell = table_cell(&table, index + i);
		if (!cell)
			return false;
		for (j = 0; j < CELL_OCTETS; j += 8)
			store_64(to + j, load_64(cell->octets + j));
	}
	return true;
}

/* Appends a variant's octets to the message, and its sum to the reply's. */
static __always_inline bool variant_append(struct scratch *s, __u32 set, __u32 index,
					   const struct variant *variant)
{
	__u32 length = variant->length;
	__u32 at = s->reply.length;

	first_cell_copy(s, at, variant->octets);
	s->reply.length = at + length;
	s->reply.sum += checksum_at(variant->sum, at);
	return length <= VARIANT_FIRST_OCTETS ||
	       further_cells_copy(s, set, index + 1, length - VARIANT_FIRST_OCTETS,
				  at + VARIANT_FIRST_OCTETS);
}

/* Appends the OPT that answers the query's, which was kept in s->opt. */
SUBPROGRAM int opt_append(struct scratch *s)
{
	__u32 length, at, i;

	if (!s)
		return 0;
	length = reply_opt_length(&s->query);
	at = s->reply.length;
	for (i = 0; i < OPT_ROOM; i += 8) {
		if (i >= length)
			break;
		store_64(s->message + (at & MESSAGE_MASK) + i, load_64(s->opt + i));
	}
	s->reply.sum += checksum_at(checksum_words(s->opt, length, OPT_ROOM / 8), at);
	s->reply.length = at + length;
	return 0;
}

/* Writes the OPT of the reply to s->opt, before the query's is overwritten. */
SUBPROGRAM int opt_prepare(struct scratch *s)
{
	const struct dns_query *query;
	const __u8 *subnet;

	if (!s)
		return 0;
	query = &s->query;
	store_64(s->opt, 0);
	store_16be(s->opt + 1, DNS_TYPE_OPT);
	store_16be(s->opt + 3, EDNS_UDP_SIZE);
	s->opt[7] = (__u8)(query->dnssec_ok << 7);
	store_32(s->opt + 8, 0);
	if (!(query->options & QUERY_SUBNET))
		return 0;
	/* The option as received; its scope is 0, and an answer that suits all clients has that
	 * scope. */
	store_16be(s->opt + 9, (__u16)(query->subnet_length + 4));
	store_16be(s->opt + OPT_FIXED_OCTETS, EDNS_SUBNET);
	store_16be(s->opt + OPT_FIXED_OCTETS + 2, query->subnet_length);
	subnet = s->message + (query->subnet & (QUERY_OCTETS_MAX - 1));
	store_64(s->opt + OPT_FIXED_OCTETS + 4, load_64(subnet));
	store_64(s->opt + OPT_FIXED_OCTETS + 12, load_64(subnet + 8));
	store_32(s->opt + OPT_FIXED_OCTETS + 20, load_32(subnet + 16));
	return 0;
}

/* Writes the header of the reply over the query's, and adds it and the question to the sum. */
static __always_inline void header_write(struct scratch *s, const struct variant *variant)
{
	__u16 additional = (__u16)(variant->arcount + (s->query.has_opt ? 1 : 0));
	__u8 *header = s->message;

	store_16be(header + 2, reply_flags(s->query.flags, variant->flags));
	store_16be(header + 6, variant->ancount);
	store_16be(header + 8, variant->nscount);
	store_16be(header + 10, additional);
	s->reply.sum += (__u64)load_32(header) + load_32(header + 4) + load_32(header + 8);
}

/*
 * Composes the reply in s->message: the variant whose first cell is `index`, its tail, OPT. The
 * reason is the variant's outcome, or why there is no reply.
 */
static __always_inline enum reason reply_compose(struct scratch *s, const struct table *table,
						 __u32 set, __u32 index)
{
	const struct variant *variant = (const struct variant *)table_cell(table, index);
	const struct variant *tail = NULL;
	__u32 length;

	if (!variant || variant->outcome > REASON_NXDOMAIN)
		return REASON_TORN;
	length = DNS_HEADER_OCTETS + s->query.name_length + 4 + variant->length +
		 reply_opt_length(&s->query);
	if (variant->tail) {
		tail = (const struct variant *)table_cell(table, variant->tail);
		if (!tail)
			return REASON_TORN;
		length += tail->length;
	}
	if (length > reply_size_max(&s->query))
		return REASON_TRUNCATE;
	if (s->query.has_opt)
		opt_prepare(s);
	s->reply.length = DNS_HEADER_OCTETS + s->query.name_length + 4;
	s->reply.sum = checksum_words(s->message + DNS_HEADER_OCTETS, s->query.name_length + 4,
				      (NAME_OCTETS_MAX + 4) / 8 + 1);
	header_write(s, variant);
	if (!variant_append(s, set, index, variant) ||
	    (tail && !variant_append(s, set, variant->tail, tail)))
		return REASON_TORN;
	if (s->query.has_opt)
		opt_append(s);
	s->reply.counter = variant->counter;
	return (enum reason)variant->outcome;
}

/* Writes the message, then turns the headers around it. False if they are not there; then nothing
 * has been written. */
static __always_inline bool reply_write(struct packet *pkt, const struct scratch *s, __u32 length)
{
	struct cursor cursor = {packet_begin(pkt), packet_end(pkt)};
	__u32 payload = sizeof(struct udp_header) + length;
	__u64 sum = s->reply.sum;
	struct ethernet_header *ethernet;
	struct udp_header *udp;

	ethernet = (struct ethernet_header *)cursor_take(&cursor, sizeof(*ethernet));
	if (!ethernet)
		return false;
	cursor.at = packet_begin(pkt) + (s->flow.network & 31);
	if (s->flow.ipv6) {
		struct ipv6_header *ip = (struct ipv6_header *)cursor_take(&cursor, sizeof(*ip));

		udp = (struct udp_header *)cursor_take(&cursor, sizeof(*udp));
		if (!ip || !udp || !packet_store(pkt, s->flow.message, s->message, length))
			return false;
		sum += ipv6_turn(ip, payload);
	} else {
		struct ipv4_header *ip = (struct ipv4_header *)cursor_take(&cursor, sizeof(*ip));

		udp = (struct udp_header *)cursor_take(&cursor, sizeof(*udp));
		if (!ip || !udp || !packet_store(pkt, s->flow.message, s->message, length))
			return false;
		sum += ipv4_turn(ip, payload);
	}
	udp_turn(udp, length, sum);
	ethernet_turn(ethernet);
	return true;
}

/* Gives the packet its new size and writes the composed reply over it; false, and no octet changed,
 * if there is no room. */
static __always_inline bool reply_send(struct packet *pkt, const struct scratch *s)
{
	__u32 length = s->reply.length;
	int size = (int)(s->flow.message + length);

	if (length - 1 >= REPLY_OCTETS_MAX || !packet_resize(pkt, size - (int)packet_length(pkt)))
		return false;
	return reply_write(pkt, s, length);
}

#endif
