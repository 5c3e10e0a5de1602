/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* IPv4 and IPv6 headers: read, and written for the reply. */
#ifndef SIGNPOST_BPF_IP_H
#define SIGNPOST_BPF_IP_H

#include "bpf/checksum.h"
#include "bpf/ethernet.h"
#include "bpf/reasons.h"
#include "bpf/udp.h"

#define REPLY_HOP_LIMIT 64

struct ipv4_header {
	__u8 version_length;
	__u8 service;
	__u8 total_length[2];
	__u8 id[2];
	__u8 fragment[2];
	__u8 ttl;
	__u8 protocol;
	__u8 checksum[2];
	__u8 source[4];
	__u8 destination[4];
};

struct ipv6_header {
	__u8 version_class_flow[4];
	__u8 payload_length[2];
	__u8 next_header;
	__u8 hop_limit;
	__u8 source[16];
	__u8 destination[16];
};

#define IPV4_PLAIN	   0x45	  /* version 4, no options */
#define IPV4_FRAGMENT_MASK 0x3fff /* more fragments, or an offset */

#define IPV6_HOP_BY_HOP	 0
#define IPV6_ROUTING	 43
#define IPV6_FRAGMENT	 44
#define IPV6_DESTINATION 60

#define IPV4_MAPPED __builtin_bswap32(0x0000ffff) /* the third word of ::ffff:a.b.c.d */

/*
 * What both families' headers give besides the addresses. `payload` counts the octets behind the
 * header, as it says itself. A packet that is UDP, or could be behind options, extensions or in
 * fragments, has `udp` set; `plain` says that a UDP header follows.
 */
struct ip_packet {
	__u32 payload;
	bool udp;
	bool plain;
};

/* Addresses are four words in network order, IPv4 as ::ffff:a.b.c.d. */
static __always_inline void address_from_ipv4(__u32 *address, const __u8 *octets)
{
	store_64(address, 0);
	store_64(address + 2, IPV4_MAPPED | (__u64)load_32(octets) << 32);
}

static __always_inline bool addresses_equal(const __u32 *a, const __u32 *b)
{
	return load_64(a + 2) == load_64(b + 2) && load_64(a) == load_64(b);
}

static __always_inline bool ipv4_read(struct cursor *cursor, __u32 *source, __u32 *destination,
				      struct ip_packet *packet)
{
	const struct ipv4_header *header =
		(const struct ipv4_header *)cursor_take(cursor, sizeof(*header));

	if (!header || header->version_length >> 4 != 4)
		return false;
	address_from_ipv4(source, header->source);
	address_from_ipv4(destination, header->destination);
	packet->payload = (__u32)load_16be(header->total_length) - sizeof(*header);
	packet->udp = header->protocol == PROTOCOL_UDP;
	packet->plain = header->version_length == IPV4_PLAIN &&
			!(load_16be(header->fragment) & IPV4_FRAGMENT_MASK);
	return true;
}

static __always_inline bool ipv6_read(struct cursor *cursor, __u32 *source, __u32 *destination,
				      struct ip_packet *packet)
{
	const struct ipv6_header *header =
		(const struct ipv6_header *)cursor_take(cursor, sizeof(*header));
	__u8 next;

	if (!header || header->version_class_flow[0] >> 4 != 6)
		return false;
	block_copy((__u8 *)source, header->source);
	block_copy((__u8 *)destination, header->destination);
	packet->payload = load_16be(header->payload_length);
	next = header->next_header;
	packet->plain = next == PROTOCOL_UDP;
	packet->udp = packet->plain || next == IPV6_HOP_BY_HOP || next == IPV6_ROUTING ||
		      next == IPV6_FRAGMENT || next == IPV6_DESTINATION;
	return true;
}

/*
 * A source that must not be answered: not one host's address (RFC 1122 section 3.2.1.3, RFC 4291
 * section 2), or the server's own.
 */
static __always_inline bool source_is_bad(const __u32 *source, const __u32 *destination)
{
	__u32 first = source[3] & 0xff;

	if (addresses_equal(source, destination))
		return true;
	if (load_64(source))
		return (source[0] & 0xff) == 0xff;
	if (source[2] == IPV4_MAPPED)
		return first == 0 || first == 127 || first >= 224;
	return source[2] == 0 && (source[3] == 0 || source[3] == __builtin_bswap32(1));
}

/* The sum of an address's octets, for the UDP pseudo header. */
static __always_inline __u64 address_sum(const __u32 *address)
{
	return (__u64)address[0] + address[1] + address[2] + address[3];
}

/* Writes the header of a reply with `payload` octets behind it. */
static __always_inline void ipv4_write(struct ipv4_header *header, __u32 server, __u32 client,
				       __u32 payload)
{
	__u32 first = __builtin_bswap32(IPV4_PLAIN << 24 | (__u32)(sizeof(*header) + payload));
	__u32 second = __builtin_bswap32(0x4000); /* identification 0, Don't Fragment (RFC 6864) */
	__u16 third = __builtin_bswap16(REPLY_HOP_LIMIT << 8 | PROTOCOL_UDP);
	__u64 sum = (__u64)server + client + first + second + third;

	store_32(&header->version_length, first);
	store_32(header->id, second);
	store_16(&header->ttl, third);
	store_16(header->checksum, (__u16)~checksum_fold(sum));
	store_32(header->source, server);
	store_32(header->destination, client);
}

static __always_inline void ipv6_write(struct ipv6_header *header, const __u32 *server,
				       const __u32 *client, __u32 payload)
{
	store_32(header->version_class_flow, __builtin_bswap32(6u << 28));
	store_16be(header->payload_length, (__u16)payload);
	header->next_header = PROTOCOL_UDP;
	header->hop_limit = REPLY_HOP_LIMIT;
	block_copy(header->source, (const __u8 *)server);
	block_copy(header->destination, (const __u8 *)client);
}

#endif
