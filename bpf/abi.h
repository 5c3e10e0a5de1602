/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the XDP program and userspace: keys, values and limits of every map.
 * Compiled unchanged as BPF C, C11 and C++20. Fixed-width types only; padding is written out, so
 * that comparing octets is sound. A change of any layout here needs a new SIGNPOST_LAYOUT_VERSION:
 * pinned maps of another version are not adopted.
 *
 * - control: array of 1, mapped: struct control, the selector, keys and listen addresses
 * - nodes: array, those of set 0 before those of set 1, by slot: struct node, owner names
 * - cells: array, in the same order: struct cell, variants, rings, answers by locality and the
 *   networks of views
 * - localities: array of 2 arrays, by control.locality_slot: struct locality_cell, where clients
 *   are
 * - locality_roots: array, those of set 0 before those of set 1: struct locality_cell, the same
 *   as far as the answers of a set depend on it
 * - cursors: per-CPU array by ring id: __u32, the next slot of a ring
 * - reasons: per-CPU array by reason: __u64, packets; type_counts: by type_count_index(), replies
 * - answer_counts: per-CPU array by counter id: __u64, answers given per counted variant
 * - demand: per-CPU array by locality: __u64, answers given that depend on the locality, counted
 *   as DEMAND_EXACT tells
 * - buckets: array by line: struct bucket_line, rate limits of clients
 * - guard_counts: per-CPU array by guard event: __u64
 * - samples: ring buffer: struct sample, replies and their queries, for dnstap
 * - samples_lost: per-CPU array of 1: __u64, samples for which the ring had no room
 * - ids: hash, pinned only, by id_key: __u32, ring and counter ids, as old as the counters
 * - scratch: per-CPU array of 1, private: working memory of one packet
 */
#ifndef SIGNPOST_BPF_ABI_H
#define SIGNPOST_BPF_ABI_H

#include <linux/types.h>

#ifndef __cplusplus
#ifndef static_assert
#define static_assert _Static_assert
#endif
#endif

#define SIGNPOST_LAYOUT_VERSION 13

/* RFC 1035 section 3.1, in octets with the root label, and the most labels such a name can have. */
#define NAME_OCTETS_MAX 255
#define NAME_LABELS_MAX 127

/* Longest query that the fast path reads, from the DNS header on, and longest UDP reply (RFC 9715).
 */
#define QUERY_OCTETS_MAX 512
#define REPLY_OCTETS_MAX 1232

/* Listen addresses that the fast path serves; queries to further ones are passed. */
#define LISTEN_MAX 16

/*
 * Views: which zones a client may see. A client of a view sees the nodes of the view first, and the
 * public ones where no zone of the view encloses the name; all others see the public ones alone.
 */
#define VIEW_PUBLIC 0

/* Octets that name_digest() takes at most, and its key: a word for each 8 of them, and one more. */
#define DIGEST_OCTETS_MAX 256
#define DIGEST_KEY_WORDS  (DIGEST_OCTETS_MAX / 8 + 1)

struct digest_key {
	__u64 words[DIGEST_KEY_WORDS];
};

/*
 * A name, as the digest of its folded wire form under control.key, made by name_digest(). No name
 * is stored. Further pages of one node hold the types that do not fit on page 0.
 */
struct node_key {
	__u32 digest[4];
	__u16 view;
	__u16 page;
};
static_assert(sizeof(struct node_key) == 20, "struct node_key has no hidden padding");

/*
 * What a (name, type) gives: 0 for "pass", else a kind in the two high bits and the index of the
 * first cell in the others.
 */
typedef __u32 answer_ref;
#define ANSWER_PASS	  0u
#define ANSWER_KIND_SHIFT 30
#define ANSWER_VARIANT	  0u
#define ANSWER_RING	  1u
#define ANSWER_LOCAL	  2u
#define ANSWER_OWN	  3u /* the record in the node itself; never stored */
#define ANSWER_INDEX_MASK ((1u << ANSWER_KIND_SHIFT) - 1)

#define CELL_OCTETS 64

struct cell {
	__u8 octets[CELL_OCTETS];
};

