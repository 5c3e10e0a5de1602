/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From the frame to the DNS message: whether a packet is a query to this server, and where its
 * message lies. */
#ifndef SIGNPOST_BPF_FLOW_H
#define SIGNPOST_BPF_FLOW_H

#include "bpf/ip.h"
#include "bpf/platform.h"
#include "bpf/scratch.h"

/* The shortest query: a header, and a question about the root. */
#define QUERY_OCTETS_MIN (DNS_HEADER_OCTETS + 5)

/* Whether the fast path serves an address. */
static __always_inline bool listens(const struct control *control, const __u32 *address)
{
	int i;

	for (i = 0; i < LISTEN_MAX; i++) {
		if (i >= control->listen_count)
			break;
		if (addresses_equal(control->listen[i].octets, address))
			return true;
	}
	return false;
}

/* Reads the UDP header of a packet to a listen address, and checks its length and source. */
static __always_inline enum reason udp_read(struct cursor *cursor, const struct ip_packet *ip,
					    const struct control *control, struct flow *flow)
{
	const struct udp_header *udp = (const struct udp_header *)cursor_take(cursor, sizeof(*udp));
	__u32 length, source;

	if (!udp)
		return REASON_BAD_LENGTH;
	if (load_16be(udp->destination) != control->port)
		return REASON_NOT_DNS;
	length = load_16be(udp->length);
	if (length != ip->payload || length < sizeof(*udp) + QUERY_OCTETS_MIN)
		return REASON_BAD_LENGTH;
	source = load_16be(udp->source);
	if (source == 0 || source == control->port || source_is_bad(flow->client, flow->server))
		return REASON_BAD_SOURCE;
	flow->length = length - sizeof(*udp);
	flow->ports = load_16(udp->destination) | (__u32)load_16(udp->source) << 16;
	return REASON_ANSWERED;
}

/*
 * Copies the message at s->flow.message to s->datagram. Frames may be padded: it ends where UDP
 * says, and is too short if the frame ends before. 0 follows it for as many octets as an address
 * has: those that a client subnet leaves out.
 */
static __always_inline enum reason message_read(const struct packet *pkt, struct scratch *s)
{
	__u32 length = s->flow.length + DATAGRAM_LEAD;
	__u32 begin = s->flow.message - DATAGRAM_LEAD;

	if (length > QUERY_OCTETS_MAX + DATAGRAM_LEAD)
		return REASON_TOO_LONG;
	length = masked(length, DATAGRAM_ROOM - 1);
	store_64(s->datagram + length, 0);
	store_64(s->datagram + length + 8, 0);
	if (!cursor_copy(cursor_at(pkt, begin), cursor_at(pkt, begin + length - BLOCK_OCTETS),
			 length, s->datagram))
		return REASON_BAD_LENGTH;
	return REASON_ANSWERED;
}

/* Reads the headers of a packet to s->flow: REASON_ANSWERED if it may be a query to this server,
 * else why not. */
static __always_inline enum reason headers_read(const struct packet *pkt,
						const struct control *control, struct flow *flow)
{
	struct cursor cursor = {packet_begin(pkt), packet_end(pkt)};
	struct ip_packet ip;
	enum reason reason;
	__u16 type = ethernet_read(&cursor, &flow->link);

	flow->ipv6 = type == ETHERTYPE_IPV6;
	if (type == ETHERTYPE_IPV4) {
		if (!ipv4_read(&cursor, flow->client, flow->server, &ip))
			return REASON_NOT_DNS;
	} else if (type == ETHERTYPE_IPV6) {
		if (!ipv6_read(&cursor, flow->client, flow->server, &ip))
			return REASON_NOT_DNS;
	} else {
		return REASON_NOT_DNS;
	}
	if (!ip.udp || !listens(control, flow->server))
		return REASON_NOT_DNS;
	if (!ip.plain)
		return REASON_FRAGMENT;
	reason = udp_read(&cursor, &ip, control, flow);
	flow->message = (__u32)(cursor.at - packet_begin(pkt));
	return reason;
}

/* Reads the headers of a packet to s->flow and its message to s->datagram: REASON_ANSWERED if it
 * may be a query to this server, else why not. */
static __always_inline enum reason flow_read(const struct packet *pkt,
					     const struct control *control, struct scratch *s)
{
	enum reason reason = headers_read(pkt, control, &s->flow);

	return reason == REASON_ANSWERED ? message_read(pkt, s) : reason;
}

#endif
