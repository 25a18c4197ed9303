// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap.c - the loops of workloads on heaps.  A fixed size is a constant in the
 * caller, which spares kmalloc() the search for its cache; a mixed one is not.
 */
#include <linux/sizes.h>
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

static __always_inline void *slub_alloc_fixed(void *owner, size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void slub_free(void *owner, void *object)
{
	kfree(object);
}

static __always_inline void *quarry_alloc_fixed(void *owner, size_t size)
{
	return quarry_heap_alloc(owner, size, GFP_KERNEL);
}

static __always_inline void quarry_free_one(void *owner, void *object)
{
	quarry_free(object);
}

static __always_inline void *slub_alloc_var(void *owner, size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void *quarry_alloc_var(void *owner, size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return quarry_heap_alloc(owner, size, GFP_KERNEL);
}

/* ----------------------------------------------------------- one size */

#define PAIR_LOOP(name, side, bytes, alloc, free)			\
static bool name##_##side(const struct qb_workload *workload,		\
			  void *owner, unsigned long turns)		\
{									\
	return qb_pair(owner, turns, bytes, alloc, free);		\
}

#define PAIR_LOOPS(name, bytes, suffix)					\
PAIR_LOOP(name, none, bytes, qb_none_alloc, qb_none_free)		\
PAIR_LOOP(name, slub, bytes, slub_alloc##suffix, slub_free)		\
PAIR_LOOP(name, quarry, bytes, quarry_alloc##suffix, quarry_free_one)	\
									\
const struct qb_loops qb_##name = {					\
	.none = name##_none,						\
	.slub = name##_slub,						\
	.quarry = name##_quarry,					\
}

PAIR_LOOPS(heap_pair_8, 8, _fixed);
PAIR_LOOPS(heap_pair_16, 16, _fixed);
PAIR_LOOPS(heap_pair_32, 32, _fixed);
PAIR_LOOPS(heap_pair_64, 64, _fixed);
PAIR_LOOPS(heap_pair_128, 128, _fixed);
PAIR_LOOPS(heap_pair_256, 256, _fixed);
PAIR_LOOPS(heap_pair_512, 512, _fixed);
PAIR_LOOPS(heap_pair_1024, 1024, _fixed);
PAIR_LOOPS(heap_pair_2048, 2048, _fixed);
PAIR_LOOPS(heap_pair_4096, 4096, _fixed);
PAIR_LOOPS(heap_pair_8192, 8192, _fixed);
PAIR_LOOPS(heap_var_64, 64, _var);
PAIR_LOOPS(heap_var_1024, 1024, _var);
PAIR_LOOPS(run_pair_64k, SZ_64K, _fixed);
PAIR_LOOPS(run_pair_256k, SZ_256K, _fixed);
PAIR_LOOPS(run_pair_1m, SZ_1M, _fixed);
PAIR_LOOPS(run_pair_4m, SZ_4M, _fixed);

/* --------------------------------------------------------- mixed sizes */

static bool mixed_none(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_pair_mixed(owner, turns, qb_none_alloc, qb_none_free);
}

static bool mixed_slub(const struct qb_workload *workload, void *owner,
		       unsigned long turns)
{
	return qb_pair_mixed(owner, turns, slub_alloc_fixed, slub_free);
}

static bool mixed_quarry(const struct qb_workload *workload, void *owner,
			 unsigned long turns)
{
	return qb_pair_mixed(owner, turns, quarry_alloc_fixed, quarry_free_one);
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
	return qb_batch(workload, owner, turns, true, slub_alloc_fixed, slub_free);
}

static bool batch_quarry(const struct qb_workload *workload, void *owner,
			 unsigned long turns)
{
	return qb_batch(workload, owner, turns, true, quarry_alloc_fixed,
			quarry_free_one);
}

const struct qb_loops qb_heap_batch_mixed = {
	.none = batch_none,
	.slub = batch_slub,
	.quarry = batch_quarry,
};
