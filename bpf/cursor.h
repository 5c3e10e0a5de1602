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

#endif
