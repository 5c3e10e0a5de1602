/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* DNS cookies (RFC 7873) with the interoperable server cookie of RFC 9018: one rule for both paths.
 */
#ifndef SIGNPOST_BPF_COOKIE_H
#define SIGNPOST_BPF_COOKIE_H

#include "bpf/abi.h"
#include "bpf/siphash.h"

#define CLIENT_COOKIE_OCTETS 8
#define SERVER_COOKIE_OCTETS 16
#define COOKIE_OCTETS	     (CLIENT_COOKIE_OCTETS + SERVER_COOKIE_OCTETS)

/* A server cookie of another implementation may have 8 to 32 octets (RFC 7873 section 4.2). */
#define FOREIGN_COOKIE_OCTETS_MIN (CLIENT_COOKIE_OCTETS + 8)
#define FOREIGN_COOKIE_OCTETS_MAX (CLIENT_COOKIE_OCTETS + 32)

/* RFC 9018 section 4.3, in seconds: how long a server cookie holds, from when on a new one is
 * handed out, and how far another server's clock may be ahead. */
#define COOKIE_LIFE   3600
#define COOKIE_RENEW  1800
#define COOKIE_FUTURE 300

#define COOKIE_VERSION 1

/* A server cookie as it is on the wire, in two little-endian words. */
struct server_cookie {
	__u64 head; /* version, reserved, timestamp */
	__u64 hash;
};

/*
 * Seconds of Unix time, modulo 2^32, at `now`, in nanoseconds of the clock that does not jump: in
 * steps of 2^30 ns, so late by up to 1.1 s. By a multiplication with 2^60 / 10^9: BPF has none that
 * gives the upper half of the product, as compilers divide by a constant, so that a division would
 * be one.
 */
static __always_inline __u32 guard_time(const struct guard *guard, __u64 now)
{
	__u64 steps = now >> 30;

	return (__u32)(steps * 1152921505u >> 30) + (__u32)guard->clock_offset;
}

/* The first half of a server cookie made at `time`, in seconds of Unix time. */
static __always_inline __u64 cookie_head(__u32 time)
{
	return COOKIE_VERSION | (__u64)__builtin_bswap32(time) << 32;
}

/* What is hashed for the second half of a server cookie (RFC 9018 section 4.4): the client cookie,
 * the first half, the client's address, the length. */
#define COOKIE_WORDS_MAX 5
struct cookie_input {
	__u64 words[COOKIE_WORDS_MAX];
	__u32 count;
};

/* `client` is the client's address in network order, IPv4 as ::ffff:a.b.c.d. */
static __always_inline void cookie_input_make(struct cookie_input *input, __u64 client_cookie,
					      __u64 head, const __u32 *client, bool ipv6)
{
	input->words[0] = client_cookie;
	input->words[1] = head;
	input->words[2] = ipv6 ? client[0] | (__u64)client[1] << 32 : client[3] | 20ull << 56;
	input->words[3] = client[2] | (__u64)client[3] << 32;
	input->words[4] = 32ull << 56;
	input->count = ipv6 ? 5 : 3;
}

/* The second half. */
OUT_OF_LINE __u64 cookie_hash(const struct cookie_input *input, const __u64 *secret)
{
	return siphash(secret, input->words, input->count);
}

/* Seconds since a server cookie was made, as a signed difference (RFC 1982). */
static __always_inline __s32 cookie_age(__u64 head, __u32 time)
{
	return (__s32)(time - __builtin_bswap32((__u32)(head >> 32)));
}

/* Whether a server cookie's first half is one that this server could have made lately. */
static __always_inline bool cookie_is_current(__u64 head, __u32 time)
{
	__s32 age = cookie_age(head, time);

	return (head & 0xff) == COOKIE_VERSION && age >= -COOKIE_FUTURE && age <= COOKIE_LIFE;
}

/*
 * Judges the server cookie *cookie of a client, NULL for none, and leaves in *out the one to send:
 * the same while it is young, else a new one. True if it is valid.
 */
static __always_inline bool cookie_judge(const struct guard *guard, __u64 client_cookie,
					 const struct server_cookie *cookie, const __u32 *client,
					 bool ipv6, __u32 time, struct server_cookie *out)
{
	struct cookie_input input;
	bool valid = false;
	int i;

	if (cookie && cookie_is_current(cookie->head, time)) {
		cookie_input_make(&input, client_cookie, cookie->head, client, ipv6);
		ROLLED
		for (i = 0; i < COOKIE_SECRETS && !valid; i++)
			valid = cookie->hash == cookie_hash(&input, guard->secrets[i]);
		/* That of a secret on its way out is renewed at once. */
		if (valid && i == 1 && cookie_age(cookie->head, time) < COOKIE_RENEW) {
			*out = *cookie;
			return true;
		}
	}
	out->head = cookie_head(time);
	cookie_input_make(&input, client_cookie, out->head, client, ipv6);
	out->hash = cookie_hash(&input, guard->secrets[0]);
	return valid;
}

#endif
