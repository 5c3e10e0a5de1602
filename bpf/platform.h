/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What differs between the kernel and a native build of the same sources, and the only #ifdef
 * __bpf__. In BPF a packet is the kernel's context and look-ups go to maps.h; natively a packet is
 * a buffer with room behind it, and look-ups go to native_maps.h. Who needs look-ups includes
 * MAPS_HEADER.
 */
#ifndef SIGNPOST_BPF_PLATFORM_H
#define SIGNPOST_BPF_PLATFORM_H

#include <linux/types.h>
#include <stdbool.h>

#include "bpf/abi.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are loaded and folded as on little-endian machines"
#endif

#ifdef __bpf__

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define packet	    xdp_md
#define MAPS_HEADER "bpf/maps.h"

/*
 * A function that the verifier checks once, for any arguments, instead of at each call along each
 * path. Its arguments are the context, numbers and pointers to structs, which it must compare with
 * NULL.
 */
#define SUBPROGRAM __noinline

/* A function that the verifier checks at each call, as if it were inlined, and that keeps code
 * which few packets need away from the code that most do. */
#define OUT_OF_LINE static __noinline

/* Before a loop that shall stay one: what few packets need is to take little of the instruction
 * cache. */
#define ROLLED _Pragma("clang loop unroll(disable)")

static __always_inline __u8 *packet_begin(const struct packet *pkt)
{
	return (__u8 *)(long)pkt->data;
}

static __always_inline __u8 *packet_end(const struct packet *pkt)
{
	return (__u8 *)(long)pkt->data_end;
}

/* The verifier wants the difference of two pointers to be taken in 64 bits. */
static __always_inline __u32 packet_length(const struct packet *pkt)
{
	__u64 length = (__u64)(packet_end(pkt) - packet_begin(pkt));

	barrier_var(length);
	return (__u32)length;
}

/* The index of the interface that the packet came in by. */
static __always_inline __u32 packet_interface(const struct packet *pkt)
{
	return pkt->ingress_ifindex;
}

/* Moves the packet's end by `change` octets; false, and the packet as it was, if there is no room.
 */
static __always_inline bool packet_resize(struct packet *pkt, int change)
{
	return bpf_xdp_adjust_tail(pkt, change) == 0;
}

/* Moves the packet's beginning `octets` towards the front; false, and the packet as it was, if
 * there is no room. */
static __always_inline bool packet_prepend(struct packet *pkt, __u32 octets)
{
	return bpf_xdp_adjust_head(pkt, -(int)octets) == 0;
}

/* Copies `octets`, not 0, from `offset` on; false if the packet has not so many. */
static __always_inline bool packet_load(struct packet *pkt, __u32 offset, void *to, __u32 octets)
{
	return bpf_xdp_load_bytes(pkt, offset, to, octets) == 0;
}

static __always_inline __u32 random_bits(void)
{
	return bpf_get_prandom_u32();
}

/* Nanoseconds of a clock that does not jump, as of the kernel's last tick: at most 10 ms ago, and a
 * fraction of the price of the exact one. */
static __always_inline __u64 clock_now(void)
{
	return bpf_ktime_get_coarse_ns();
}

/* The same clock, exact. */
static __always_inline __u64 clock_exact(void)
{
	return bpf_ktime_get_ns();
}

/* The value, of which the compiler assumes nothing: so it keeps checks that only the verifier
 * needs. */
static __always_inline __u32 opaque(__u32 value)
{
	barrier_var(value);
	return value;
}

/* A pointer that has been compared with NULL, from which the compiler makes no others before that.
 */
static __always_inline const void *compared(const void *pointer)
{
	barrier_var(pointer);
	return pointer;
}

/* x86-64 and arm64, on which the verifier allows it, load words from any address, of any type. */
typedef __u16 __attribute__((may_alias)) any_16;
typedef __u32 __attribute__((may_alias)) any_32;
typedef __u64 __attribute__((may_alias)) any_64;

static __always_inline __u16 load_16(const void *at)
{
	return *(const any_16 *)at;
}

static __always_inline __u32 load_32(const void *at)
{
	return *(const any_32 *)at;
}

static __always_inline __u64 load_64(const void *at)
{
	return *(const any_64 *)at;
}

static __always_inline void store_16(void *at, __u16 value)
{
	*(any_16 *)at = value;
}

