/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fast path: parse, look up, size, grow, write. What it does not understand it passes,
 * untouched. */
#include "bpf/counters.h"
#include "bpf/flow.h"
#include "bpf/guard.h"
#include "bpf/lookup.h"
#include "bpf/platform.h"
#include "bpf/reply.h"
#include "bpf/sampling.h"

/* EDNS options of a query that the fast path walks. */
#define OPTIONS_MAX 8

/* The message in `s`. */
static __always_inline struct message message_of(struct scratch *s)
{
	struct message message;

	message.octets = scratch_message(s);
	message.length = read_once_32(&s->flow.length);
	message.mask = QUERY_OCTETS_MAX - 1;
	return message;
}

/* Reads the EDNS options, which few queries have: off the path of the others. */
SUBPROGRAM int options_parse(struct scratch *s)
{
	struct message message;

	if (!s)
		return 0;
	message = message_of(s);
	options_resume(&message, OPTIONS_MAX, &s->query);
	return 0;
}

/* Parses the message in `s`: REASON_ANSWERED, or why it is not for the fast path. */
static __always_inline enum reason query_read(struct scratch *s)
{
	const struct query_limits limits = {.records = 1, .options = 0};
	struct message message = message_of(s);

	query_parse(&message, &limits, &s->query);
	if (s->query.result == QUERY_OPTIONS)
		options_parse(s);
	return query_admit(&s->query, message_16(&message, 2));
}

/* Sends the reply that the look-up found, whole or cut off, or tells why not. */
static __always_inline enum reason reply(struct packet *pkt, struct scratch *s,
					 const struct control *control, const struct table *table,
					 __u32 set)
{
	const struct guard *guard = guard_of(s, control);
	enum reason reason;
	__u32 index;

	reason = answer_variant(s, table, set, &index);
	if (reason != REASON_ANSWERED)
		return reason;
	if (!variant_take(s, table, index))
		return REASON_TORN;
	if (s->query.options & QUERY_COOKIE)
		cookie_take(s);
	reason = reply_compose(s, table, guard, set, index);
	if (reason <= REASON_SENT_LAST && guard->flags & GUARD_LIMITS)
		reason = (enum reason)guard_apply(s, reason);
	if (reason <= REASON_SENT_LAST && !reply_send(pkt, s))
		reason = REASON_NO_ROOM;
	if (reason > REASON_LIMITED)
		slot_return(s, set);
	if (reason <= REASON_SENT_LAST)
		count_type(s->variant.outcome, s->query.qtype);
	if (reason <= REASON_NXDOMAIN)
		count_answer(s->variant.counter);
	if (reason <= REASON_SENT_LAST)
		sample_sent(pkt, s, control);
	return reason;
}

/* The guard of an interface; that of the first for one that has no slot yet. */
static __always_inline __u32 guard_index(const struct control *control, __u32 interface)
{
	__u32 first = (read_once_32(&control->guard_set) & 1) * INTERFACES_MAX;
	__u32 i;

	for (i = 1; i < INTERFACES_MAX; i++) {
		if (i >= control->interface_count)
			break;
		if (control->interfaces[i] == interface)
			return first + i;
	}
	return first;
}

/* Whether the daemon has been silent for longer than packets may be answered without it. A sign of
 * life may be younger than this packet's time. */
static __always_inline bool is_stale(const struct control *control)
{
	__u64 allowed = read_once_64(&control->pass_after);

	return allowed && (__s64)(clock_now() - read_once_64(&control->heartbeat)) > (__s64)allowed;
}

/* Answers the packet, or tells why not. */
static __always_inline enum reason answer(struct packet *pkt)
{
	const struct control *control = control_get();
	struct scratch *s = scratch_get();
	struct table table;
	enum reason reason;
	__u32 set;

	if (!control || !s)
		return REASON_TORN;
	reason = flow_read(pkt, control, s);
	if (reason != REASON_ANSWERED)
		return reason;
	set = read_once_32(&control->active) & 1;
	if (!read_once_64(&control->table_generation[set]))
		return REASON_NO_TABLE;
	if (is_stale(control))
		return REASON_STALE;
	table_open(&table, set);
	reason = query_read(s);
	if (reason != REASON_ANSWERED)
		return reason;
	s->guard = guard_index(control, packet_interface(pkt));
	s->query.options &= options_answered(guard_of(s, control));
	reason = lookup_answer(s, &table, control, set);
	if (reason != REASON_ANSWERED)
		return reason;
	return reply(pkt, s, control, &table, set);
}

SEC("xdp")
int signpost_xdp(struct packet *pkt)
{
	enum reason reason = answer(pkt);

	count_reason(reason);
	if (reason <= REASON_SENT_LAST)
		return XDP_TX;
	return reason == REASON_LIMITED ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
