/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Any query, read once for both paths: query_parse() tells what it is, query_admit() whether the
 * fast path may answer it. The slow path parses with the same function and other limits.
 */
#ifndef SIGNPOST_BPF_DNS_QUERY_H
#define SIGNPOST_BPF_DNS_QUERY_H

#include "bpf/abi.h"
#include "bpf/cookie.h"
#include "bpf/dns_name.h"
#include "bpf/reasons.h"

#define DNS_HEADER_OCTETS 12

/* The header's second word, in host order. */
#define DNS_QR		 0x8000
#define DNS_OPCODE_MASK	 0x7800
#define DNS_OPCODE_SHIFT 11
#define DNS_AA		 0x0400
#define DNS_TC		 0x0200
#define DNS_RD		 0x0100

#define DNS_CLASS_IN 1
#define DNS_TYPE_OPT 41

/* RFC 6895 section 3.1: QTYPEs and meta types. */
#define DNS_TYPE_META_FIRST 128
#define DNS_TYPE_META_LAST  255

/* What became of parsing. What the record stands for is filled up to the point of failure. */
enum query_result {
	QUERY_OK,
	QUERY_NO_HEADER, /* shorter than a header: not even an error can be sent */
	QUERY_COUNTS, /* not one question, or answer or authority records: nothing behind the header
			 was read */
	QUERY_BAD_NAME,	    /* QNAME is malformed, compressed, too long or cut off */
	QUERY_BAD_QUESTION, /* no room for QTYPE and QCLASS */
	QUERY_BAD_RECORD,   /* an additional record is malformed or cut off */
	QUERY_BAD_OPT,	    /* OPT is malformed, or there are two */
	QUERY_BAD_SUBNET,   /* the client subnet option is malformed (RFC 7871 section 7.1.2) */
	QUERY_BAD_COOKIE,   /* the cookie option is malformed (RFC 7873 section 5.2.2) */
	QUERY_RECORDS,	    /* more additional records than the limit, or others than OPT */
	QUERY_OPTIONS,	    /* more EDNS options than the limit */
	QUERY_TRAILING,	    /* octets follow the message */
};

/* Bits of dns_query.options: EDNS options that the query holds. */
#define QUERY_NSID	  0x01 /* RFC 5001 */
#define QUERY_SUBNET	  0x02 /* RFC 7871 */
#define QUERY_COOKIE	  0x04 /* RFC 7873 */
#define QUERY_KEEPALIVE	  0x08 /* RFC 7828 */
#define QUERY_ZONEVERSION 0x10 /* RFC 9660 */
#define QUERY_PADDING	  0x20 /* RFC 7830 */

#define EDNS_NSID	 3
#define EDNS_SUBNET	 8
#define EDNS_COOKIE	 10
#define EDNS_KEEPALIVE	 11
#define EDNS_PADDING	 12
#define EDNS_ZONEVERSION 19

/* FAMILY, SOURCE PREFIX-LENGTH, SCOPE PREFIX-LENGTH, and the longest ADDRESS. */
#define SUBNET_FIXED_OCTETS 4
#define SUBNET_OCTETS_MAX   (SUBNET_FIXED_OCTETS + 16)
#define SUBNET_IPV4	    1 /* FAMILY */

struct dns_query {
	__u16 name_length; /* of QNAME, at offset 12, with the root label */
	__u16 qtype;
	__u16 qclass;
	__u16 udp_size;	     /* OPT's class, as sent */
	__u16 subnet;	     /* offset of the client subnet option's data */
	__u16 subnet_length; /* of its data */
	__u16 cookie;	     /* offset of the cookie option's data */
	__u16 cookie_length; /* of its data */
	__u8 labels;	     /* of QNAME, without the root */
	__u8 has_opt;
	__u8 edns_version;
	__u8 dnssec_ok;
	__u8 options;	    /* QUERY_NSID and so on */
	__u8 other_records; /* additional records besides OPT */
	__u8 result;	    /* enum query_result */
	__u8 zero;
	__u32 position; /* behind what has been read */
	__u32 end_zero;
} __attribute__((aligned(8))); /* so that it is cleared by whole words */
static_assert(sizeof(struct dns_query) == 32, "struct dns_query has no hidden padding");

