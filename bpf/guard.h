/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Cookies and limits on the way of a reply that has been composed. */
#ifndef SIGNPOST_BPF_GUARD_H
#define SIGNPOST_BPF_GUARD_H

#include "bpf/cookie.h"
#include "bpf/guard_events.h"
#include "bpf/rate_limit.h"
#include "bpf/reply.h"

#include MAPS_HEADER

static __always_inline void count_guard_event(enum guard_event event)
{
	__u64 *count = guard_count_get(event);

	if (count)
		++*count;
}

/* Judges the query's cookie, and leaves in `s` the one that answers it. */
SUBPROGRAM int cookie_take(struct scratch *s)
{
	const struct control *control = control_get();
	struct server_cookie cookie, fresh;
	const __u8 *at;
	__u64 client_cookie;
	bool whole;

	if (!s || !control)
		return 0;
	at = scratch_message(s) + (s->query.cookie & (QUERY_OCTETS_MAX - 1));
	client_cookie = load_64(at);
	cookie.head = load_64(at + 8);
	cookie.hash = load_64(at + 16);
	whole = s->query.cookie_length == COOKIE_OCTETS;
	s->cookie_valid = cookie_judge(guard_of(s, control), client_cookie, whole ? &cookie : NULL,
				       s->flow.client, s->flow.ipv6,
				       guard_time(guard_of(s, control), clock_now()), &fresh);
	s->cookie = fresh;
	if (s->cookie_valid)
		count_guard_event(GUARD_EVENT_COOKIE_VALID);
	else if (s->query.cookie_length == CLIENT_COOKIE_OCTETS)
		count_guard_event(GUARD_EVENT_COOKIE_FIRST);
	else
		count_guard_event(GUARD_EVENT_COOKIE_INVALID);
	return 0;
}

/* What the rate limit makes of a reply with this outcome. Replies are of one class by the node that
 * gave them: QNAME, a wildcard, or the closest encloser of a name that does not exist. */
static __always_inline enum limit_verdict limit_judge(const struct scratch *s,
						      const struct control *control, __u32 outcome)
{
	const struct guard *guard = guard_of(s, control);
	__u64 name_class = load_64(s->key.digest) + outcome;
	struct limit_key key =
		limit_key_of(s->flow.client, s->flow.ipv6, name_class, &control->key);
	struct bucket_line *line = bucket_line_get(key.line & guard->bucket_mask);
	enum limit_verdict verdict;

	if (!line)
		return LIMIT_PASS;
	verdict = bucket_take(bucket_of(line, key.tag), clock_now(), guard);
	if (verdict == LIMIT_PASS || !limit_exempts(guard, s->flow.client))
		return verdict;
	count_guard_event(GUARD_EVENT_LIMIT_EXEMPTED);
	return LIMIT_PASS;
}

/* The outcome after the rate limit: unchanged, CUT or LIMITED. */
static __always_inline __u32 limit_apply(const struct scratch *s, const struct control *control,
					 __u32 outcome)
{
	enum limit_verdict verdict = limit_judge(s, control, outcome);

	if (verdict == LIMIT_PASS)
		return outcome;
	if (guard_of(s, control)->flags & GUARD_LIMIT_DRY) {
		count_guard_event(GUARD_EVENT_LIMIT_DRY_RUN);
		return outcome;
	}
	count_guard_event(verdict == LIMIT_SLIP ? GUARD_EVENT_LIMIT_SLIPPED
						: GUARD_EVENT_LIMIT_DROPPED);
	return verdict == LIMIT_SLIP ? REASON_CUT : REASON_LIMITED;
}

/* The outcome after the limit of amplification: unchanged, or CUT. */
static __always_inline __u32 amplification_apply(const struct scratch *s,
						 const struct control *control, __u32 outcome)
{
	const struct guard *guard = guard_of(s, control);
	__u32 length = body_offset(s) + s->reply.length;

	if (outcome > REASON_NXDOMAIN || length <= guard->amplification * s->flow.length)
		return outcome;
	if (guard->flags & GUARD_AMPLIFY_DRY) {
		count_guard_event(GUARD_EVENT_AMPLIFY_DRY_RUN);
		return outcome;
	}
	count_guard_event(GUARD_EVENT_AMPLIFY_CUT);
	return REASON_CUT;
}

/* The outcome of a reply after all limits, and what is cut off cut off; those with a valid cookie
 * pass (RFC 7873 section 6). */
SUBPROGRAM int guard_apply(struct scratch *s, __u32 outcome)
{
	const struct control *control = control_get();

	if (!s || !control)
		return REASON_TORN;
	if (s->query.options & QUERY_COOKIE && s->cookie_valid)
		return (int)outcome;
	if (guard_of(s, control)->flags & (GUARD_LIMIT | GUARD_LIMIT_DRY))
		outcome = limit_apply(s, control, outcome);
	if (guard_of(s, control)->flags & (GUARD_AMPLIFY | GUARD_AMPLIFY_DRY))
		outcome = amplification_apply(s, control, outcome);
	if (outcome == REASON_CUT)
		reply_cut(s);
	return (int)outcome;
}

#endif
