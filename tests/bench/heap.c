// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap.c - the loops of workloads on heaps.  A fixed size is a constant in the
 * caller, which spares kmalloc() the search for its cache; a mixed one is not.
 */
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "loop.h"

u16 qb_sizes[QB_NR_SIZES];

/* The same sizes in every run, no order in them. */
void qb_sizes_init(void)
{
	unsigned int i;
	u32 state = 1;

	for (i = 0; i < QB_NR_SIZES; i++) {
		state = state * 1664525 + 1013904223;
		qb_sizes[i] = 1 + (state >> 22);
	}
}

static __always_inline void *slub_alloc(void *owner, size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void slub_free(void *owner, void *object)
{
	kfree(object);
}

static __always_inline void *quarry_alloc_one(void *owner, size_t size)
{
	return quarry_heap_alloc(owner, size, GFP_KERNEL);
}

static __always_inline void quarry_free_one(void *owner, void *object)
{
	quarry_free(object);
}

/* --------------------------------------------------------- fixed sizes */

#define FIXED_LOOP(side, bytes, alloc, free)				\
static bool pair_##bytes##_##side(const struct qb_workload *workload,	\
				  void *owner, unsigned long turns)	\
{									\
	return qb_pair(owner, turns, bytes, alloc, free);		\
}

#define FIXED_LOOPS(bytes)						\
FIXED_LOOP(none, bytes, qb_none_alloc, qb_none_free)			\
FIXED_LOOP(slub, bytes, slub_alloc, slub_free)				\
FIXED_LOOP(quarry, bytes, quarry_alloc_one, quarry_free_one)		\
									\
const struct qb_loops qb_heap_pair_##bytes = {				\
	.none = pair_##bytes##_none,					\
	.slub = pair_##bytes##_slub,					\
	.quarry = pair_##bytes##_quarry,				\
}

FIXED_LOOPS(8);
FIXED_LOOPS(64);
FIXED_LOOPS(512);
FIXED_LOOPS(4096);
FIXED_LOOPS(8192);

/* --------------------------------------------------------- mixed sizes */

static bool mixed_none(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_pair_mixed(owner, turns, qb_none_alloc, qb_none_free);
}

static bool mixed_slub(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_pair_mixed(owner, turns, slub_alloc, slub_free);
}

static bool mixed_quarry(const struct qb_workload *workload, void *owner,
			 unsigned long turns)
{
	return qb_pair_mixed(owner, turns, quarry_alloc_one, quarry_free_one);
}

const struct qb_loops qb_heap_pair_mixed = {
	.none = mixed_none,
	.slub = mixed_slub,
	.quarry = mixed_quarry,
};

static bool batch_none(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_batch(workload, owner, turns, true, qb_none_alloc,
			qb_none_free);
}

static bool batch_slub(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_batch(workload, owner, turns, true, slub_alloc, slub_free);
}

static bool batch_quarry(const struct qb_workload *workload, void *owner,
			 unsigned long turns)
{
	return qb_batch(workload, owner, turns, true, quarry_alloc_one,
			quarry_free_one);
}

const struct qb_loops qb_heap_batch_mixed = {
	.none = batch_none,
	.slub = batch_slub,
	.quarry = batch_quarry,
};
