/* SPDX-License-Identifier: GPL-2.0-only */
/* traces.h - live objects added up by call site and call chain. */
#ifndef _QR_TRACES_H
#define _QR_TRACES_H

#include "internal.h"

struct qr_trace {
	/* 0: what has none, of level off. */
	u32 site;
	/* 0: what has none, of the other levels. */
	u32 stack;
	/* Bytes of each beyond those asked for; 0 unless told apart. */
	u32 slack;
	u32 pid_min;
	u32 pid_max;
	u32 age_min;		/* jiffies, as the next */
	u32 age_max;
	u64 age_sum;
	unsigned long objects;
	/* Bytes given (object sizes). */
	u64 bytes;
	/* A bit for each CPU, then for each node. */
	unsigned long masks[];
};

/* Takes memory by how many there are, not by how many sites there might be. */
struct qr_traces {
	/* One for each slack, too. */
	bool by_slack;
	/* 0 or -ENOMEM: incomplete. */
	int error;
	u32 nr;
	/* Room for so many: a power of two. */
	u32 room;
	/* Bytes from one to the next. */
	size_t stride;
	void *all;
	/* Hash table of twice @room: number + 1, or 0. */
	u32 *slot;
};

void qr_traces_init(struct qr_traces *traces, bool by_slack);
void qr_traces_free(struct qr_traces *traces);
void qr_traces_add_cache(struct qr_traces *traces, struct quarry_cache *cache);
/* All classes and runs of a heap. */
void qr_traces_add_heap(struct qr_traces *traces, struct quarry_heap *heap);
void qr_traces_add_all(struct qr_traces *traces);
/* Most objects first; nothing can be added any more. */
void qr_traces_sort(struct qr_traces *traces);

static inline struct qr_trace *qr_trace_at(const struct qr_traces *traces,
					   u32 index)
{
	return traces->all + index * traces->stride;
}

static inline const unsigned long *qr_trace_cpus(const struct qr_trace *trace)
{
	return trace->masks;
}

static inline const unsigned long *qr_trace_nodes(const struct qr_trace *trace)
{
	return trace->masks + BITS_TO_LONGS(nr_cpu_ids);
}

#endif /* _QR_TRACES_H */
