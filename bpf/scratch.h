/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The working memory of one packet: too large for the BPF stack, so an element of a per-CPU map. */
#ifndef SIGNPOST_BPF_SCRATCH_H
#define SIGNPOST_BPF_SCRATCH_H

#include "bpf/abi.h"
#include "bpf/dns_query.h"
#include "bpf/ethernet.h"

/* Room for what follows the question of a reply; a power of two, for masks. */
#define BODY_ROOM 2048
#define BODY_MASK (BODY_ROOM - 1)

/* A folded name at any of 256 offsets, read to its last whole word. */
#define NAME_ROOM   512
#define NAME_OFFSET 255

/* Where a packet comes from and goes to, and what lies where in it: all that the headers of the
 * reply are made of. */
struct flow {
	__u32 client[4]; /* network order; IPv4 as ::ffff:a.b.c.d */
	__u32 server[4];
	__u32 ipv6;
	__u32 ports; /* network order: the server's in the lower half, the client's in the upper */
	__u32 message; /* offset of the DNS message */
	__u32 length;  /* of the DNS message */
	struct link link;
};

struct reply {
	__u64 sum;    /* Internet checksum of the body, as it counts at its offset */
	__u32 length; /* of the body so far */
};

/*
 * The message begins 4 octets into `datagram`, which begins behind the ports of the UDP header: so
 * the question, at offset 12, is aligned, and is folded and summed by words.
 */
#define DATAGRAM_LEAD 4
#define DATAGRAM_ROOM 1024

struct scratch {
	struct flow flow;
	struct dns_query query;
	struct reply reply;
	__u64 question_sum;	     /* of the question, for the Internet checksum */
	struct server_cookie cookie; /* to send */
	__u32 cookie_valid;	     /* that of the query, if it has one */
	__u32 guard;		     /* index in control.guards */
	answer_ref answer;
	__u32 slot;	     /* of the node found last */
	__u32 search[2];     /* bounds of the search for the closest encloser */
	__u32 demand_exact;  /* stays: answers counted so, up to DEMAND_EXACT */
	__u32 demand_sample; /* stays: draws those that are counted afterwards */
	__u32 sample_wait;   /* stays: replies until one goes to the samples again */
	struct node_key key __attribute__((aligned(8)));
	__u8 datagram[DATAGRAM_ROOM] __attribute__((aligned(8)));
	__u8 name[NAME_ROOM] __attribute__((aligned(8))); /* folded */
	union {
		struct variant variant; /* the first cell of the one that answers */
		struct {
			__u8 head[CELL_OCTETS - VARIANT_FIRST_OCTETS];
			__u8 body[BODY_ROOM + CELL_OCTETS]; /* begins with the variant's octets */
		};
		struct sample sample; /* of the reply, once it is sent */
	} __attribute__((aligned(8)));
	__u8 label_offsets[NAME_LABELS_MAX + 1];
};

/* The guard of this packet: it stays the same if another one is put into use meanwhile. */
static __always_inline const struct guard *guard_of(const struct scratch *s,
						    const struct control *control)
{
	return &control->guards[opaque(s->guard) & (2 * INTERFACES_MAX - 1)];
}

static __always_inline __u8 *scratch_message(struct scratch *s)
{
	return s->datagram + DATAGRAM_LEAD;
}

#endif
