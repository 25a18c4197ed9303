// SPDX-License-Identifier: GPL-2.0-only
/*
 * count.c - folds the counters of a cache's CPUs and nodes.  Takes node locks
 * for as long as it takes to copy a node.  Exact when the cache is quiet; else
 * no figure is torn, no difference of two goes below zero, and no more is live
 * than there is memory for.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cache.h"

static void fold_node(struct qr_node *node, struct qr_cache_count *count)
{
	struct qr_depot *depot = &node->depot;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	count->direct_allocs += node->stats.direct_allocs;
	count->direct_frees += node->stats.direct_frees;
	count->refills += node->stats.refills;
	count->flushes += node->stats.flushes;
	count->slabs_created += node->stats.slabs_created;
	count->slabs_destroyed += node->stats.slabs_destroyed;
	count->slabs_max += node->stats.slabs_max;
	count->pages_max += node->stats.pages_max;
	count->out_max += node->stats.out_max;
	count->slabs += node->nr_slabs;
	count->slabs_partial += node->nr_partial;
	count->slabs_empty += node->nr_empty;
	count->objects += node->nr_objects;
	count->free += node->nr_free;
	count->pages += node->nr_pages;
	count->meta_bytes += node->meta_bytes;
	raw_spin_unlock_irqrestore(&node->lock, flags);

	raw_spin_lock_irqsave(&depot->lock, flags);
	count->depot_exchanges += depot->exchanges;
	count->depot_contended += depot->contended;
	raw_spin_unlock_irqrestore(&depot->lock, flags);
}

/* Frees before allocs: an object freed in between counts as live, not as -1. */
static void fold_cpus(struct quarry_cache *cache, struct qr_cache_count *count)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct qr_cpu *cc = per_cpu_ptr(cache->cpus, cpu);

		count->free_hits += READ_ONCE(cc->frees);
		count->free_misses += READ_ONCE(cc->slow_frees);
	}
	/* What was freed above has its allocation counted below. */
	smp_rmb();
	for_each_possible_cpu(cpu) {
		struct qr_cpu *cc = per_cpu_ptr(cache->cpus, cpu);

		count->alloc_hits += READ_ONCE(cc->allocs);
		count->alloc_misses += READ_ONCE(cc->slow_allocs);
	}
}

static unsigned long less(unsigned long a, unsigned long b)
{
	return a > b ? a - b : 0;
}

void qr_cache_count(struct quarry_cache *cache, struct qr_cache_count *count)
{
	int nid;

	memset(count, 0, sizeof(*count));
	fold_cpus(cache, count);
	for_each_node(nid)
		fold_node(cache->node[nid], count);
	count->alloc_misses += count->direct_allocs;
	count->free_misses += count->direct_frees;
	count->allocs = count->alloc_hits + count->alloc_misses;
	count->frees = count->free_hits + count->free_misses;
	count->quarantined = min_t(unsigned long, count->objects,
				   READ_ONCE(cache->quarantine.objects));
	/* The memory of some may have gone since they were counted. */
	count->live = min(less(less(count->allocs, count->frees),
			       count->quarantined),
			  count->objects - count->quarantined);
	count->cached = less(less(count->objects, count->free),
			     count->live + count->quarantined);
	count->failures = atomic_long_read(&cache->failures);
	count->findings = atomic_long_read(&cache->findings);
	count->meta_bytes += atomic_long_read(&cache->mag_bytes);
}

unsigned long qr_cache_reclaimable(struct quarry_cache *cache)
{
	unsigned long pages = 0, objects = 0, flags;
	int nid;

	for_each_node(nid) {
		struct qr_node *node = cache->node[nid];

		raw_spin_lock_irqsave(&node->lock, flags);
		pages += node->nr_pages * node->nr_empty /
			 max(node->nr_slabs, 1UL);
		raw_spin_unlock_irqrestore(&node->lock, flags);
		raw_spin_lock_irqsave(&node->depot.lock, flags);
		objects += node->depot.nr_objects;
		raw_spin_unlock_irqrestore(&node->depot.lock, flags);
	}
	objects += READ_ONCE(cache->quarantine.objects);
	return pages + (objects * cache->layout.size >> PAGE_SHIFT);
}
