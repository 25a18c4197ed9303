// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfree.c - freeing what may be anybody's, as kfree() is asked to: a block of
 * any heap, an object of any cache, or memory of the kernel's own allocator,
 * which is left to that.  And the other way round: what the kernel's own
 * kfree() was given of ours.
 */
#include <linux/kernel.h>
#include <linux/preempt.h>

#include "block.h"
#include "cache.h"
#include "event.h"
#include "fast.h"
#include "finding.h"
#include "guard.h"
#include "kfree.h"
#include "site.h"
#include "trace.h"
#include "walk.h"

/* Preemption is off, and the fast path did not take it. */
static noinline bool free_other(void *block, struct qr_slab *slab,
				unsigned long caller)
{
	/* Guarded objects are far away. */
	slab = slab ?: qr_page_slab(block);
	if (!slab) {
		preempt_enable();
		if (!qr_guard_was_freed(block))
			return false;
		qr_cache_finding(NULL, QR_EVENT_DOUBLE_FREE, block, caller);
		return true;
	}
	if (qr_slab_flags(slab) & QR_SLAB_HEAP)
		qr_block_free_other(block, slab, caller);
	else if (!qr_fast_free(&slab->cache->cpu, slab, block))
		qr_cache_free_other(slab->cache, block, slab, caller);
	return true;
}

static noinline void free_traced(void *block, unsigned long caller)
{
	bool is_live;

	preempt_disable();
	is_live = qr_slab_of_live(block);
	preempt_enable();
	if (is_live)
		qr_trace_free(block, caller);
}

bool qr_kfree(const void *block, unsigned long caller)
{
	struct qr_slab *slab;

	if (unlikely(qr_tracing_frees()))
		free_traced((void *)block, caller);
	preempt_disable();
	slab = qr_page_slab_plain(block);
	if (likely(slab && qr_fast_free(slab->gate, slab, (void *)block)))
		return true;
	return free_other((void *)block, slab, caller);
}

bool qr_is_ours(const void *address)
{
	bool ours;

	preempt_disable();
	ours = qr_page_slab(address);
	preempt_enable();
	return ours;
}

/* ----------------------------------------------------------------- strays */

/* What is known of an object that went astray, while its slab cannot go. */
struct stray {
	struct quarry_cache *cache;
	/* Of a module whose blocks were meant to be the kernel's. */
	bool adopted;
	/* Number of its call site. */
	u32 site;
};

static u32 site_of(const struct qr_slab *slab, const void *object)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);

	if (slab->level == QUARRY_LEVEL_OFF)
		return 0;
	return qr_tag_site(qr_tag_read(qr_tag_at(slab, index), slab->level));
}

static void stray_read(const void *object, struct stray *stray)
{
	struct quarry_heap *heap;
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_slab_of_live(object);
	if (slab) {
		heap = slab->cache->heap;
		stray->cache = slab->cache;
		stray->adopted = heap && heap->permanent &&
				 heap != qr_default_heap;
		stray->site = site_of(slab, object);
	}
	preempt_enable();
}

void qr_stray_free(const void *object, unsigned long caller)
{
	struct stray stray = { };

	stray_read(object, &stray);
	if (!stray.adopted || qr_site_strays(stray.site))
		qr_cache_finding(stray.cache, QR_EVENT_STRAY_KFREE, object,
				 caller);
	if (stray.adopted)
		qr_kfree(object, caller);
}
