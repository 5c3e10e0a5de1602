/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The reply: its body, which is all that follows the question, is composed in scratch memory; then
 * the packet grows and is written from its first octet on. Until it has its new size it is
 * untouched, so that passing it is right.
 */
#ifndef SIGNPOST_BPF_REPLY_H
#define SIGNPOST_BPF_REPLY_H

#include "bpf/checksum.h"
#include "bpf/ip.h"
#include "bpf/platform.h"
#include "bpf/reply_header.h"

#include MAPS_HEADER

/* A frame that the reply makes never exceeds what a link with an MTU of 1500 carries. */
static_assert(LINK_OCTETS_MAX + sizeof(struct ipv6_header) + sizeof(struct udp_header) +
			      REPLY_OCTETS_MAX <=
		      1514,
	      "replies fit in a frame");

/* Copies the `length` octets of the cells from `index` on to the body at `at`; false if the table
 * is torn. */
SUBPROGRAM int further_cells_copy(struct scratch *s, __u32 set, __u32 index, __u32 length, __u32 at)
{
	struct table table;
	__u32 i;

	if (!s)
		return false;
	table_open(&table, set);
	for (i = 0; i < VARIANT_CELLS_MAX - 1; i++) {
		__u8 *to = s->body + ((at + i * CELL_OCTETS) & BODY_MASK);
		const struct cell *cell;

		if (i * CELL_OCTETS >= length)
			break;
		cell = table_cell(&table, index + i);
		if (!cell)
			return false;
		words_copy(to, cell->octets, CELL_OCTETS);
	}
	return true;
}

/* The length of the question: QNAME, QTYPE and QCLASS. */
static __always_inline __u32 question_length(const struct scratch *s)
{
	return (s->query.name_length + 4u) & 0x1ff;
}

static __always_inline const __u8 *scratch_question(const struct scratch *s)
{
	return s->datagram + DATAGRAM_LEAD + DNS_HEADER_OCTETS;
}

/* The length of the message up to its body. */
static __always_inline __u32 body_offset(const struct scratch *s)
{
	return DNS_HEADER_OCTETS + question_length(s);
}

/* Appends a variant to the body, which has the octets of its first cell already. */
static __always_inline bool variant_append(struct scratch *s, __u32 set, __u32 index, __u32 length,
					   __u32 sum)
{
	__u32 at = s->reply.length;

	s->reply.length = at + length;
	s->reply.sum += checksum_at(sum, body_offset(s) + at);
	return length <= VARIANT_FIRST_OCTETS ||
	       further_cells_copy(s, set, index + 1, length - VARIANT_FIRST_OCTETS,
				  at + VARIANT_FIRST_OCTETS);
}

/* Appends the tail whose first cell is `index` to the body. */
static __always_inline bool tail_append(struct scratch *s, __u32 set, __u32 index,
					const struct variant *tail)
{
	words_copy(s->body + (s->reply.length & BODY_MASK), tail->octets, VARIANT_FIRST_OCTETS);
	return variant_append(s, set, index, tail->length, tail->sum);
}

/* The first 8 octets of OPT: the root, the type, the class, and of the TTL the extended RCODE,
 * version and DO. */
static __always_inline __u64 opt_start(const struct dns_query *query)
{
	return (__u64)__builtin_bswap16(DNS_TYPE_OPT) << 8 |
	       (__u64)__builtin_bswap16(EDNS_UDP_SIZE) << 24 | (__u64)query->dnssec_ok << 63;
}

/* Options of a reply, put together where the folded name was, aligned, to be summed: a client
 * subnet, NSID and a cookie; a power of two. */
#define OPTIONS_WORDS 16
static_assert(3 * OPTION_FIXED_OCTETS + SUBNET_OCTETS_MAX + NSID_OCTETS_MAX + COOKIE_OCTETS <=
		      8 * OPTIONS_WORDS,
	      "the options of a reply fit");

/* Writes an option's code and length at `at` of the options, and gives where its data go. */
static __always_inline __u8 *option_begin(struct scratch *s, __u32 at, __u16 code, __u32 length)
{
	__u8 *to = s->name + (at & NAME_OFFSET);

	store_16(to, __builtin_bswap16(code));
	store_16(to + 2, __builtin_bswap16((__u16)length));
	return to + OPTION_FIXED_OCTETS;
}

/* The client subnet option as it is in `s`: its scope is 0, which an answer that suits all clients
 * has, or that of the client's locality. */
static __always_inline __u32 subnet_put(struct scratch *s, __u32 at)
{
	const __u8 *subnet = scratch_message(s) + (s->query.subnet & (QUERY_OCTETS_MAX - 1));
	__u8 *to = option_begin(s, at, EDNS_SUBNET, s->query.subnet_length);

	store_64(to, load_64(subnet));
	store_64(to + 8, load_64(subnet + 8));
	store_32(to + 16, load_32(subnet + 16));
	return at + OPTION_FIXED_OCTETS + s->query.subnet_length;
}

