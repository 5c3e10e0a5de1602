/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Names on the wire (RFC 1035 section 3.1): read, and fold to the form that is looked up. */
#ifndef SIGNPOST_BPF_DNS_NAME_H
#define SIGNPOST_BPF_DNS_NAME_H

#include "bpf/cursor.h"

#define LABEL_OCTETS_MAX 63

/*
 * The length in octets, with the root label, of the uncompressed name at `at`; its labels without
 * the root to `labels`. 0 if the name is malformed, compressed or too long. A name may seem to go
 * on behind the message's end: the caller compares. Octets there are not read if the buffer ends
 * with the message, whose mask is ~0 then.
 */
static __always_inline __u32 name_read(const struct message *message, __u32 at, __u8 *labels)
{
	const __u32 readable = message->mask == ~0u ? message->length : message->mask + 1;
	__u32 end = at;
	__u32 i;

	for (i = 0; i <= NAME_LABELS_MAX; i++) {
		__u32 label;

		if (end >= readable)
			return 0;
		label = message->octets[end];
		if (label > LABEL_OCTETS_MAX)
			return 0;
		end += label + 1;
		if (label == 0) {
			*labels = (__u8)i;
			return end - at <= NAME_OCTETS_MAX ? end - at : 0;
		}
	}
	return 0;
}

/* Eight octets with A-Z folded to a-z, and no other octet changed (RFC 4343 section 3). */
static __always_inline __u64 fold_word(__u64 word)
{
	const __u64 ones = 0x0101010101010101ull;
	__u64 low = word & (0x7f * ones);
	__u64 from_a = low + (0x80 - 'A') * ones;
	__u64 behind_z = low + (0x80 - 'Z' - 1) * ones;
	__u64 letters = (from_a ^ behind_z) & ~word & (0x80 * ones);

	return word | letters >> 2;
}

/*
 * Folds the `length` octets of a name by whole words: both buffers have room up to the next
 * multiple of 8. Length octets are below 'A', so nothing but letters changes.
 */
static __always_inline void name_fold(const __u8 *name, __u32 length, __u8 *folded)
{
	__u32 i;

	for (i = 0; i < (NAME_OCTETS_MAX + 1) / 8; i++) {
		if (8 * i >= length)
			break;
		store_64(folded + 8 * i, fold_word(load_64(name + 8 * i)));
	}
}

#endif
