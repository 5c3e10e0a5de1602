/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The header and OPT of a reply: one rule for the fast path and the slow path. */
#ifndef SIGNPOST_BPF_REPLY_HEADER_H
#define SIGNPOST_BPF_REPLY_HEADER_H

#include "bpf/dns_query.h"

/* The class of OPT in replies: the UDP payload that this server takes (RFC 9715). */
#define EDNS_UDP_SIZE 1232

/* UDP payload of a client without EDNS (RFC 1035 section 2.3.4), and the least that EDNS means (RFC
 * 6891 6.2.3). */
#define UDP_SIZE_MIN 512

#define OPT_FIXED_OCTETS 11

/* The first four words of a header, as they lie in memory: ID, flags, QDCOUNT, ANCOUNT. */
#define HEADER_FLAGS(host)   ((__u64)__builtin_bswap16(host) << 16)
#define HEADER_QDCOUNT(host) ((__u64)__builtin_bswap16(host) << 32)
#define HEADER_ID	     0xffffull
#define HEADER_ANCOUNT	     (0xffffull << 48)

/*
 * The first four words of the header of a reply to one question, from those of the query's header
 * and of the variant that answers it: QR, the query's ID, opcode and RD, and the variant's AA,
 * RCODE and ANCOUNT. TC is clear unless the variant's octets are left out, for which it has been
 * set there; RA, Z, AD and CD are clear: nothing is recursed or validated on this path (RFC 4035
 * section 3.1.6 leaves CD to the server).
 */
static __always_inline __u64 reply_header(__u64 query, __u64 variant)
{
	const __u64 of_query = HEADER_ID | HEADER_FLAGS(DNS_OPCODE_MASK | DNS_RD);
	const __u64 of_variant =
		HEADER_FLAGS(VARIANT_AA | VARIANT_RCODE_MASK | DNS_TC) | HEADER_ANCOUNT;

	return (query & of_query) | (variant & of_variant) | HEADER_FLAGS(DNS_QR) |
	       HEADER_QDCOUNT(1);
}

/* The second word of a reply's header, in host order, from the query's and a variant's. */
static __always_inline __u16 reply_flags(__u16 query_flags, __u16 variant_flags)
{
	return __builtin_bswap16((
		__u16)(reply_header(HEADER_FLAGS(query_flags), HEADER_FLAGS(variant_flags)) >> 16));
}

/* The largest UDP reply in octets that the client and this server agree on. */
static __always_inline __u32 reply_size_max(const struct dns_query *query)
{
	__u32 size = query->has_opt ? query->udp_size : UDP_SIZE_MIN;

	if (size < UDP_SIZE_MIN)
		return UDP_SIZE_MIN;
	return size < REPLY_OCTETS_MAX ? size : REPLY_OCTETS_MAX;
}

/* An EDNS option's code and length. */
#define OPTION_FIXED_OCTETS 4

/* The options of queries that are answered. */
static __always_inline __u8 options_answered(const struct guard *guard)
{
	return (__u8)(QUERY_SUBNET | guard->options);
}

/* Octets of the options that answer those in query->options, which are all to be answered: a client
 * subnet, echoed with its scope, NSID, a cookie. */
static __always_inline __u32 reply_options_length(const struct dns_query *query,
						  const struct guard *guard)
{
	__u32 length = 0;

	if (query->options & QUERY_SUBNET)
		length += OPTION_FIXED_OCTETS + query->subnet_length;
	if (query->options & QUERY_NSID)
		length += OPTION_FIXED_OCTETS + guard->nsid_length;
	if (query->options & QUERY_COOKIE)
		length += OPTION_FIXED_OCTETS + COOKIE_OCTETS;
	return length;
}

/* Octets of the OPT that answers a query's; 0 if it has none. */
static __always_inline __u32 reply_opt_length(const struct dns_query *query,
					      const struct guard *guard)
{
	if (!query->has_opt)
		return 0;
	return OPT_FIXED_OCTETS + (query->options ? reply_options_length(query, guard) : 0);
}

#endif
