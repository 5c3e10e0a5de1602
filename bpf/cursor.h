/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Bounded reading: of a frame, header by header, and of a DNS message, by offset. The only bounds
 * arithmetic. */
#ifndef SIGNPOST_BPF_CURSOR_H
#define SIGNPOST_BPF_CURSOR_H

#include "bpf/platform.h"

/* Above every offset in a packet that is read or written. */
#define PACKET_MASK 0x7ff

/* A position in a frame, and the frame's end. */
struct cursor {
	__u8 *at;
	__u8 *end;
};

/* Whether `size` octets follow. */
static __always_inline bool cursor_has(const struct cursor *cursor, __u32 size)
{
	return cursor->at + size <= cursor->end;
}

/* The next `size` octets, and the cursor moved behind them; NULL if the frame ends before. */
static __always_inline __u8 *cursor_take(struct cursor *cursor, __u32 size)
{
	__u8 *at = cursor->at;

	if (!cursor_has(cursor, size))
		return NULL;
	cursor->at = at + size;
	return at;
}

/*
 * The cursor at an offset of the packet. Each part of a packet is copied from a cursor of its own:
 * what copying one part tells of it must not tell the paths behind apart.
 */
static __always_inline struct cursor cursor_at(const struct packet *pkt, __u32 offset)
{
	struct cursor cursor = {packet_begin(pkt) + (offset & PACKET_MASK), packet_end(pkt)};

	return cursor;
}

/*
 * A DNS message. Offsets are masked before each access, which tells the verifier that they stay
 * within the buffer; the caller compares them with `length` first. `mask` is a constant: the
 * buffer's size less one, or ~0 if the buffer ends with the message.
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

/* Words as they lie in memory. */
static __always_inline __u32 message_word_32(const struct message *message, __u32 at)
{
	return load_32(message->octets + (at & message->mask));
}

static __always_inline __u64 message_word_64(const struct message *message, __u32 at)
{
	return load_64(message->octets + (at & message->mask));
}

/* What is copied at a time. */
#define BLOCK_OCTETS 16

static __always_inline void block_copy(__u8 *to, const __u8 *from)
{
	store_64(to, load_64(from));
	store_64(to + 8, load_64(from + 8));
}

/* The length, which is at most `mask`, a constant, as the verifier is to see. */
static __always_inline __u32 masked(__u32 length, __u32 mask)
{
	return opaque(length) & mask;
}

/*
 * Octets are copied block by block; the last block is the last BLOCK_OCTETS of them, and lies over
 * octets that have been copied before, or before the first one. `last` is the cursor at its
 * beginning; `length` is not 0, and has been masked. What is left is counted down in one register
 * and compared with a constant: of all that a compiler could make of the loop, Linux 6.1 sees the
 * end of that.
 */

/* Copies `length` octets from `from` on to `to`; false if the frame ends before. */
static __always_inline bool cursor_copy(struct cursor from, struct cursor last, __u32 length,
					__u8 *to)
{
	__u8 *to_last = to + length - BLOCK_OCTETS;

	for (length = opaque(length); length > BLOCK_OCTETS;
	     length = opaque(length - BLOCK_OCTETS)) {
		if (!cursor_has(&from, BLOCK_OCTETS))
			return false;
		block_copy(to, from.at);
		from.at += BLOCK_OCTETS;
		to += BLOCK_OCTETS;
	}
	if (!cursor_has(&last, BLOCK_OCTETS))
		return false;
	block_copy(to_last, last.at);
	return true;
}

/* Writes `length` octets from `from` on to `to`; false if the frame ends before. */
static __always_inline bool cursor_write(struct cursor to, struct cursor last, __u32 length,
					 const __u8 *from)
{
	const __u8 *from_last = from + length - BLOCK_OCTETS;

	for (length = opaque(length); length > BLOCK_OCTETS;
	     length = opaque(length - BLOCK_OCTETS)) {
		if (!cursor_has(&to, BLOCK_OCTETS))
			return false;
		block_copy(to.at, from);
		to.at += BLOCK_OCTETS;
		from += BLOCK_OCTETS;
	}
	if (!cursor_has(&last, BLOCK_OCTETS))
		return false;
	block_copy(last.at, from_last);
	return true;
}

#endif