static __always_inline __u32 nsid_put(struct scratch *s, __u32 at, const struct guard *guard)
{
	words_copy(option_begin(s, at, EDNS_NSID, guard->nsid_length), guard->nsid,
		   NSID_OCTETS_MAX);
	return at + OPTION_FIXED_OCTETS + guard->nsid_length;
}

static __always_inline __u32 cookie_put(struct scratch *s, __u32 at)
{
	const __u8 *cookie = scratch_message(s) + (s->query.cookie & (QUERY_OCTETS_MAX - 1));
	__u8 *to = option_begin(s, at, EDNS_COOKIE, COOKIE_OCTETS);

	store_64(to, load_64(cookie));
	store_64(to + 8, s->cookie.head);
	store_64(to + 16, s->cookie.hash);
	return at + OPTION_FIXED_OCTETS + COOKIE_OCTETS;
}

/* Appends the `length` octets of options that have been put together to the body. The last word is
 * filled up with 0. */
static __always_inline void options_add(struct scratch *s, __u32 length)
{
	__u32 at = s->reply.length;
	__u8 *to = s->body + (at & BODY_MASK);
	struct word_sum sum = {0, 0};
	__u32 i;

	store_64(s->name + (length & NAME_OFFSET), 0);
	for (i = 0; i < OPTIONS_WORDS; i++) {
		__u64 word = load_64(s->name + 8 * i);

		if (8 * i >= length)
			break;
		store_64(to + 8 * i, word);
		word_sum_add(&sum, word);
	}
	s->reply.sum += checksum_at(word_sum_get(&sum), body_offset(s) + at);
	s->reply.length = at + length;
}

/* Appends the options that answer those of the query. */
SUBPROGRAM int options_append(struct scratch *s)
{
	const struct control *control = control_get();
	__u32 length = 0;

	if (!s || !control)
		return 0;
	if (s->query.options & QUERY_SUBNET)
		length = subnet_put(s, length);
	if (s->query.options & QUERY_NSID)
		length = nsid_put(s, length, guard_of(s, control));
	if (s->query.options & QUERY_COOKIE)
		length = cookie_put(s, length);
	options_add(s, length);
	return 0;
}

/* Appends the OPT that answers the query's, `length` octets with its options. */
static __always_inline void opt_append(struct scratch *s, __u32 length)
{
	__u32 at = s->reply.length;
	__u8 *to = s->body + (at & BODY_MASK);
	__u64 start = opt_start(&s->query);
	__u32 end = (__u32)__builtin_bswap16((__u16)(length - OPT_FIXED_OCTETS)) << 8;

	store_64(to, start);
	store_32(to + 8, end);
	s->reply.sum += checksum_at(checksum_word(start) + end, body_offset(s) + at);
	s->reply.length = at + OPT_FIXED_OCTETS;
	if (s->query.options)
		options_append(s);
}

/* Makes the reply one without records, with TC, that a client takes as reason to come back over
 * TCP. */
SUBPROGRAM int reply_cut(struct scratch *s)
{
	const struct control *control = control_get();

	if (!s || !control)
		return 0;
	s->variant.flags |= __builtin_bswap16(DNS_TC);
	s->variant.ancount = 0;
	s->variant.nscount = 0;
	s->variant.arcount = 0;
	s->reply.length = 0;
	s->reply.sum = 0;
	if (s->query.has_opt)
		opt_append(s, reply_opt_length(&s->query, guard_of(s, control)));
	return 0;
}

/*
 * Composes the body: the variant in s->variant, whose first cell is `index` if it has others, its
 * tail, OPT; cut off if the client does not take so much. The reason is the variant's outcome, or
 * CUT, or why there is no reply.
 */
static __always_inline enum reason reply_compose(struct scratch *s, const struct table *table,
						 const struct guard *guard, __u32 set, __u32 index)
{
	const struct variant *variant = &s->variant;
	const struct variant *tail = NULL;
	__u32 opt = reply_opt_length(&s->query, guard);
	__u32 length = body_offset(s) + variant->length + opt;

	if (variant->outcome > REASON_NXDOMAIN)
		return REASON_TORN;
	if (variant->tail) {
		tail = (const struct variant *)table_cell(table, variant->tail);
		if (!tail)
			return REASON_TORN;
		length += tail->length;
	}
	if (length > reply_size_max(&s->query)) {
		reply_cut(s);
		return REASON_CUT;
	}
	s->reply.length = 0;
	s->reply.sum = 0;
	if (!variant_append(s, set, index, variant->length, variant->sum) ||
	    (tail && !tail_append(s, set, variant->tail, tail)))
		return REASON_TORN;
	if (opt)
		opt_append(s, opt);
	return (enum reason)variant->outcome;
}