/* What a variant gives of the DNS header's second word, in host order. */
#define VARIANT_RCODE_MASK 0x000f
#define VARIANT_AA	   0x0400

/*
 * The first cell of a variant: a reply as it is on the wire after the question, without OPT. Octets
 * beyond this cell fill the cells that follow it. The octets of `tail`, another variant or 0,
 * follow those of this one: that is how one SOA per zone serves all negative replies. Counts
 * include the tail's records. Compression pointers in a variant point at offset 12 (QNAME) only,
 * unless it serves one owner name alone.
 *
 * It begins as the reply's header does, with other words in the place of ID and QDCOUNT: the header
 * is made by masking whole words.
 */
struct variant {
	__u16 length;  /* of this variant's own octets */
	__u16 flags;   /* network order, as are the counts */
	__u16 outcome; /* enum reason to count: ANSWERED, NODATA or NXDOMAIN */
	__u16 ancount;
	__u16 nscount;
	__u16 arcount;
	__u32 sum;     /* checksum_partial() of the octets, as if they began at an even offset */
	__u32 counter; /* index in answer_counts; 0: not counted */
	__u32 tail;    /* first cell of the variant to append; 0: none */
	__u8 octets[CELL_OCTETS - 24];
};
static_assert(sizeof(struct variant) == CELL_OCTETS, "struct variant is one cell");
#define VARIANT_FIRST_OCTETS (CELL_OCTETS - 24)
#define VARIANT_OCTETS_MAX   (REPLY_OCTETS_MAX - 12 - 5)
#define VARIANT_CELLS_MAX                                                                          \
	(1 + (VARIANT_OCTETS_MAX - VARIANT_FIRST_OCTETS + CELL_OCTETS - 1) / CELL_OCTETS)

/* struct node.flags */
#define NODE_WILDCARD 0x0001 /* the node "*.NAME" exists */
#define NODE_CUT      0x0002 /* zone cut: this name and all below are passed */
#define NODE_DNAME    0x0004 /* names below are passed */
#define NODE_VOID     0x0008 /* not a name of any zone; encloser_labels tells the closest encloser */
#define NODE_RECORD   0x0010 /* `record` is all that the name has, not `types` and `answers` */

/* struct node.encloser_labels of a void node that no zone encloses. */
#define ENCLOSER_NONE 0xffffffffu

#define NODE_TYPES 5

/* Pages of one name at most; types beyond them are passed. */
#define NODE_PAGES_MAX 8

/*
 * The one record of a name, as most names of a large zone have: of class IN, at the name itself. It
 * stands for an authoritative variant without tail, whose octets are a pointer to QNAME (RFC 1035
 * section 4.1.4), type, class, TTL and RDLENGTH, and the data, for which there is room for an IPv6
 * address.
 */
#define NODE_RECORD_HEAD_OCTETS 12
#define NODE_RECORD_OCTETS	18
struct node_record {
	__u16 type; /* where types[0] would be */
	__u16 length;
	__u32 ttl; /* network order */
	__u8 data[NODE_RECORD_OCTETS];
	__u16 sum;     /* struct variant.sum */
	__u32 counter; /* struct variant.counter */
};
static_assert(sizeof(struct node_record) == 32, "a record fills half a node");

/*
 * An owner name, an empty non-terminal, or a void node. Every ancestor of a node up to the root is
 * a node, so that the closest encloser of a missing name can be found by binary search over the
 * labels. A name with one record alone costs no second access to memory.
 */
struct node {
	struct node_key key;
	__u16 flags;
	__u8 type_count;  /* entries in use on this page */
	__u8 pages;	  /* of this name; 0: the slot is empty */
	answer_ref other; /* any type that is not listed on any page */
	union {
		answer_ref nxdomain;   /* for a missing name whose closest encloser is this node */
		__u32 encloser_labels; /* void nodes: of the closest encloser, not counting the root
					*/
	};
	union {
		struct {
			__u16 types[NODE_TYPES];
			__u16 zero;
			answer_ref answers[NODE_TYPES];
		};
		struct node_record record;
	};
};
static_assert(sizeof(struct node) == 64, "struct node is a cache line");