/* How much of a query is read before it is given up. */
struct query_limits {
	__u32 records; /* additional records; those that are no OPT are read only if this is above 1
			*/
	__u32 options; /* EDNS options */
};

/*
 * Whether the `length` octets of a client subnet option's data at `at` are what RFC 7871 section 6
 * demands of a query: a known family, a source prefix that fits it, scope 0, exactly the octets
 * needed, and no bit behind the prefix.
 */
static __always_inline bool subnet_is_valid(const struct message *message, __u32 at, __u32 length)
{
	__u32 family, source, octets;

	if (length < SUBNET_FIXED_OCTETS)
		return false;
	family = message_16(message, at);
	source = message_8(message, at + 2);
	octets = (source + 7) / 8;
	if (message_8(message, at + 3) != 0 || length != SUBNET_FIXED_OCTETS + octets)
		return false;
	if (family > 2 || source > (family == 2 ? 128u : family * 32u))
		return false;
	return !(source & 7) || !(message_8(message, at + SUBNET_FIXED_OCTETS + octets - 1) &
				  (0xff >> (source & 7)));
}

/* Whether a cookie option has a client cookie, alone or with a server cookie. */
static __always_inline bool cookie_is_valid(__u32 length)
{
	return length == CLIENT_COOKIE_OCTETS ||
	       (length >= FOREIGN_COOKIE_OCTETS_MIN && length <= FOREIGN_COOKIE_OCTETS_MAX);
}

/* Notes an option in memory, where the verifier does not follow it: it would tell 16 sets of them
 * apart. */
static __always_inline void option_note(struct dns_query *query, __u8 option)
{
	volatile __u8 *options = &query->options;

	*options = (__u8)(*options | option);
}

static __always_inline bool option_noted(const struct dns_query *query, __u8 option)
{
	return *(const volatile __u8 *)&query->options & option;
}

/* Reads the EDNS options between `at` and `end`; those not known are skipped (RFC 6891
 * section 6.1.2). */
static __always_inline enum query_result options_read(const struct message *message, __u32 at,
						      __u32 end, __u32 limit,
						      struct dns_query *query)
{
	__u32 i;

	for (i = 0; i < limit; i++) {
		__u32 code, length;

		if (at == end)
			return QUERY_OK;
		if (end - at < 4)
			return QUERY_BAD_OPT;
		code = message_16(message, at);
		length = message_16(message, at + 2);
		at += 4;
		if (length > end - at)
			return QUERY_BAD_OPT;
		if (code == EDNS_SUBNET) {
			if (option_noted(query, QUERY_SUBNET) ||
			    !subnet_is_valid(message, at, length))
				return QUERY_BAD_SUBNET;
			option_note(query, QUERY_SUBNET);
			query->subnet = (__u16)at;
			query->subnet_length = (__u16)length;
		} else if (code == EDNS_COOKIE && !option_noted(query, QUERY_COOKIE)) {
			/* All but the first are ignored (RFC 7873 section 5.2). */
			if (!cookie_is_valid(length))
				return QUERY_BAD_COOKIE;
			option_note(query, QUERY_COOKIE);
			query->cookie = (__u16)at;
			query->cookie_length = (__u16)length;
		} else if (code == EDNS_NSID) {
			option_note(query, QUERY_NSID);
		} else if (code == EDNS_KEEPALIVE) {
			option_note(query, QUERY_KEEPALIVE);
		} else if (code == EDNS_ZONEVERSION) {
			option_note(query, QUERY_ZONEVERSION);
		} else if (code == EDNS_PADDING) {
			option_note(query, QUERY_PADDING);
		}
		at = forget_bounds(at + length, &query->position);
	}
	return at == end ? QUERY_OK : QUERY_OPTIONS;
}

