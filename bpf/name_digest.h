/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * SipHash-1-3 with 128 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF"):
 * what stands for a name in the kernel's tables. Keyed, so that nobody outside can make two names
 * collide.
 */
#ifndef SIGNPOST_BPF_NAME_DIGEST_H
#define SIGNPOST_BPF_NAME_DIGEST_H

#include "bpf/dns_name.h"

struct sip_state {
	__u64 v0, v1, v2, v3;
};

static __always_inline __u64 rotate_left(__u64 value, __u32 bits)
{
	return value << bits | value >> (64 - bits);
}

static __always_inline void sip_round(struct sip_state *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate_left(s->v1, 13) ^ s->v0;
	s->v3 = rotate_left(s->v3, 16) ^ s->v2;
	s->v0 = rotate_left(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotate_left(s->v1, 17) ^ s->v2;
	s->v3 = rotate_left(s->v3, 21) ^ s->v0;
	s->v2 = rotate_left(s->v2, 32);
}

static __always_inline void sip_absorb(struct sip_state *s, __u64 word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

static __always_inline __u64 sip_squeeze(struct sip_state *s)
{
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* The digest of octets that are folded on the way if `fold`, a constant, says so. */
static __always_inline void digest_make(const __u8 *octets, __u32 length, const __u64 *key,
					bool fold, __u32 *out)
{
	struct sip_state s = {
		key[0] ^ 0x736f6d6570736575ull,
		key[1] ^ 0x646f72616e646f6dull ^ 0xee,
		key[0] ^ 0x6c7967656e657261ull,
		key[1] ^ 0x7465646279746573ull,
	};
	__u32 words = opaque(length / 8);
	__u64 word;
	__u32 i;

	for (i = 0; i < (NAME_OCTETS_MAX + 1) / 8; i++) {
		if (i >= words)
			break;
		word = load_64(octets + 8 * i);
		sip_absorb(&s, fold ? fold_word(word) : word);
	}
	if (length & 7) {
		word = load_64(octets + (length & 0xf8));
		word = (fold ? fold_word(word) : word) & (~0ull >> (64 - 8 * (length & 7)));
	} else {
		word = 0;
	}
	sip_absorb(&s, word | (__u64)length << 56);

	s.v2 ^= 0xee;
	store_64(out, sip_squeeze(&s));
	s.v1 ^= 0xdd;
	store_64(out + 2, sip_squeeze(&s));
}

/*
 * The digest of `length` octets, at most NAME_OCTETS_MAX + 1, under `key`, to out[0..3]. `octets`
 * are readable up to the next multiple of 8; what lies behind `length` does not matter.
 */
static __always_inline void name_digest(const __u8 *octets, __u32 length, const __u64 *key,
					__u32 *out)
{
	digest_make(octets, length, key, false, out);
}

/* The same of a name that has not been folded. */
static __always_inline void name_digest_folding(const __u8 *octets, __u32 length, const __u64 *key,
						__u32 *out)
{
	digest_make(octets, length, key, true, out);
}

#endif