/*
 * The nodes of a set are a hash table with open addressing: a node lies in its home slot, which is
 * digest[0] * control.node_homes / 2^32, or in one of the NODE_PROBES_MAX - 1 slots behind, with no
 * empty slot between. Nodes lie in the order of their home slots (Robin Hood hashing), so that a
 * search for a missing name ends early.
 */
#define NODE_PROBES_MAX 32

/*
 * struct ring.mode: slots in turn, per CPU, so that any window of ring length holds the exact
 * shares; a uniformly drawn slot; a slot by the client's prefix, /24 or /56.
 */
#define RING_EXACT  0
#define RING_RANDOM 1
#define RING_STICKY 2

#define RING_SLOTS_MAX	  65535
#define RING_FIRST_SLOTS  14
#define RING_SLOTS_A_CELL (CELL_OCTETS / 4)

/* The first cell of a ring. A slot holds the index of a variant's first cell; further slots fill
 * the next cells. */
struct ring {
	__u16 slots;
	__u8 mode;
	__u8 zero;
	__u32 id; /* index in cursors */
	__u32 variants[RING_FIRST_SLOTS];
};
static_assert(sizeof(struct ring) == CELL_OCTETS, "struct ring is one cell");

/*
 * The first cell of an answer that the client's locality decides. `partition` is the first cell of
 * the classes of all localities. Answers by class, those of classes beyond the first ones in the
 * next cells: a variant, a ring or ANSWER_PASS.
 *
 * A partition begins with a __u32 for each block of CLASSES_A_BLOCK localities: the class of all of
 * them with BLOCK_UNIFORM set, or how many cells behind the partition's first one the cell of their
 * classes lies, a __u16 each. Localities that policies seldom tell apart have numbers that are
 * close (geo/locality_order.h), so that most blocks are of one class, and a partition stays in a
 * processor's cache.
 */
#define LOCAL_FIRST_ANSWERS  14
#define LOCAL_ANSWERS_A_CELL (CELL_OCTETS / 4)
#define CLASSES_A_BLOCK	     (CELL_OCTETS / 2)
#define BLOCKS_A_CELL	     (CELL_OCTETS / 4)
#define BLOCK_UNIFORM	     (1u << 31)
#define CLASS_MASK	     0xffffu

struct local {
	__u32 partition;
	__u32 classes;
	answer_ref answers[LOCAL_FIRST_ANSWERS];
};
static_assert(sizeof(struct local) == CELL_OCTETS, "struct local is one cell");

/*
 * Which clients are in which view: their addresses, IPv4 as ::ffff:a.b.c.d, in ranges, ascending,
 * the first from the first address of all. control.view_ranges tells how many, and
 * control.view_cells the first cell: VIEW_RANGES_A_CELL a cell, and in the cells behind them the
 * view of each range, VIEWS_A_CELL a cell.
 */
struct view_range {
	__u64 high; /* the first address, as numbers */
	__u64 low;
};
#define VIEW_RANGES_A_CELL (CELL_OCTETS / 16)
#define VIEWS_A_CELL	   (CELL_OCTETS / 2)
#define VIEW_RANGES_MAX	   65535
static_assert(sizeof(struct view_range) * VIEW_RANGES_A_CELL == CELL_OCTETS, "ranges fill a cell");

static inline __u32 view_range_cells(__u32 ranges)
{
	return (ranges + VIEW_RANGES_A_CELL - 1) / VIEW_RANGES_A_CELL;
}

/*
 * The locality of a client's prefix: a multibit trie. The first LOCALITY_ROOT_CELLS cells are the
 * entries of all IPv4 prefixes of LOCALITY_ROOT_BITS bits, the next as many those of IPv6. Below an
 * entry of a root lie as many cells as LOCALITY_SECOND_BITS more take, and below any other one
 * cell, which covers LOCALITY_STRIDE_BITS more: the roots stay in a processor's
 * cache, and a /24 costs one access beyond. An entry is a leaf, locality << 8 | prefix length, or,
 * with LOCALITY_INNER set, the index of the first cell below. All clients that share the leaf's
 * prefix have its locality.
 *
 * A set of tables has roots of its own, which packets begin at: where its answers treat all clients
 * of a root's prefix alike, whatever lies below, it is a leaf with the locality of one of them.
 * Policies by country do so with three quarters of the addresses in use, so that most clients cost
 * no access beyond.
 */
