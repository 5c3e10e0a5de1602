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

/*
 * The second word of a reply's header: QR, the query's opcode and RD, and the variant's AA and
 * RCODE. TC, RA, Z, AD and CD are clear: nothing is cut, recursed or validated on this path (RFC
 * 4035 section 3.1.6 leaves CD to the server).
 */
static __always_inline __u16 reply_flags(__u16 query_flags, __u16 variant_flags)
{
	return (__u16)(DNS_QR | (query_flags & (DNS_OPCODE_MASK | DNS_RD)) |
		       (variant_flags & (VARIANT_AA | VARIANT_RCODE_MASK)));
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

/* Octets of the OPT that answers a query's, with the options in query->options, which are all to be
 * answered: a client subnet, echoed with its scope, NSID, a cookie. */
static __always_inline __u32 reply_opt_length(const struct dns_query *query,
					      const struct guard *guard)
{
	__u32 length = OPT_FIXED_OCTETS;

	if (!query->has_opt)
		return 0;
	if (query->options & QUERY_SUBNET)
		length += OPTION_FIXED_OCTETS + query->subnet_length;
	if (query->options & QUERY_NSID)
		length += OPTION_FIXED_OCTETS + guard->nsid_length;
	if (query->options & QUERY_COOKIE)
		length += OPTION_FIXED_OCTETS + COOKIE_OCTETS;
	return length;
}

#endif
