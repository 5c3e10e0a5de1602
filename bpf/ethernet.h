/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Ethernet with at most two VLAN tags (IEEE 802.1Q, 802.1ad): read, and written for the reply. */
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

/* A link header as the reply has it: from whom the query was for, to whom it came from, with the
 * query's tags. */
struct link {
	__u32 tags;
	__u8 octets[LINK_OCTETS_MAX];
};

/*
 * The type of what the frame carries, and the cursor moved to it; the reply's link header to *link.
 * 0 for a short or group-addressed frame.
 */
static __always_inline __u16 ethernet_read(struct cursor *cursor, struct link *link)
{
	const struct ethernet_header *header =
		(const struct ethernet_header *)cursor_take(cursor, sizeof(*header));
	__u16 type;
	int i;

	if (!header || header->destination[0] & 1)
		return 0;
	store_32(link->octets, load_32(header->source));
	store_16(link->octets + 4, load_16(header->source + 4));
	store_32(link->octets + 6, load_32(header->destination));
	store_16(link->octets + 10, load_16(header->destination + 4));
	store_16(link->octets + 12, load_16(header->type));
	type = load_16be(header->type);
	for (i = 0; i < VLAN_TAGS_MAX; i++) {
		const struct vlan_tag *tag;

		if (type != ETHERTYPE_CTAG && type != ETHERTYPE_STAG)
			break;
		tag = (const struct vlan_tag *)cursor_take(cursor, sizeof(*tag));
		if (!tag)
			return 0;
		store_32(link->octets + sizeof(*header) + i * sizeof(*tag), load_32(tag));
		type = load_16be(tag->type);
	}
	link->tags = i;
	return type;
}

static __always_inline __u32 link_length(const struct link *link)
{
	return sizeof(struct ethernet_header) + link->tags * sizeof(struct vlan_tag);
}

/* Writes a link header at the cursor; false if the frame ends before. */
static __always_inline bool ethernet_write(struct cursor cursor, const struct link *link)
{
	__u8 *at = cursor_take(&cursor, sizeof(struct ethernet_header));
	__u32 i;

	if (!at)
		return false;
	store_64(at, load_64(link->octets));
	store_32(at + 8, load_32(link->octets + 8));
	store_16(at + 12, load_16(link->octets + 12));
	for (i = 0; i < VLAN_TAGS_MAX; i++) {
		if (i >= link->tags)
			break;
		at = cursor_take(&cursor, sizeof(struct vlan_tag));
		if (!at)
			return false;
		store_32(at, load_32(link->octets + sizeof(struct ethernet_header) +
				     i * sizeof(struct vlan_tag)));
	}
	return true;
}

#endif