#define LOCALITY_ROOT_BITS    16
#define LOCALITY_SECOND_BITS  8
#define LOCALITY_STRIDE_BITS  4
#define LOCALITY_CELL_ENTRIES 16
#define LOCALITY_ROOT_CELLS   ((1u << LOCALITY_ROOT_BITS) / LOCALITY_CELL_ENTRIES)
#define LOCALITY_SET_CELLS    (2 * LOCALITY_ROOT_CELLS) /* the roots of a set */
#define LOCALITY_INNER	      (1u << 31)
#define LOCALITY_LEAF_SHIFT   8
#define LOCALITY_LENGTH_MASK  0xffu
#define LOCALITY_STEPS_MAX                                                                         \
	((128 - LOCALITY_ROOT_BITS - LOCALITY_SECOND_BITS) / LOCALITY_STRIDE_BITS)

struct locality_cell {
	__u32 entries[LOCALITY_CELL_ENTRIES];
};
static_assert(sizeof(struct locality_cell) == CELL_OCTETS, "a cell of localities is a cache line");

/*
 * The first so many answers of a CPU that depend on a locality are counted one by one; after them,
 * one in DEMAND_SAMPLE stands for so many: who has fewer clients gets exact numbers, and who has
 * more is spared two accesses to memory. A count of n is then off by sqrt(DEMAND_SAMPLE * n) as a
 * rule.
 */
#define DEMAND_EXACT  65536
#define DEMAND_SAMPLE 64

#define LOCALITY_SLOTS 2

/* struct control.locality_slot of a set for which nothing is known of any client: all of them have
 * locality 0. */
#define LOCALITY_SLOT_NONE LOCALITY_SLOTS

/* Interfaces that the program can be at, each with a guard of its own. */
#define INTERFACES_MAX 8

/* struct guard.flags */
#define GUARD_LIMIT	  0x01
#define GUARD_LIMIT_DRY	  0x02 /* only counts what it would limit */
#define GUARD_AMPLIFY	  0x04
#define GUARD_AMPLIFY_DRY 0x08
#define GUARD_CHAOS	  0x10 /* the slow path answers in class CH */

#define GUARD_LIMITS (GUARD_LIMIT | GUARD_LIMIT_DRY | GUARD_AMPLIFY | GUARD_AMPLIFY_DRY)

#define NSID_OCTETS_MAX 64
#define EXEMPT_MAX	16
#define COOKIE_SECRETS	2

struct guard_prefix {
	__u32 address[4]; /* network order, IPv4 as ::ffff:a.b.c.d; no bit outside the mask */
	__u32 mask[4];
};

/* What defends this server, and others against being flooded by it. */
struct guard {
	__u32 flags;
	__u32 options;	     /* EDNS options that are answered: QUERY_NSID, QUERY_COOKIE */
	__u32 limit_slip;    /* every so many limited replies one is sent cut off; 0: none */
	__u32 amplification; /* a reply without a valid cookie is at most so many times its query */
	__u64 limit_interval; /* nanoseconds between two replies */
	__u64 limit_burst; /* how early a reply may come, in nanoseconds; not below the clock's step
			    */
	__u64 clock_offset; /* seconds from the monotonic clock to Unix time, modulo 2^32 */
	__u64 secrets[COOKIE_SECRETS][2]; /* of cookies: the first makes them, both are accepted;
					     equal if there is one */
	__u32 exempt_count;
	__u32 bucket_mask;			/* lines, a power of two, less one */
	struct guard_prefix exempt[EXEMPT_MAX]; /* from the rate limit */
	__u32 nsid_length;
	__u32 zero;
	__u8 nsid[NSID_OCTETS_MAX];
};
static_assert(sizeof(struct guard) == 88 + EXEMPT_MAX * 32 + NSID_OCTETS_MAX,
	      "struct guard has no hidden padding");