/* Octets of an owner name, compressed or not, that begins at `at`; 0 if it is malformed. */
static __always_inline __u32 owner_skip(const struct message *message, __u32 at)
{
	__u32 end = at;
	__u32 i;

	for (i = 0; i <= NAME_LABELS_MAX; i++) {
		__u32 label;

		if (end >= message->length)
			return 0;
		label = message_8(message, end);
		if (label >= 0xc0)
			return end + 2 - at;
		if (label > LABEL_OCTETS_MAX)
			return 0;
		end += label + 1;
		if (label == 0)
			return end - at;
	}
	return 0;
}

/* Type, class, TTL and RDLENGTH of a record, behind its owner name. */
#define RECORD_FIXED_OCTETS 10

/* Notes OPT, whose type, class and TTL are `fixed`, as a word from memory. */
static __always_inline void opt_note(struct dns_query *query, __u64 fixed)
{
	query->has_opt = 1;
	query->udp_size = __builtin_bswap16((__u16)(fixed >> 16));
	query->edns_version = (__u8)(fixed >> 40);
	query->dnssec_ok = (__u8)(fixed >> 55 & 1);
}

/* Reads the additional record at *at, and moves *at behind it. */
static __always_inline enum query_result record_read(const struct message *message, __u32 *at,
						     const struct query_limits *limits,
						     struct dns_query *query)
{
	__u32 begin = *at + 1;
	bool root = *at < message->length && message_8(message, *at) == 0;
	__u64 fixed;
	__u32 end;

	if (!root) {
		__u32 owner;

		if (limits->records <= 1)
			return QUERY_RECORDS;
		owner = owner_skip(message, *at);
		if (!owner)
			return QUERY_BAD_RECORD;
		begin = *at + owner;
	}
	if (begin + RECORD_FIXED_OCTETS > message->length)
		return QUERY_BAD_RECORD;
	fixed = message_word_64(message, begin);
	begin += RECORD_FIXED_OCTETS;
	end = begin + message_16(message, begin - 2);
	if (end > message->length)
		return QUERY_BAD_RECORD;
	*at = end;
	if ((__u16)fixed != __builtin_bswap16(DNS_TYPE_OPT)) {
		query->other_records++;
		return limits->records <= 1 ? QUERY_RECORDS : QUERY_OK;
	}
	if (!root || query->has_opt)
		return QUERY_BAD_OPT;
	opt_note(query, fixed);
	begin = forget_bounds(begin, &query->position);
	return options_read(message, begin, end, limits->options, query);
}

/*
 * Reads what follows the header of a message with one question and `records` behind it. The name is
 * read to its end, wherever that is, and then compared with the message's: what reading it tells of
 * the one must not tell the paths behind apart.
 */
static __always_inline enum query_result body_read(const struct message *message, __u32 records,
						   const struct query_limits *limits,
						   struct dns_query *query)
{
	__u32 at = DNS_HEADER_OCTETS;
	__u32 question;
	__u32 i;

	query->name_length =
		(__u16)forget_bounds(name_read(message, at, &query->labels), &query->position);
	at += query->name_length;
	if (!query->name_length || at > message->length)
		return QUERY_BAD_NAME;
	if (at + 4 > message->length)
		return QUERY_BAD_QUESTION;
	question = message_word_32(message, at);
	query->qtype = __builtin_bswap16((__u16)question);
	query->qclass = __builtin_bswap16((__u16)(question >> 16));
	at += 4;
	if (records > limits->records)
		return QUERY_RECORDS;
	for (i = 0; i < limits->records && i < records; i++) {
		enum query_result result = record_read(message, &at, limits, query);

		if (result != QUERY_OK)
			return result;
	}
	return at == message->length ? QUERY_OK : QUERY_TRAILING;
}

/* QDCOUNT, ANCOUNT and NSCOUNT of a question alone, and ARCOUNT, in the last four words of a
 * header, as they lie in memory. */
#define COUNTS_MASK   0xffffffffffffull
#define ONE_QUESTION  ((__u64)__builtin_bswap16(1))
#define ARCOUNT_SHIFT 48

