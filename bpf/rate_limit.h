/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Response rate limiting: each client prefix gets so many replies of one name class a second. One
 * rule for both paths, each with buckets of its own.
 */
#ifndef SIGNPOST_BPF_RATE_LIMIT_H
#define SIGNPOST_BPF_RATE_LIMIT_H

#include "bpf/abi.h"
#include "bpf/name_digest.h"

enum limit_verdict {
	LIMIT_PASS,
	LIMIT_SLIP, /* send it cut off, so that an honest client comes back over TCP */
	LIMIT_DROP,
};

/* Which bucket a reply comes from. */
struct limit_key {
	__u32 line;
	__u32 tag; /* never 0 */
};

/*
 * The bucket of the replies of `name_class` to a client's /24 or /56, under a secret key: nobody
 * outside can choose a prefix that shares another's bucket.
 */
static __always_inline struct limit_key limit_key_of(const __u32 *client, bool ipv6,
						     __u64 name_class, const struct digest_key *key)
{
	__u32 last = ipv6 ? 0 : client[3] & __builtin_bswap32(0xffffff00);
	__u32 second = ipv6 ? client[1] & __builtin_bswap32(0xffffff00) : 0;
	struct nh_state state = {ipv6, 0};
	struct limit_key out;
	__u32 digest[4];

	nh_absorb(&state, client[0] | (__u64)second << 32, key->words);
	nh_absorb(&state, last, key->words + 1);
	nh_absorb(&state, name_class, key->words + 2);
	nh_finish(&state, digest);
	out.line = digest[0];
	out.tag = digest[1] | 1;
	return out;
}

/* The bucket of the tag; where the line has none, that which has been left alone the longest
 * becomes it: whoever is new is always counted, and memory is bounded. */
static __always_inline struct bucket *bucket_of(struct bucket_line *line, __u32 tag)
{
	struct bucket *oldest = &line->ways[0];
	int i;

	for (i = 0; i < BUCKET_WAYS; i++) {
		struct bucket *way = &line->ways[i];

		if (way->tag == tag)
			return way;
		if (way->ready < oldest->ready)
			oldest = way;
	}
	oldest->tag = tag;
	oldest->limited = 0;
	oldest->ready = 0;
	return oldest;
}

/*
 * Takes a reply out of a bucket at `now`, in nanoseconds of a clock that does not jump (the virtual
 * scheduling form of the generic cell rate algorithm, ITU-T I.371): each reply moves `ready` by the
 * interval between two, and may come early by the burst. CPUs do not lock each other out: what they
 * take at the same instant counts once.
 */
static __always_inline enum limit_verdict bucket_take(struct bucket *bucket, __u64 now,
						      const struct guard *guard)
{
	__u64 ready = bucket->ready > now ? bucket->ready : now;

	if (ready - now <= guard->limit_burst) {
		bucket->ready = ready + guard->limit_interval;
		return LIMIT_PASS;
	}
	if (!guard->limit_slip)
		return LIMIT_DROP;
	bucket->limited++;
	return bucket->limited % guard->limit_slip == 0 ? LIMIT_SLIP : LIMIT_DROP;
}

/* Whether the client's address lies in one of the prefixes that are never limited. */
static __always_inline bool limit_exempts(const struct guard *guard, const __u32 *client)
{
	int i, word;

	for (i = 0; i < EXEMPT_MAX; i++) {
		const struct guard_prefix *exempt = &guard->exempt[i];
		__u32 difference = 0;

		if ((__u32)i >= guard->exempt_count)
			break;
		for (word = 0; word < 4; word++)
			difference |= (client[word] & exempt->mask[word]) ^ exempt->address[word];
		if (!difference)
			return true;
	}
	return false;
}

#endif
