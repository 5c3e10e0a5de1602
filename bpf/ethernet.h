/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet with at most two VLAN tags (IEEE 802.1Q, 802.1ad): read, and turned round for the reply.
 */
#ifndef SIGNPOST_BPF_ETHERNET_H
#define SIGNPOST_BPF_ETHERNET_H

#include "bpf/cursor.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_CTAG 0x8100
#define ETHERTYPE_STAG 0x88a8

#define VLAN_TAGS_MAX 2

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__u8 type[2];
};

struct vlan_tag {
	__u8 control[2];
	__u8 type[2];
};

/* The longest link header that is answered. */
#define LINK_OCTETS_MAX (sizeof(struct ethernet_header) + VLAN_TAGS_MAX * sizeof(struct vlan_tag))

/* The type of what the frame carries, and the cursor moved to it; 0 for a short or group-addressed
 * frame. */
static __always_inline __u16 ethernet_read(struct cursor *cursor)
{
	const struct ethernet_header *header =
		(const struct ethernet_header *)cursor_take(cursor, sizeof(*header));
	__u16 type;
	int i;

	if (!header || header->destination[0] & 1)
		return 0;
	type = load_16be(header->type);
	for (i = 0; i < VLAN_TAGS_MAX; i++) {
		const struct vlan_tag *tag;

		if (type != ETHERTYPE_CTAG && type != ETHERTYPE_STAG)
			break;
		tag = (const struct vlan_tag *)cursor_take(cursor, sizeof(*tag));
		if (!tag)
			return 0;
		type = load_16be(tag->type);
	}
	return type;
}

static __always_inline void ethernet_turn(struct ethernet_header *header)
{
	__u32 destination = load_32(header->destination);
	__u16 destination_end = load_16(header->destination + 4);

	store_32(header->destination, load_32(header->source));
	store_16(header->destination + 4, load_16(header->source + 4));
	store_32(header->source, destination);
	store_16(header->source + 4, destination_end);
}

#endif