/*
 * Reads a message into `query`, whose every field is set. Any octets are safe. The question is read
 * whatever the opcode; that of a message with QR set too.
 */
static __always_inline void query_parse(const struct message *message,
					const struct query_limits *limits, struct dns_query *query)
{
	__u64 counts;

	*query = (struct dns_query){};
	if (message->length < DNS_HEADER_OCTETS) {
		query->result = QUERY_NO_HEADER;
		return;
	}
	counts = message_word_64(message, 4);
	if ((counts & COUNTS_MASK) != ONE_QUESTION) {
		query->result = QUERY_COUNTS;
		return;
	}
	query->result = (__u8)body_read(
		message, __builtin_bswap16((__u16)(counts >> ARCOUNT_SHIFT)), limits, query);
}

/* A message's header, in host order. */
struct dns_header {
	__u16 id;
	__u16 flags; /* the second word */
	__u16 qdcount;
	__u16 ancount;
	__u16 nscount;
	__u16 arcount;
};

/* The header of a message, which must be long enough to have one. */
static __always_inline struct dns_header header_read(const struct message *message)
{
	return (struct dns_header){
		.id = message_16(message, 0),
		.flags = message_16(message, 2),
		.qdcount = message_16(message, 4),
		.ancount = message_16(message, 6),
		.nscount = message_16(message, 8),
		.arcount = message_16(message, 10),
	};
}

/* Goes on with a query whose result is QUERY_OPTIONS because the limit was none, and whose only
 * additional record is OPT: reads up to `limit` options. */
static __always_inline void options_resume(const struct message *message, __u32 limit,
					   struct dns_query *query)
{
	__u32 at = query->position;
	__u32 end = at + message_16(message, at - 2); /* RDLENGTH, which fits the message */
	enum query_result result = options_read(message, at, end, limit, query);

	if (result == QUERY_OK && end != message->length)
		result = QUERY_TRAILING;
	query->result = (__u8)result;
}

/* A type that only the slow path answers: ANY, transfers, and what no record can have (RFC 6895
 * section 3.1). */
static __always_inline bool type_is_meta(__u16 type)
{
	return type == 0 || type == DNS_TYPE_OPT ||
	       (type >= DNS_TYPE_META_FIRST && type <= DNS_TYPE_META_LAST);
}

/* Why a query that could not be read to its end is passed. */
static __always_inline enum reason query_reason(enum query_result result)
{
	switch (result) {
	case QUERY_OK:
		return REASON_ANSWERED;
	case QUERY_NO_HEADER:
	case QUERY_TRAILING:
	case QUERY_BAD_QUESTION:
		return REASON_BAD_LENGTH;
	case QUERY_COUNTS:
		return REASON_NOT_QUERY;
	case QUERY_BAD_NAME:
		return REASON_BAD_NAME;
	case QUERY_BAD_RECORD:
	case QUERY_BAD_OPT:
	case QUERY_BAD_SUBNET:
	case QUERY_BAD_COOKIE:
	case QUERY_RECORDS:
		return REASON_BAD_EDNS;
	case QUERY_OPTIONS:
		break;
	}
	return REASON_EDNS_OPTION;
}

/* Whether the fast path may answer a query with these flags (the header's second word, in host
 * order): REASON_ANSWERED, or why it passes it. */
static __always_inline enum reason query_admit(const struct dns_query *query, __u16 flags)
{
	if (query->result != QUERY_OK)
		return query_reason((enum query_result)query->result);
	if (flags & (DNS_QR | DNS_OPCODE_MASK | DNS_TC))
		return REASON_NOT_QUERY;
	if (query->qclass != DNS_CLASS_IN)
		return REASON_CLASS;
	if (type_is_meta(query->qtype))
		return REASON_QTYPE;
	if (query->edns_version != 0)
		return REASON_EDNS_VERSION;
	if (option_noted(query, QUERY_ZONEVERSION))
		return REASON_EDNS_OPTION;
	return REASON_ANSWERED;
}

#endif
