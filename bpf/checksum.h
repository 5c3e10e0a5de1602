/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071), added up from parts. Sums are of 16-bit words as loaded from
 * memory, so that the folded result is stored as it is, whatever the byte order.
 */
#ifndef SIGNPOST_BPF_CHECKSUM_H
#define SIGNPOST_BPF_CHECKSUM_H

#include "bpf/platform.h"

/*
 * Folds a sum to 16 bits. Adding a number to itself with its halves swapped leaves in the upper
 * half their sum with the carry added.
 */
static __always_inline __u32 checksum_fold(__u64 sum)
{
	__u32 half;

	sum += sum << 32 | sum >> 32;
	half = (__u32)(sum >> 32);
	half += half << 16 | half >> 16;
	return half >> 16;
}

/*
 * The sum of a part, below 2^48, as it counts when the part begins at `offset`: at an odd one the
 * octets of all words swap, which is a shift by 8 bits modulo 0xffff.
 */
static __always_inline __u64 checksum_at(__u64 sum, __u32 offset)
{
	return sum << 8 * (offset & 1);
}

/* A 64-bit word as the sum of its halves, which leaves room for carries. */
static __always_inline __u64 checksum_word(__u64 word)
{
	return (word & 0xffffffff) + (word >> 32);
}

/*
 * A sum that whole words are added to with two instructions each: the lower halves make up what
 * the words are more than their upper halves, modulo 2^64.
 */
struct word_sum {
	__u64 words;
	__u64 high; /* the upper halves alone */
};

static __always_inline void word_sum_add(struct word_sum *sum, __u64 word)
{
	sum->words += word;
	sum->high += word >> 32;
}

static __always_inline __u64 word_sum_get(const struct word_sum *sum)
{
	return sum->words - (sum->high << 32) + sum->high;
}

/* The sum of `length` octets anywhere, folded to 16 bits: struct variant.sum. For userspace. */
static inline __u32 checksum_partial(const __u8 *octets, __u32 length)
{
	__u64 sum = 0;
	__u32 i;

	for (i = 0; i + 2 <= length; i += 2)
		sum += load_16(octets + i);
	if (i < length)
		sum += octets[i];
	return checksum_fold(sum);
}

#endif
