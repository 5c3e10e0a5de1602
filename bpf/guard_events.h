/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What cookies and limits did to queries: written once, here. The enum and the labels of
 * signpost_guard_events_total derive from this list. Append only: the numbers index pinned per-CPU
 * counters.
 */
#ifndef SIGNPOST_BPF_GUARD_EVENTS_H
#define SIGNPOST_BPF_GUARD_EVENTS_H

/* clang-format off */
#define SIGNPOST_GUARD_EVENTS(X) \
	X(COOKIE_VALID,    "cookie_valid",    "the query had a valid server cookie") \
	X(COOKIE_INVALID,  "cookie_invalid",  "the query had a server cookie that is not valid, or not any more") \
	X(COOKIE_FIRST,    "cookie_first",    "the query had a client cookie alone") \
	X(LIMIT_DROPPED,   "limit_dropped",   "the rate limit dropped the reply") \
	X(LIMIT_SLIPPED,   "limit_slipped",   "the rate limit cut the reply off, with TC") \
	X(LIMIT_EXEMPTED,  "limit_exempted",  "the rate limit spared a client that is exempt") \
	X(LIMIT_DRY_RUN,   "limit_dry_run",   "the rate limit would have dropped the reply or cut it off") \
	X(AMPLIFY_CUT,     "amplify_cut",     "the reply was cut off, being too many times its query") \
	X(AMPLIFY_DRY_RUN, "amplify_dry_run", "the reply would have been cut off, being too many times its query")
/* clang-format on */

enum guard_event {
#define X(id, label, help) GUARD_EVENT_##id,
	SIGNPOST_GUARD_EVENTS(X)
#undef X
		GUARD_EVENT_COUNT
};

#endif
