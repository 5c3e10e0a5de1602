/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fast path: parse, look up, size, grow the tail, write. What it does not understand it passes,
 * untouched. */
#include "bpf/counters.h"
#include "bpf/flow.h"
#include "bpf/lookup.h"
#include "bpf/platform.h"
#include "bpf/reply.h"

/* EDNS options of a query that the fast path walks. */
#define OPTIONS_MAX 8

/* Parses the message in `s`: REASON_ANSWERED, or why it is not for the fast path. */
SUBPROGRAM int query_read(struct scratch *s)
{
	const struct query_limits limits = {.records = 1, .options = OPTIONS_MAX};
	struct message message;

	if (!s)
		return REASON_TORN;
	message.octets = s->message;
	message.length = s->flow.length;
	message.mask = QUERY_OCTETS_MAX - 1;
	query_parse(&message, &limits, &s->query);
	return query_admit(&s->query);
}

/* Answers the packet, or tells why not. */
static __always_inline enum reason answer(struct packet *pkt)
{
	const struct control *control = control_get();
	struct scratch *s = scratch_get();
	struct table table;
	enum reason reason;
	__u32 length, set, index;

	if (!control || !s)
		return REASON_TORN;
	reason = flow_read(pkt, control, &s->flow);
	if (reason != REASON_ANSWERED)
		return reason;
	set = read_once_32(&control->active) & 1;
	if (!read_once_64(&control->table_generation[set]) || !table_open(&table, set))
		return REASON_NO_TABLE;
	length = s->flow.length;
	if (length > QUERY_OCTETS_MAX)
		return REASON_TOO_LONG;
	if (length == 0 || !packet_load(pkt, s->flow.message, s->message, length))
		return REASON_BAD_LENGTH;
	reason = (enum reason)query_read(s);
	if (reason != REASON_ANSWERED)
		return reason;
	reason = lookup_answer(s, &table, set);
	if (reason != REASON_ANSWERED)
		return reason;
	if (!answer_variant(s, &table, control, &index))
		return REASON_TORN;
	reason = reply_compose(s, &table, set, index);
	if (reason > REASON_NXDOMAIN)
		return reason;
	if (!reply_send(pkt, s))
		return REASON_NO_ROOM;
	count_answer(s->reply.counter);
	return reason;
}

SEC("xdp")
int signpost_xdp(struct packet *pkt)
{
	enum reason reason = answer(pkt);

	count_reason(reason);
	return reason <= REASON_NXDOMAIN ? XDP_TX : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
