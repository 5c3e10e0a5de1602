/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The yardstick of tools/bench: sends every IPv4 or IPv6 UDP packet back with its addresses and
 * ports swapped, and does nothing else. Swapping leaves the checksums as they are.
 */
#include "bpf/ip.h"
#include "bpf/platform.h"

#define SWAP_32(a, b)                                                                              \
	do {                                                                                       \
		__u32 swapped = load_32(a);                                                        \
		store_32(a, load_32(b));                                                           \
		store_32(b, swapped);                                                              \
	} while (0)

#define SWAP_16(a, b)                                                                              \
	do {                                                                                       \
		__u16 swapped = load_16(a);                                                        \
		store_16(a, load_16(b));                                                           \
		store_16(b, swapped);                                                              \
	} while (0)

SEC("xdp")
int reflector_xdp(struct packet *pkt)
{
	struct cursor cursor = {packet_begin(pkt), packet_end(pkt)};
	struct ethernet_header *ethernet;
	struct link link;
	struct udp_header *udp;
	__u16 type;
	int i;

	ethernet = (struct ethernet_header *)cursor.at;
	type = ethernet_read(&cursor, &link);
	if (type == ETHERTYPE_IPV4) {
		struct ipv4_header *ip = (struct ipv4_header *)cursor_take(&cursor, sizeof(*ip));

		if (!ip || ip->version_length != IPV4_PLAIN || ip->protocol != PROTOCOL_UDP)
			return XDP_PASS;
		SWAP_32(ip->source, ip->destination);
	} else if (type == ETHERTYPE_IPV6) {
		struct ipv6_header *ip = (struct ipv6_header *)cursor_take(&cursor, sizeof(*ip));

		if (!ip || ip->next_header != PROTOCOL_UDP)
			return XDP_PASS;
		for (i = 0; i < 16; i += 4)
			SWAP_32(ip->source + i, ip->destination + i);
	} else {
		return XDP_PASS;
	}
	udp = (struct udp_header *)cursor_take(&cursor, sizeof(*udp));
	if (!udp)
		return XDP_PASS;
	SWAP_16(udp->source, udp->destination);
	SWAP_32(ethernet->source, ethernet->destination);
	SWAP_16(ethernet->source + 4, ethernet->destination + 4);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
