/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sticky rings: which slot a client's prefix gets. One rule for the fast path and the slow path. */
#ifndef SIGNPOST_BPF_CLIENT_SLOT_H
#define SIGNPOST_BPF_CLIENT_SLOT_H

#include "bpf/name_digest.h"
#include "bpf/slot.h"

/* Bits of a client's address that its slot goes by. */
#define STICKY_BITS_IPV4 24
#define STICKY_BITS_IPV6 56

/*
 * The slot of a client, by its /24 or /56, so that neighbours and renumbered hosts stay. `address`
 * is in network order, IPv4 as ::ffff:a.b.c.d. All rings of equal shares give a client the same
 * slot: its A and AAAA agree.
 */
static __always_inline __u32 slot_of_client(const __u32 *address, const struct digest_key *key,
					    __u32 slots)
{
	bool ipv4 = address[0] == 0 && address[1] == 0 && address[2] == __builtin_bswap32(0xffff);
	__u32 prefix[4] = {address[0], address[1], 0, 0};
	__u32 digest[4];

	if (ipv4) {
		prefix[2] = address[2];
		prefix[3] = address[3] & __builtin_bswap32(~0u << (32 - STICKY_BITS_IPV4));
	} else {
		prefix[1] &= __builtin_bswap32(~0u << (64 - STICKY_BITS_IPV6));
	}
	name_digest((const __u8 *)prefix, sizeof(prefix), key, digest);
	return slot_at_random(digest[0], slots);
}

#endif
