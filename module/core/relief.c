// SPDX-License-Identifier: GPL-2.0-only
/*
 * relief.c - what a heap does before its budget refuses anything, and what it
 * says then.
 */
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "budget.h"
#include "cache.h"
#include "event.h"
#include "heap.h"
#include "limit.h"
#include "live.h"
#include "slab.h"

/* A refusal drains other CPUs, and prints its top sites, this seldom. */
#define RELIEF_INTERVAL		(HZ / 4)
#define PRINT_INTERVAL		(5UL * HZ)
#define TOP_SITES		5

static struct quarry_heap *budget_heap(struct qr_budget *budget)
{
	return container_of(budget, struct quarry_heap, budget);
}

unsigned long qr_heap_drain(struct quarry_heap *heap, bool cpus)
{
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];
	unsigned int i, nr = qr_heap_caches(heap, caches);
	unsigned long pages = 0;

	for (i = 0; !cpus && i < nr; i++)
		pages += qr_cache_drain(caches[i]);
	if (!cpus)
		return pages;
	pages = qr_caches_drain(caches, nr);
	qr_slab_barrier();
	return pages;
}

/*
 * Only the depots, unless the caller may sleep and it was not done just now:
 * the magazines of CPUs cost a grace period.
 */
static bool heap_relieve(struct qr_budget *budget, gfp_t gfp)
{
	struct quarry_heap *heap = budget_heap(budget);
	unsigned long next = READ_ONCE(heap->next_relief);
	bool cpus = gfpflags_allow_blocking(gfp) &&
		    time_after_eq(jiffies, next) &&
		    cmpxchg(&heap->next_relief, next,
			    jiffies + RELIEF_INTERVAL) == next;

	return qr_heap_drain(heap, cpus);
}

/* What was given up may be in magazines, or in slabs not empty yet. */
static bool heap_reclaim(struct qr_budget *budget, unsigned long bytes,
			 gfp_t gfp)
{
	struct quarry_heap *heap = budget_heap(budget);

	if (!gfpflags_allow_blocking(gfp) || (gfp & __GFP_NORETRY) ||
	    !qr_reclaim_ask(&heap->reclaim, bytes))
		return false;
	qr_heap_drain(heap, true);
	return true;
}

static bool heap_refused(struct qr_budget *budget, unsigned long bytes,
			 gfp_t gfp, u64 tag)
{
	struct quarry_heap *heap = budget_heap(budget);
	struct qr_event event = {
		.kind = QR_EVENT_BUDGET,
		.site = qr_tag_site(tag),
		.bytes = bytes,
		.quiet = gfp & __GFP_NOWARN,
	};
	unsigned long next = READ_ONCE(heap->next_print);

	if (!qr_budget_exceeded(budget, PAGE_ALIGN(bytes)))
		return false;
	atomic_long_inc(&budget->refusals);
	strscpy(event.owner, heap->name, sizeof(event.owner));
	qr_event_add(&event);
	if (!event.quiet && gfpflags_allow_blocking(gfp) &&
	    time_after_eq(jiffies, next) &&
	    cmpxchg(&heap->next_print, next, jiffies + PRINT_INTERVAL) == next)
		qr_live_log_top(heap, TOP_SITES);
	return true;
}

void qr_heap_relief_init(struct quarry_heap *heap, size_t limit_bytes)
{
	heap->budget.limit = limit_bytes;
	heap->budget.relieve = heap_relieve;
	heap->budget.reclaim = heap_reclaim;
	heap->budget.refused = heap_refused;
	qr_reclaim_init(&heap->reclaim);
	heap->next_print = jiffies;
	heap->next_relief = jiffies;
}
