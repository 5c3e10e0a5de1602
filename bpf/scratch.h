/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The working memory of one packet: too large for the BPF stack, so an element of a per-CPU map. */
#ifndef SIGNPOST_BPF_SCRATCH_H
#define SIGNPOST_BPF_SCRATCH_H

#include "bpf/abi.h"
#include "bpf/dns_query.h"

/* The longest reply, and what a copy of whole words or cells may write behind it; a power of two
 * for masks. */
#define MESSAGE_ROOM 2048
#define MESSAGE_MASK (MESSAGE_ROOM - 1)

/* A folded name at any of 256 offsets, read to its last whole word. */
#define NAME_ROOM   512
#define NAME_OFFSET 255

/* OPT: 11 octets, and a client subnet option of at most 24; in whole words. */
#define OPT_ROOM 40

/* Where a packet comes from and goes to, and what lies where in it. */
struct flow {
	__u32 client[4]; /* network order; IPv4 as ::ffff:a.b.c.d */
	__u32 server[4];
	__u32 network; /* offset of the IP header */
	__u32 ipv6;
	__u32 message; /* offset of the DNS message */
	__u32 length;  /* of the DNS message */
};

struct reply {
	__u64 sum;     /* Internet checksum of what follows the question */
	__u32 length;  /* of the DNS message so far */
	__u32 flags;   /* of the variant */
	__u32 counts;  /* answer and authority records, as on the wire */
	__u16 arcount; /* without OPT */
	__u16 outcome;
	__u32 counter;
};

struct scratch {
	struct flow flow;
	struct dns_query query;
	struct reply reply;
	answer_ref answer;
	struct node_key key;
	__u8 opt[OPT_ROOM] __attribute__((aligned(8)));
	__u8 name[NAME_ROOM] __attribute__((aligned(8)));
	__u8 label_offsets[NAME_LABELS_MAX + 1];
	/* The question, at offset 12 of the message, is aligned: it is folded and summed by words.
	 */
	__u8 lead[4] __attribute__((aligned(8)));
	__u8 message[MESSAGE_ROOM + CELL_OCTETS];
};

#endif
