/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SipHash-2-4 with a result of 64 bits (Aumasson, Bernstein: "SipHash: a fast short-input PRF",
 * 2012), the hash of interoperable DNS cookies (RFC 9018 section 4.4).
 */
#ifndef SIGNPOST_BPF_SIPHASH_H
#define SIGNPOST_BPF_SIPHASH_H

#include "bpf/platform.h"

struct siphash {
	__u64 v0, v1, v2, v3;
};

static __always_inline __u64 rotate_left(__u64 value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static __always_inline void siphash_round(struct siphash *state)
{
	state->v0 += state->v1;
	state->v1 = rotate_left(state->v1, 13) ^ state->v0;
	state->v0 = rotate_left(state->v0, 32);
	state->v2 += state->v3;
	state->v3 = rotate_left(state->v3, 16) ^ state->v2;
	state->v0 += state->v3;
	state->v3 = rotate_left(state->v3, 21) ^ state->v0;
	state->v2 += state->v1;
	state->v1 = rotate_left(state->v1, 17) ^ state->v2;
	state->v2 = rotate_left(state->v2, 32);
}

/* Rolled, as the loop below: the rounds of the hashes of a cookie would be 10 KiB of code, which a
 * packet with a cookie finds in no cache as a rule. */
static __always_inline void siphash_rounds(struct siphash *state, __u32 rounds)
{
	__u32 i;

	ROLLED
	for (i = 0; i < rounds; i++)
		siphash_round(state);
}

/*
 * The hash under `key`, two words, of an input in `count` little-endian words; the last has the
 * octets behind the last whole word, and the input's length in its uppermost octet.
 */
static __always_inline __u64 siphash(const __u64 *key, const __u64 *words, __u32 count)
{
	struct siphash state = {
		.v0 = key[0] ^ 0x736f6d6570736575ull,
		.v1 = key[1] ^ 0x646f72616e646f6dull,
		.v2 = key[0] ^ 0x6c7967656e657261ull,
		.v3 = key[1] ^ 0x7465646279746573ull,
	};
	__u32 i;

	ROLLED
	for (i = 0; i < count; i++) {
		state.v3 ^= words[i];
		siphash_rounds(&state, 2);
		state.v0 ^= words[i];
	}
	state.v2 ^= 0xff;
	siphash_rounds(&state, 4);
	return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

#endif
