/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What stands for a name in the kernel's tables: two iterations of NH with 64 bits each (Black,
 * Halevi, Krawczyk, Krovetz, Rogaway: "UMAC: Fast and Secure Message Authentication", 1999). Keyed,
 * so that nobody outside can make two names collide: whatever the names, two of them do with a
 * probability below 2^-62 (docs/architecture.md).
 */
#ifndef SIGNPOST_BPF_NAME_DIGEST_H
#define SIGNPOST_BPF_NAME_DIGEST_H

#include "bpf/checksum.h"
#include "bpf/dns_name.h"

/* Both iterations; the second uses the key from its second word on. */
struct nh_state {
	__u64 first;
	__u64 second;
};

/* NH of one word: the product of its halves, each added to that of the key modulo 2^32. */
static __always_inline __u64 nh_word(__u64 word, const __u64 *key)
{
	__u32 low = load_32(key) + (__u32)word;
	__u32 high = load_32((const __u8 *)key + 4) + (__u32)(word >> 32);

	return (__u64)low * high;
}

static __always_inline void nh_absorb(struct nh_state *state, __u64 word, const __u64 *key)
{
	state->first += nh_word(word, key);
	state->second += nh_word(word, key + 1);
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

/* The `count` octets at `octets`, fewer than 8, as a word; those behind them are read and left out.
 */
static __always_inline __u64 partial_word(const __u8 *octets, __u32 count)
{
	return load_64(octets) & ((1ull << 8 * count) - 1);
}

/* The digest of octets that are folded on the way if `fold`, a constant, says so. */
static __always_inline void digest_make(const __u8 *octets, __u32 length,
					const struct digest_key *key, bool fold, __u32 *out)
{
	struct nh_state state = {length, 0};
	const __u64 *words = key->words;
	__u64 word;

	for (; length >= 8; length = opaque(length - 8)) {
		word = load_64(octets);
		nh_absorb(&state, fold ? fold_word(word) : word, words);
		octets += 8;
		words++;
	}
	if (length) {
		word = partial_word(octets, length);
		nh_absorb(&state, fold ? fold_word(word) : word, words);
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

/* What one pass over the words of a name tells. */
struct name_words {
	struct nh_state digest;
	struct word_sum sum;
	__u64 capitals; /* bit 6 of an octet: one there is 0x40 to 0x5f, as capitals are */
};

static __always_inline void name_words_add(struct name_words *words, __u64 word, const __u64 *key)
{
	nh_absorb(&words->digest, word, key);
	word_sum_add(&words->sum, word);
	words->capitals |= word & ~(word << 1);
}

/*
 * The same as name_digest() of a name that need not be folded, and the sum of its octets for the
 * Internet checksum, to *sum. False, and only the sum is right, if the name may hold capitals.
 */
static __always_inline bool name_digest_summing(const __u8 *octets, __u32 length,
						const struct digest_key *key, __u32 *out,
						__u64 *sum)
{
	struct name_words words = {{length, 0}, {0, 0}, 0};
	const __u64 *at = key->words;

	for (; length >= 8; length = opaque(length - 8)) {
		name_words_add(&words, load_64(octets), at);
		octets += 8;
		at++;
	}
	if (length)
		name_words_add(&words, partial_word(octets, length), at);
	*sum = word_sum_get(&words.sum);
	nh_finish(&words.digest, out);
	return !(words.capitals & 0x4040404040404040ull);
}

#endif