/* The replies of one name class to one client prefix; see bpf/rate_limit.h. */
struct bucket {
	__u64 ready;   /* when the next reply is due, in nanoseconds of the monotonic clock */
	__u32 tag;     /* 0: never used */
	__u32 limited; /* replies held back */
};

#define BUCKET_WAYS 4

struct bucket_line {
	struct bucket ways[BUCKET_WAYS];
};
static_assert(sizeof(struct bucket_line) == 64, "a line of buckets is a cache line");

struct listen_address {
	__u32 octets[4]; /* network order; IPv4 as ::ffff:a.b.c.d */
};

/*
 * Written by the daemon through a mapping. `active` is the selector: which of the two sets packets
 * read. The generation of a set that is being changed is 0, so that an interrupted change is seen
 * at the next start.
 */
struct control {
	__u32 layout_version;
	__u32 active;		   /* 0 or 1 */
	__u64 table_generation[2]; /* 0: this set is not to be used */
	/* Nanoseconds of the monotonic clock: the daemon's last sign of life, and how long after it
	 * packets are passed; 0: never. */
	__u64 heartbeat;
	__u64 pass_after;
	struct digest_key key; /* random per installation */
	__u16 port;	       /* host order */
	__u16 listen_count;
	__u32 node_homes; /* home slots of a set's nodes */
	__u32 node_slots; /* of one set */
	__u32 cells;	  /* of one set */
	__u32 guard_set;  /* the guards in use, 0 or 1 */
	__u32 interface_count;
	__u32 locality_slot[2]; /* by set: which map of localities, or LOCALITY_SLOT_NONE */
	__u32 view_ranges[2];	/* by set: struct view_range; 0: there are no views */
	__u32 view_cells[2];	/* by set: the first of their cells */
	__u32 sample_gap;	/* of so many replies one goes to the samples, as a rule; 0: none */
	__u32 zero;
	__u32 interfaces[INTERFACES_MAX]; /* by slot: the index of an interface */
	/* Two sets, by slot: the one in use changes only by putting the other in its place. */
	struct guard guards[2 * INTERFACES_MAX];
	struct listen_address listen[LISTEN_MAX];
};
static_assert(sizeof(struct control) == 96 + sizeof(struct digest_key) + INTERFACES_MAX * 4 +
						2 * INTERFACES_MAX * sizeof(struct guard) +
						LISTEN_MAX * 16,
	      "struct control has no hidden padding");

/*
 * A query that was answered, as the samples hand it to userspace: up to the end of the reply, which
 * in `messages` follows the query at sample_query_octets().
 */
struct sample {
	__u64 time;	 /* when the reply was ready: nanoseconds of the monotonic clock */
	__u32 client[4]; /* network order; IPv4 as ::ffff:a.b.c.d */
	__u32 server[4];
	__u32 ports; /* network order: the server's in the lower half, the client's in the upper */
	__u32 gap;   /* control.sample_gap as it was: so many replies it stands for */
	__u32 query_length;
	__u32 reply_length;
	__u8 messages[QUERY_OCTETS_MAX + REPLY_OCTETS_MAX];
};
static_assert(sizeof(struct sample) == 56 + QUERY_OCTETS_MAX + REPLY_OCTETS_MAX,
	      "struct sample has no hidden padding");
#define SAMPLE_HEAD_OCTETS (sizeof(struct sample) - QUERY_OCTETS_MAX - REPLY_OCTETS_MAX)

/* The query in whole words: where the reply begins. */
static inline __u32 sample_query_octets(__u32 query_length)
{
	return (query_length + 7) & ~7u;
}

/* Which ring or counter an id belongs to: a digest of (owner name, type, set identifier) under
 * control.key. */
#define ID_RING	   0
#define ID_COUNTER 1
struct id_key {
	__u32 digest[4];
	__u32 kind;
};
static_assert(sizeof(struct id_key) == 20, "struct id_key has no hidden padding");

#endif
