/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet was answered, dropped or passed: written once, here. The enum, the labels of
 * signpost_fastpath_packets_total and the text of `signpost status` all derive from this list.
 * Append only: the numbers index pinned per-CPU counters.
 */
#ifndef SIGNPOST_BPF_REASONS_H
#define SIGNPOST_BPF_REASONS_H

/* clang-format off */
#define SIGNPOST_REASONS(X) \
	X(ANSWERED,        "answered",        "a positive answer was sent") \
	X(NODATA,          "nodata",          "NODATA was sent, with the SOA") \
	X(NXDOMAIN,        "nxdomain",        "NXDOMAIN was sent, with the SOA") \
	X(CUT,             "cut",             "a reply was sent cut off, with TC, for its size or a limit") \
	X(LIMITED,         "limited",         "dropped: the client's prefix has had its replies for now") \
	X(NOT_DNS,         "not_dns",         "not UDP to a listen address and port") \
	X(FRAGMENT,        "fragment",        "an IP fragment, IP options or an IPv6 extension header") \
	X(BAD_LENGTH,      "bad_length",      "IP, UDP and frame lengths disagree") \
	X(BAD_SOURCE,      "bad_source",      "a source address or port that must not be answered") \
	X(NO_TABLE,        "no_table",        "no answer table is active") \
	X(NOT_QUERY,       "not_query",       "QR, TC, an opcode or section counts of no plain query") \
	X(TOO_LONG,        "too_long",        "the query is longer than the fast path reads") \
	X(BAD_NAME,        "bad_name",        "QNAME is malformed, compressed or too long") \
	X(CLASS,           "class",           "QCLASS is not IN") \
	X(QTYPE,           "qtype",           "ANY, transfer or another meta type") \
	X(BAD_EDNS,        "bad_edns",        "OPT is malformed, or other additional records follow") \
	X(EDNS_VERSION,    "edns_version",    "EDNS version is not 0") \
	X(EDNS_OPTION,     "edns_option",     "EDNS options that are left to the slow path, or too many") \
	X(OUT_OF_ZONE,     "out_of_zone",     "no zone held encloses QNAME") \
	X(DELEGATION,      "delegation",      "QNAME is at or below a zone cut or a DNAME") \
	X(NOT_PRECOMPUTED, "not_precomputed", "the answer is not in the table's kernel part") \
	X(NO_ROOM,         "no_room",         "the frame cannot grow to hold the reply") \
	X(TORN,            "torn",            "a look-up that the table promised found nothing") \
	X(LOCALITY_UNSURE, "locality_unsure", "clients within the source prefix have several localities") \
	X(STALE,           "stale",           "the daemon has been gone for longer than --pass-after")
/* clang-format on */

enum reason {
#define X(id, label, help) REASON_##id,
	SIGNPOST_REASONS(X)
#undef X
		REASON_COUNT
};

/* The first of these reasons are those of replies, and the next one of drops; all others pass. */
#define REASON_SENT_LAST REASON_CUT

#endif
