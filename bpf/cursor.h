/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bounded reading: of a frame, header by header, and of a DNS message, by offset. The only bounds
 * arithmetic. */
#ifndef SIGNPOST_BPF_CURSOR_H
#define SIGNPOST_BPF_CURSOR_H

#include "bpf/platform.h"

/* A position in a frame, and the frame's end. */
struct cursor {
	__u8 *at;
	__u8 *end;
};

/* The next `size` octets, and the cursor moved behind them; NULL if the frame ends before. */
static __always_inline __u8 *cursor_take(struct cursor *cursor, __u32 size)
{
	__u8 *at = cursor->at;

	if (at + size > cursor->end)
		return NULL;
	cursor->at = at + size;
	return at;
}

/*
 * A DNS message. Offsets are masked before each access, which tells the verifier that they stay
 * within the buffer; the caller compares them with `length` first. `mask` is a constant: the
 * buffer's size less one, or ~0.
 */
struct message {
	const __u8 *octets;
	__u32 length;
	__u32 mask;
};

static __always_inline __u8 message_8(const struct message *message, __u32 at)
{
	return message->octets[at & message->mask];
}

static __always_inline __u16 message_16(const struct message *message, __u32 at)
{
	return load_16be(message->octets + (at & message->mask));
}

/*
 * Copies the next `length` octets, at least 8 and less than `room`, a power of two, to the `room`
 * octets at `to`. It copies whole words: what fills the last one up is 0. False if the frame ends
 * before.
 */
static __always_inline bool cursor_copy(const struct cursor *cursor, __u32 length, __u8 *to,
					__u32 room)
{
	const __u8 *last = cursor->at + (opaque(length - 8) & (room - 1));
	__u32 whole = opaque(length / 8);
	__u32 left = length & 7;
	__u32 i;

	for (i = 0; i < room / 8; i++) {
		const __u8 *from = cursor->at + 8 * i;

		if (i >= whole)
			break;
		if (from + 8 > cursor->end)
			return false;
		store_64(to + 8 * i, load_64(from));
	}
	if (!left)
		return true;
	if (last + 8 > cursor->end)
		return false;
	store_64(to + (opaque(length) & (room - 8)), load_64(last) >> (64 - 8 * left));
	return true;
}

/*
 * Writes `length` octets at the cursor, from memory that is aligned to words, `words` at most.
 * False if the frame ends before.
 */
static __always_inline bool cursor_write(struct cursor *cursor, const __u8 *from, __u32 length,
					 __u32 words)
{
	__u32 whole = opaque(length / 8);
	__u32 i;

	for (i = 0; i < words; i++) {
		__u8 *at;

		if (i >= whole)
			break;
		at = cursor_take(cursor, 8);
		if (!at)
			return false;
		store_64(at, load_64(from + 8 * i));
	}
	from += length & ~7u;
	if (length & 4) {
		__u8 *at = cursor_take(cursor, 4);

		if (!at)
			return false;
		store_32(at, load_32(from));
		from += 4;
	}
	if (length & 2) {
		__u8 *at = cursor_take(cursor, 2);

		if (!at)
			return false;
		store_16(at, load_16(from));
		from += 2;
	}
	if (length & 1) {
		__u8 *at = cursor_take(cursor, 1);

		if (!at)
			return false;
		*at = *from;
	}
	return true;
}

#endif
