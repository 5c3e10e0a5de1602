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

static __always_inline void siphash_begin(struct siphash *state, const __u64 *key)
{
	state->v0 = key[0] ^ 0x736f6d6570736575ull;
	state->v1 = key[1] ^ 0x646f72616e646f6dull;
	state->v2 = key[0] ^ 0x6c7967656e657261ull;
	state->v3 = key[1] ^ 0x7465646279746573ull;
}

/* Absorbs the next 8 octets of the input, loaded as a little-endian word. */
static __always_inline void siphash_absorb(struct siphash *state, __u64 word)
{
	state->v3 ^= word;
	siphash_round(state);
	siphash_round(state);
	state->v0 ^= word;
}

/* The hash. `last`: the octets behind the last whole word, and the input's length in the uppermost
 * octet. */
static __always_inline __u64 siphash_finish(struct siphash *state, __u64 last)
{
	siphash_absorb(state, last);
	state->v2 ^= 0xff;
	siphash_round(state);
	siphash_round(state);
	siphash_round(state);
	siphash_round(state);
	return state->v0 ^ state->v1 ^ state->v2 ^ state->v3;
}

#endif