static __always_inline void store_32(void *at, __u32 value)
{
	*(any_32 *)at = value;
}

static __always_inline void store_64(void *at, __u64 value)
{
	*(any_64 *)at = value;
}

#else

#include <stddef.h>
#include <string.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define SUBPROGRAM	static inline
#define OUT_OF_LINE	static inline
#define ROLLED
#define SEC(name)
#define MAPS_HEADER "bpf/native_maps.h"

#define XDP_DROP 1
#define XDP_PASS 2
#define XDP_TX	 3

struct packet {
	__u8 *data;
	__u32 length;
	__u32 capacity; /* octets at `data` that the packet may grow to */
	__u32 headroom; /* octets before `data` */
	__u32 interface;
};

#ifdef __cplusplus
extern "C"
#endif
	__u32
	native_random_bits(void);

#ifdef __cplusplus
extern "C"
#endif
	__u64
	native_clock(void);

static __always_inline __u64 clock_now(void)
{
	return native_clock();
}

static __always_inline __u64 clock_exact(void)
{
	return native_clock();
}

static __always_inline __u32 packet_interface(const struct packet *pkt)
{
	return pkt->interface;
}

static __always_inline __u8 *packet_begin(const struct packet *pkt)
{
	return pkt->data;
}

static __always_inline __u8 *packet_end(const struct packet *pkt)
{
	return pkt->data + pkt->length;
}

static __always_inline __u32 packet_length(const struct packet *pkt)
{
	return pkt->length;
}

static __always_inline bool packet_resize(struct packet *pkt, int change)
{
	__u32 length = pkt->length + (__u32)change;

	if (length > pkt->capacity)
		return false;
	if (change > 0)
		memset(pkt->data + pkt->length, 0, (size_t)change);
	pkt->length = length;
	return true;
}

static __always_inline bool packet_prepend(struct packet *pkt, __u32 octets)
{
	if (octets > pkt->headroom)
		return false;
	pkt->headroom -= octets;
	pkt->capacity += octets;
	pkt->data -= octets;
	pkt->length += octets;
	return true;
}

static __always_inline bool packet_load(struct packet *pkt, __u32 offset, void *to, __u32 octets)
{
	if (offset > pkt->length || octets > pkt->length - offset)
		return false;
	memcpy(to, pkt->data + offset, octets);
	return true;
}

static __always_inline __u32 random_bits(void)
{
	return native_random_bits();
}

static __always_inline __u32 opaque(__u32 value)
{
	return value;
}

static __always_inline const void *compared(const void *pointer)
{
	return pointer;
}

static __always_inline __u16 load_16(const void *at)
{
	__u16 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static __always_inline __u32 load_32(const void *at)
{
	__u32 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static __always_inline __u64 load_64(const void *at)
{
	__u64 value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static __always_inline void store_16(void *at, __u16 value)
{
	memcpy(at, &value, sizeof(value));
}

static __always_inline void store_32(void *at, __u32 value)
{
	memcpy(at, &value, sizeof(value));
}

static __always_inline void store_64(void *at, __u64 value)
{
	memcpy(at, &value, sizeof(value));
}

#endif

/* Octets of a number on the wire, in host order. */
static __always_inline __u16 load_16be(const void *at)
{
	return __builtin_bswap16(load_16(at));
}

static __always_inline void store_16be(void *at, __u16 value)
{
	store_16(at, __builtin_bswap16(value));
}

/* Copies `octets`, a constant and whole words. */
static __always_inline void words_copy(__u8 *to, const __u8 *from, __u32 octets)
{
	__u32 i;

	for (i = 0; i < octets; i += 8)
		store_64(to + i, load_64(from + i));
}

/* A value that userspace may change at any time, read exactly once. */
static __always_inline __u32 read_once_32(const __u32 *at)
{
	return *(const volatile __u32 *)at;
}

static __always_inline __u64 read_once_64(const __u64 *at)
{
	return *(const volatile __u64 *)at;
}

/*
 * The value, by way of memory that the verifier does not follow: it forgets the bounds, so that
 * paths which differ in them alone are checked once.
 */
static __always_inline __u32 forget_bounds(__u32 value, __u32 *memory)
{
	*(volatile __u32 *)memory = value;
	return *(volatile __u32 *)memory;
}

#endif
