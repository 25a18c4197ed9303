// SPDX-License-Identifier: GPL-2.0-only
/*
 * resize.c - the loops that grow one block: by doubling, as a buffer grows,
 * and by adding, as a list that is read bit by bit.  What is counted is each
 * step, the free at the end included.  What copying costs is in all sides.
 */
#include <linux/slab.h>

#include <quarry/quarry.h>

#include "loop.h"

#define DOUBLE_FIRST	16U	/* bytes */
#define APPEND_STEP	64U

static __always_inline void *none_resize(void *owner, void *block, size_t size)
{
	return qb_none_alloc(owner, size);
}

static __always_inline void *slub_resize(void *owner, void *block, size_t size)
{
	return krealloc(block, size, GFP_KERNEL);
}

static __always_inline void slub_free(void *owner, void *block)
{
	kfree(block);
}

static __always_inline void *quarry_resize(void *owner, void *block,
					   size_t size)
{
	return quarry_heap_realloc(owner, block, size, GFP_KERNEL);
}

static __always_inline void quarry_free_one(void *owner, void *block)
{
	quarry_free(block);
}

static __always_inline bool grow(void *owner, unsigned long turns,
				 unsigned int steps, bool doubling,
				 void *(*resize)(void *, void *, size_t),
				 void (*free)(void *, void *))
{
	unsigned int step;

	for (; turns; turns--) {
		void *block = NULL;

		for (step = 0; step < steps; step++) {
			void *more = resize(owner, block,
					    doubling ? DOUBLE_FIRST << step :
					    (step + 1) * APPEND_STEP);

			if (unlikely(!more))
				break;
			block = more;
		}
		free(owner, block);
		if (unlikely(step < steps))
			return false;
	}
	return true;
}

#define GROW_LOOP(name, side, steps, doubling, resize, free)		\
static bool grow_##name##_##side(const struct qb_workload *workload,		\
			  void *owner, unsigned long turns)		\
{									\
	return grow(owner, turns, steps, doubling, resize, free);	\
}

#define GROW_LOOPS(name, steps, doubling)				\
GROW_LOOP(name, none, steps, doubling, none_resize, qb_none_free)	\
GROW_LOOP(name, slub, steps, doubling, slub_resize, slub_free)		\
GROW_LOOP(name, quarry, steps, doubling, quarry_resize, quarry_free_one) \
									\
const struct qb_loops qb_resize_##name = {				\
	.none = grow_##name##_none,						\
	.slub = grow_##name##_slub,						\
	.quarry = grow_##name##_quarry,					\
}

GROW_LOOPS(double, QB_DOUBLE_STEPS, true);
GROW_LOOPS(append, QB_APPEND_STEPS, false);
