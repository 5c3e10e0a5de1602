/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Samples of the replies that are sent, with their queries, for dnstap. How many replies lie
 * between two of them is drawn each time, so that none of the clients whose queries come in a
 * rhythm is seen always, or never.
 */
#ifndef SIGNPOST_BPF_SAMPLING_H
#define SIGNPOST_BPF_SAMPLING_H

#include "bpf/cursor.h"
#include "bpf/platform.h"

#include MAPS_HEADER

/* How many replies to leave out before the next sample: any number below twice the gap less one is
 * as likely, so that one reply in `gap` is taken on average. */
static __always_inline __u32 sample_draw(__u32 gap)
{
	return (__u32)((random_bits() * (2ull * gap - 1)) >> 32);
}

/* The sample takes the place of the reply's body, which is on its way. */
OUT_OF_LINE void sample_take(struct packet *pkt, struct scratch *s, __u32 gap)
{
	const struct flow *flow = &s->flow;
	struct sample *sample = &s->sample;
	__u32 reply = packet_length(pkt) - flow->message;
	__u32 query = sample_query_octets(flow->length);
	__u64 *lost;
	int i;

	s->sample_wait = sample_draw(gap);
	sample->time = clock_exact();
	block_copy((__u8 *)sample->client, (const __u8 *)flow->client);
	block_copy((__u8 *)sample->server, (const __u8 *)flow->server);
	sample->ports = flow->ports;
	sample->gap = gap;
	sample->query_length = flow->length;
	sample->reply_length = reply;
	/* For the verifier, which must see both bounds of one value: no other query is answered,
	 * and none with a longer reply, or one without a header. */
	if (query > QUERY_OCTETS_MAX || reply > REPLY_OCTETS_MAX)
		return;
	reply = opaque(reply);
	if (reply < DNS_HEADER_OCTETS)
		return;
	for (i = 0; i < QUERY_OCTETS_MAX / 8; i++) {
		if (8 * (__u32)i >= query)
			break;
		store_64(sample->messages + 8 * i, load_64(scratch_message(s) + 8 * i));
	}
	if (!packet_load(pkt, flow->message, sample->messages + query, reply))
		return;
	if (sample_put(sample, SAMPLE_HEAD_OCTETS + query + reply))
		return;
	lost = samples_lost_get();
	if (lost)
		++*lost;
}

/* Hands a reply that is sent to the samples if it is its turn. A wait that no draw of this gap
 * gives is left from a longer one. */
static __always_inline void sample_sent(struct packet *pkt, struct scratch *s,
					const struct control *control)
{
	__u32 gap = read_once_32(&control->sample_gap);

	if (!gap)
		return;
	if (s->sample_wait && s->sample_wait < 2 * gap)
		s->sample_wait--;
	else
		sample_take(pkt, s, gap);
}

#endif
