/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What stands for a name in the kernel's tables: two iterations of NH with 64 bits each (Black,
 * Halevi, Krawczyk, Krovetz, Rogaway: "UMAC: Fast and Secure Message Authentication", 1999). Keyed,
 * so that nobody outside can make two names collide: whatever the names, two of them do with a
 * probability below 2^-62 (docs/architecture.md).
 */
#ifndef SIGNPOST_BPF_NAME_DIGEST_H
#define SIGNPOST_BPF_NAME_DIGEST_H

#include "bpf/dns_name.h"

/* Both iterations; the second uses the key from its second word on. */
struct nh_state {
	__u64 first;
	__u64 second;
};

/* NH of one word: the product of its halves, each added to that of the key modulo 2^32. */
static __always_inline __u64 nh_word(__u64 word, __u64 key)
{
	__u32 low = (__u32)word + (__u32)key;
	__u32 high = (__u32)(word >> 32) + (__u32)(key >> 32);

	return (__u64)low * high;
}

static __always_inline void nh_absorb(struct nh_state *state, __u64 word, const __u64 *key)
{
	state->first += nh_word(word, key[0]);
	state->second += nh_word(word, key[1]);
}

/* Two to one, and every bit of both changes the lower bits, by which slots are chosen. */
static __always_inline void nh_finish(const struct nh_state *state, __u32 *out)
{
	__u64 mixed = state->first + (state->second << 32 | state->second >> 32);

	mixed ^= mixed >> 32;
	mixed *= 0x9e3779b97f4a7c15ull; /* 2^64 divided by the golden ratio; odd */
	mixed ^= mixed >> 32;
	store_64(out, mixed);
	store_64(out + 2, state->second);
}

/* The digest of octets that are folded on the way if `fold`, a constant, says so. */
static __always_inline void digest_make(const __u8 *octets, __u32 length,
					const struct digest_key *key, bool fold, __u32 *out)
{
	struct nh_state state = {length, 0};
	__u32 words = opaque(length / 8);
	__u32 left = length & 7;
	__u32 i;

	for (i = 0; i < DIGEST_OCTETS_MAX / 8; i++) {
		__u64 word;

		if (i >= words)
			break;
		word = load_64(octets + 8 * i);
		nh_absorb(&state, fold ? fold_word(word) : word, key->words + i);
	}
	if (left) {
		__u64 word = load_64(octets + (length & (DIGEST_OCTETS_MAX - 8)));

		word = (fold ? fold_word(word) : word) & (~0ull >> (64 - 8 * left));
		nh_absorb(&state, word,
			  key->words + (opaque(length / 8) & (DIGEST_OCTETS_MAX / 8 - 1)));
	}
	nh_finish(&state, out);
}

/*
 * The digest of `length` octets, at most DIGEST_OCTETS_MAX, under `key`, to out[0..3]. `octets` are
 * readable up to the next multiple of 8; what lies behind `length` does not matter.
 */
static __always_inline void name_digest(const __u8 *octets, __u32 length,
					const struct digest_key *key, __u32 *out)
{
	digest_make(octets, length, key, false, out);
}

/* The same of a name that has not been folded. */
static __always_inline void name_digest_folding(const __u8 *octets, __u32 length,
						const struct digest_key *key, __u32 *out)
{
	digest_make(octets, length, key, true, out);
}

#endif
