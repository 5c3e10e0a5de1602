/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where a node lies among the slots of its set: one rule for who searches and who fills them. */
#ifndef SIGNPOST_BPF_NODE_TABLE_H
#define SIGNPOST_BPF_NODE_TABLE_H

#include "bpf/platform.h"

/* The first slot in which a node may lie, of any number of home slots: a product takes the place of
 * a remainder. */
static __always_inline __u32 node_home(const struct node_key *key, __u32 node_homes)
{
	return (__u32)((__u64)key->digest[0] * node_homes >> 32);
}

static __always_inline bool node_key_equal(const struct node_key *a, const struct node_key *b)
{
	return load_64(&a->digest[0]) == load_64(&b->digest[0]) &&
	       load_64(&a->digest[2]) == load_64(&b->digest[2]) &&
	       load_32(&a->view) == load_32(&b->view);
}

#endif
