// SPDX-License-Identifier: GPL-2.0-only
/*
 * traces.c - live objects added up by call site and call chain.  Tags and
 * records are read as they are, without a lock; a walk sees each of them once.
 * Context: process, may sleep.
 */
#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "inject.h"
#include "origin.h"
#include "slab.h"
#include "traces.h"
#include "walk.h"

#define ROOM_FIRST	64U

void qr_traces_init(struct qr_traces *traces, bool by_slack)
{
	memset(traces, 0, sizeof(*traces));
	traces->by_slack = by_slack;
	traces->stride = sizeof(struct qr_trace) + sizeof(unsigned long) *
			 (BITS_TO_LONGS(nr_cpu_ids) + BITS_TO_LONGS(nr_node_ids));
}

void qr_traces_free(struct qr_traces *traces)
{
	kvfree(traces->all);
	kvfree(traces->slot);
	traces->all = NULL;
	traces->slot = NULL;
	traces->nr = 0;
	traces->room = 0;
}

/* Where @key is, or would be: the table is never full. */
static u32 *slot_of(const struct qr_traces *traces, const struct qr_trace *key)
{
	u32 mask = traces->room * 2 - 1;
	u32 at = hash_32(key->site * GOLDEN_RATIO_32 + key->stack, 32) +
		 key->slack;

	for (;; at++) {
		const struct qr_trace *trace;
		u32 *slot = &traces->slot[at & mask];

		if (!*slot)
			return slot;
		trace = qr_trace_at(traces, *slot - 1);
		if (trace->site == key->site && trace->stack == key->stack &&
		    trace->slack == key->slack)
			return slot;
	}
}

static bool traces_grow(struct qr_traces *traces)
{
	struct qr_traces old = *traces;
	u32 i;

	traces->room = old.room ? old.room * 2 : ROOM_FIRST;
	traces->all = qr_buffer_alloc(array_size(traces->room, traces->stride),
				      GFP_KERNEL | __GFP_NOWARN);
	traces->slot = qr_buffer_zalloc(traces->room * 2UL,
					sizeof(*traces->slot),
					GFP_KERNEL | __GFP_NOWARN);
	if (!traces->all || !traces->slot) {
		qr_traces_free(traces);
		*traces = old;
		traces->error = -ENOMEM;
		return false;
	}
	if (old.nr)
		memcpy(traces->all, old.all, old.nr * old.stride);
	for (i = 0; i < old.nr; i++)
		*slot_of(traces, qr_trace_at(traces, i)) = i + 1;
	qr_traces_free(&old);
	return true;
}

/* The one for @key, made if it is the first; NULL without memory. */
static struct qr_trace *trace_of(struct qr_traces *traces,
				 const struct qr_trace *key)
{
	struct qr_trace *trace;
	u32 *slot;

	if (traces->nr == traces->room && !traces_grow(traces))
		return NULL;
	slot = slot_of(traces, key);
	if (*slot)
		return qr_trace_at(traces, *slot - 1);
	trace = qr_trace_at(traces, traces->nr++);
	*slot = traces->nr;
	memset(trace, 0, traces->stride);
	trace->site = key->site;
	trace->stack = key->stack;
	trace->slack = key->slack;
	trace->age_min = U32_MAX;
	trace->pid_min = U32_MAX;
	return trace;
}

static void add_age(struct qr_trace *trace, u32 age)
{
	trace->age_sum += age;
	trace->age_min = min(trace->age_min, age);
	trace->age_max = max(trace->age_max, age);
}

static void add_origin(struct qr_trace *trace, const struct qr_origin *origin)
{
	trace->pid_min = min(trace->pid_min, origin->pid);
	trace->pid_max = max(trace->pid_max, origin->pid);
	if (origin->cpu < nr_cpu_ids)
		__set_bit(origin->cpu, trace->masks);
}

static void add_object(struct qr_traces *traces, struct qr_slab *slab,
		       u32 index, u64 tag)
{
	bool has_site = slab->level != QUARRY_LEVEL_OFF;
	struct qr_trace key = { 0 }, *trace;
	struct qr_origin origin = { 0 };
	u32 age = 0;

	if (has_site) {
		key.site = qr_tag_site(tag);
		age = qr_jiffies() - qr_tag_birth(tag);
		if (traces->by_slack && (qr_slab_flags(slab) & QR_SLAB_HEAP))
			key.slack = qr_tag_slack(tag,
						 qr_slab_bytes(slab));
	}
	/* Without, it comes or goes just now. */
	if (slab->level == QUARRY_LEVEL_STACK) {
		if (!qr_origin_read(slab, index, &origin))
			return;
		key.stack = origin.stack;
	}
	trace = trace_of(traces, &key);
	if (!trace)
		return;
	trace->objects++;
	trace->bytes += slab->size;
	add_age(trace, age);
	if (key.stack)
		add_origin(trace, &origin);
	__set_bit(qr_home_node(slab->home)->nid,
		  trace->masks + BITS_TO_LONGS(nr_cpu_ids));
}

static void add_slab(struct qr_slab *slab, void *data)
{
	struct qr_traces *traces = data;
	u32 i;

	for (i = 0; i < slab->objects && !traces->error; i++) {
		u64 tag = qr_tag_read(qr_tag_at(slab, i), slab->level);

		if (tag)
			add_object(traces, slab, i, tag);
	}
}

void qr_traces_add_cache(struct qr_traces *traces, struct quarry_cache *cache)
{
	qr_walk_slabs(cache, add_slab, traces);
}

void qr_traces_add_heap(struct qr_traces *traces, struct quarry_heap *heap)
{
	unsigned int i;

	for (i = 0; i < QR_NR_CLASSES; i++) {
		struct quarry_cache *cache;

		cache = qr_heap_class_at(heap, i);
		if (cache)
			qr_traces_add_cache(traces, cache);
	}
	qr_traces_add_cache(traces, heap->runs);
}

void qr_traces_add_all(struct qr_traces *traces)
{
	qr_walk_all(add_slab, traces);
}

static int more_objects_first(const void *a, const void *b)
{
	const struct qr_trace *x = a, *y = b;

	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->stack != y->stack)
		return x->stack < y->stack ? -1 : 1;
	return x->slack < y->slack ? -1 : x->slack > y->slack;
}

void qr_traces_sort(struct qr_traces *traces)
{
	if (traces->nr)
		sort(traces->all, traces->nr, traces->stride,
		     more_objects_first, NULL);
}
