/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slub.h - the names of quarry, for the kernel's own allocator: what is compiled
 * after this knows nothing of quarry, as a driver that is watched.
 */
#ifndef _TOUR_SLUB_H
#define _TOUR_SLUB_H

#include <linux/slab.h>

/* On PREEMPT_RT nobody may ask it in a hard interrupt. */
#define TICK_MODE (IS_ENABLED(CONFIG_PREEMPT_RT) ?			\
		   HRTIMER_MODE_REL_PINNED_SOFT : HRTIMER_MODE_REL_PINNED_HARD)

/* In place of quarry.h. */
#define _QUARRY_QUARRY_H

#define quarry_alloc(size, gfp)			kmalloc(size, gfp)
/* kzalloc() need not be inlined, and then has the call. */
#define quarry_zalloc(size, gfp)		kmalloc(size, (gfp) | __GFP_ZERO)
#define quarry_alloc_array(nr, size, gfp)	kmalloc_array(nr, size, gfp)
#define quarry_free(block)			kfree(block)
#define quarry_usable_size(block)		ksize(block)

#endif /* _TOUR_SLUB_H */