/* A DNS header as it lies in memory. */
struct header_words {
	__u64 first; /* ID, flags, QDCOUNT, ANCOUNT */
	__u32 last;  /* NSCOUNT, ARCOUNT */
};

/* The reply's header. OPT counts as an additional record, in the lower octet of ARCOUNT alone: 255
 * others have no room in a reply. */
static __always_inline struct header_words header_make(struct scratch *s)
{
	const struct variant *variant = &s->variant;
	struct header_words header = {
		.first = reply_header(load_64(scratch_message(s)), load_64(variant)),
		.last = load_32(&variant->nscount) + ((__u32)s->query.has_opt << 24),
	};

	return header;
}

static __always_inline void dns_header_write(__u8 *at, const struct header_words *header)
{
	store_64(at, header->first);
	store_32(at + 8, header->last);
}

/* Writes the IP, UDP and DNS headers of a reply with sum `sum`. */
static __always_inline bool headers_write(struct cursor cursor, const struct scratch *s,
					  const struct header_words *header, __u64 sum)
{
	const struct flow *flow = &s->flow;
	__u32 length = body_offset(s) + s->reply.length;
	__u32 payload = sizeof(struct udp_header) + length;

	if (!flow->ipv6) {
		if (!cursor_has(&cursor, sizeof(struct ipv4_header) + sizeof(struct udp_header) +
						 DNS_HEADER_OCTETS))
			return false;
		ipv4_write((struct ipv4_header *)cursor.at, flow->server[3], flow->client[3],
			   payload);
		sum += (__u64)flow->server[3] + flow->client[3];
		cursor.at += sizeof(struct ipv4_header);
	} else {
		if (!cursor_has(&cursor, sizeof(struct ipv6_header) + sizeof(struct udp_header) +
						 DNS_HEADER_OCTETS))
			return false;
		ipv6_write((struct ipv6_header *)cursor.at, flow->server, flow->client, payload);
		sum += address_sum(flow->server) + address_sum(flow->client);
		cursor.at += sizeof(struct ipv6_header);
	}
	udp_write((struct udp_header *)cursor.at, flow->ports, length, sum);
	dns_header_write(cursor.at + sizeof(struct udp_header), header);
	return true;
}

/*
 * Octets by which a packet grows at its front if it can. Drivers leave more there as a rule, but
 * the kernel and some drivers keep a part of it for a frame that is sent: further room is looked
 * for at the end first.
 */
#define FRONT_GROWTH_MAX 128

/*
 * Gives the packet the size of the reply; false, and the packet as it was, if it can't have it. The
 * front comes first: to move it costs the kernel least, and some drivers leave hardly any room
 * behind a frame (veth since Linux 6.8).
 */
static __always_inline bool packet_fit(struct packet *pkt, const struct scratch *s)
{
	__u32 length = s->flow.message + body_offset(s) + s->reply.length;
	int change = (int)length - (int)packet_length(pkt);

	if (change > 0 && change <= FRONT_GROWTH_MAX)
		return packet_prepend(pkt, (__u32)change) || packet_resize(pkt, change);
	return packet_resize(pkt, change) || packet_prepend(pkt, (__u32)change);
}

/*
 * Writes a whole reply with sum `sum` over a packet of its size: the body, the question as it came,
 * and the headers, in this order, as a part that is shorter than a block is written with octets
 * before it that are not right. The checks on the way are the verifier's: such a packet holds all
 * of it.
 */
static __always_inline bool reply_write(const struct packet *pkt, const struct scratch *s,
					const struct header_words *header, __u64 sum)
{
	const struct flow *flow = &s->flow;
	__u32 message = flow->message;
	__u32 question = message + DNS_HEADER_OCTETS;
	__u32 body = message + body_offset(s);
	__u32 length = masked(s->reply.length, BODY_MASK);

	if (length && !cursor_write(cursor_at(pkt, body),
				    cursor_at(pkt, body + length - BLOCK_OCTETS), length, s->body))
		return false;
	return cursor_write(cursor_at(pkt, question), cursor_at(pkt, body - BLOCK_OCTETS),
			    question_length(s), scratch_question(s)) &&
	       headers_write(cursor_at(pkt, link_length(&flow->link)), s, header, sum) &&
	       ethernet_write(cursor_at(pkt, 0), &flow->link);
}

/* Sends the reply; false, and the packet as it was, if it can't have the size. */
SUBPROGRAM int reply_send(struct packet *pkt, struct scratch *s)
{
	struct header_words header;

	if (!s)
		return false;
	header = header_make(s);
	return packet_fit(pkt, s) && reply_write(pkt, s, &header,
						 checksum_word(header.first) + header.last +
							 s->question_sum + s->reply.sum);
}

#endif
