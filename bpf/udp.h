/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* UDP (RFC 768). */
#ifndef SIGNPOST_BPF_UDP_H
#define SIGNPOST_BPF_UDP_H

#include "bpf/checksum.h"
#include "bpf/cursor.h"

#define PROTOCOL_UDP 17

struct udp_header {
	__u8 source[2];
	__u8 destination[2];
	__u8 length[2];
	__u8 checksum[2];
};

/*
 * Writes the header of a reply with `payload` octets behind it. The ports are in network order, the
 * server's in the lower half of `ports` and the client's in the upper one; `sum` is that of the
 * pseudo header's addresses and of the payload. A checksum that comes out as 0 is sent as its other
 * form (RFC 768), which IPv6 demands too (RFC 8200 section 8.1).
 */
static __always_inline void udp_write(struct udp_header *header, __u32 ports, __u32 payload,
				      __u64 sum)
{
	__u16 length = __builtin_bswap16((__u16)(sizeof(*header) + payload));
	__u16 checksum;

	sum += __builtin_bswap16(PROTOCOL_UDP);
	sum += 2u * length; /* in the pseudo header and here */
	sum += ports;
	checksum = (__u16)~checksum_fold(sum);
	store_32(header->source, ports);
	store_16(header->length, length);
	store_16(header->checksum, checksum ? checksum : 0xffff);
}

#endif
