// SPDX-License-Identifier: GPL-2.0-only
/* cache.c - the loops of workloads on caches. */
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "loop.h"

void *qb_held[QB_HELD_MAX];

static __always_inline void *slub_alloc(void *owner, size_t size)
{
	return kmem_cache_alloc(owner, GFP_KERNEL);
}

static __always_inline void slub_free(void *owner, void *object)
{
	kmem_cache_free(owner, object);
}

static __always_inline void *quarry_alloc_one(void *owner, size_t size)
{
	return quarry_cache_alloc(owner, GFP_KERNEL);
}

static __always_inline void quarry_free_one(void *owner, void *object)
{
	quarry_cache_free(owner, object);
}

/* ---------------------------------------------------------------- pairs */

static bool pair_none(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	return qb_pair(owner, turns, 0, qb_none_alloc, qb_none_free);
}

static bool pair_slub(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	return qb_pair(owner, turns, 0, slub_alloc, slub_free);
}

static bool pair_quarry(const struct qb_workload *workload, void *owner,
			unsigned long turns)
{
	return qb_pair(owner, turns, 0, quarry_alloc_one, quarry_free_one);
}

const struct qb_loops qb_cache_pair = {
	.none = pair_none,
	.slub = pair_slub,
	.quarry = pair_quarry,
};

/* -------------------------------------------------------------- batches */

static bool batch_none(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_batch(workload, owner, turns, false, qb_none_alloc,
			qb_none_free);
}

static bool batch_slub(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_batch(workload, owner, turns, false, slub_alloc, slub_free);
}

static bool batch_quarry(const struct qb_workload *workload, void *owner,
			 unsigned long turns)
{
	return qb_batch(workload, owner, turns, false, quarry_alloc_one,
			quarry_free_one);
}

const struct qb_loops qb_cache_batch = {
	.none = batch_none,
	.slub = batch_slub,
	.quarry = batch_quarry,
};

/* ----------------------------------------------------------------- bulk */

static bool bulk_none(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	for (; turns; turns--)
		qb_none_free(owner, qb_held);
	return true;
}

static bool bulk_slub(const struct qb_workload *workload, void *owner,
		      unsigned long turns)
{
	for (; turns; turns--) {
		if (!kmem_cache_alloc_bulk(owner, GFP_KERNEL, workload->pairs,
					   qb_held))
			return false;
		kmem_cache_free_bulk(owner, workload->pairs, qb_held);
	}
	return true;
}

static bool bulk_quarry(const struct qb_workload *workload, void *owner,
			unsigned long turns)
{
	for (; turns; turns--) {
		if (!quarry_cache_alloc_bulk(owner, GFP_KERNEL,
					     workload->pairs, qb_held))
			return false;
		quarry_cache_free_bulk(owner, workload->pairs, qb_held);
	}
	return true;
}

const struct qb_loops qb_cache_bulk = {
	.none = bulk_none,
	.slub = bulk_slub,
	.quarry = bulk_quarry,
};
