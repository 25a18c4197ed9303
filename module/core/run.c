// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - blocks too large for a size class: each is a page run with a
 * descriptor of its own, contiguous or only virtually so.
 */
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "cache.h"
#include "inject.h"
#include "inspect.h"
#include "origin.h"
#include "run.h"
#include "sanitizer.h"
#include "slab.h"

/* Bytes that the largest vmalloc-like request may ask for, as kvmalloc. */
#define RUN_BYTES_MAX	((size_t)INT_MAX)

static void *run_publish(struct qr_slab *slab, size_t size, gfp_t gfp, u64 tag)
{
	struct qr_entry entry;
	unsigned int level;

	qr_slab_attach(slab, &entry);
	tag |= qr_asked_tag(slab->size, size) | qr_jiffies();
	/* Damaged in so short a time, it is told of and mended. */
	while ((qr_slab_flags(slab) & QR_SLAB_CHECKED) &&
	       !qr_inspect_take(slab, entry.object, tag, size))
		;
	qr_sanitizer_open(slab, entry.object, size);
	/* Its pages came zeroed, but then got their patterns. */
	if ((qr_slab_flags(slab) & QR_SLAB_CHECKED) && qr_want_init_on_alloc(gfp))
		memset(entry.object, 0, size);
	level = slab->level;
	/* From here on somebody may free it who has no business with it. */
	qr_tag_write(entry.tag, level, tag);
	if (level == QUARRY_LEVEL_STACK)
		qr_origin_write(entry.object, tag);
	return entry.object;
}

static bool run_forbidden(struct quarry_cache *runs, gfp_t gfp)
{
	if (qr_cache_forbids(runs))
		return true;
	might_alloc(gfp);
	if (!(gfp & GFP_ZONEMASK))
		return false;
	qr_cache_finding(runs, QR_EVENT_BAD_GFP, NULL, 0);
	return true;
}

void *qr_run_alloc(struct quarry_heap *heap, size_t size, size_t align,
		   gfp_t gfp, int nid, u64 tag)
{
	struct quarry_cache *runs = heap->runs;
	struct qr_slab *slab = NULL;

	if (run_forbidden(runs, gfp) || qr_inject_alloc(runs, size, gfp, tag))
		return NULL;
	if (size <= RUN_BYTES_MAX)
		slab = qr_slab_create_run(runs, size, align, gfp, nid, false);
	if (slab)
		return run_publish(slab, size, gfp, tag);
	qr_cache_alloc_failed(runs, size, gfp, tag);
	return NULL;
}

/* Contiguous pages where that is easy, else virtually contiguous ones. */
static struct qr_slab *kv_create(struct quarry_heap *heap, size_t size,
				 gfp_t gfp)
{
	gfp_t easy = gfp | __GFP_NORETRY | __GFP_NOWARN;
	struct qr_slab *slab;

	slab = qr_slab_create_run(heap->runs, size, 0, easy & ~__GFP_NOFAIL,
				  NUMA_NO_NODE, false);
	if (slab || !gfpflags_allow_blocking(gfp))
		return slab;
	return qr_slab_create_run(heap->runs, size, 0, gfp, NUMA_NO_NODE, true);
}

void *qr_run_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp, u64 tag)
{
	struct qr_slab *slab = NULL;

	if (run_forbidden(heap->runs, gfp) ||
	    qr_inject_alloc(heap->runs, size, gfp, tag))
		return NULL;
	if (size <= RUN_BYTES_MAX)
		slab = kv_create(heap, size, gfp);
	if (slab)
		return run_publish(slab, size, gfp, tag);
	qr_cache_alloc_failed(heap->runs, size, gfp, tag);
	return NULL;
}

void qr_run_free(struct qr_slab *slab, void *block, u64 tag,
		 unsigned long caller)
{
	/* Once the block is given, a dead heap may go. */
	bool dead = READ_ONCE(slab->cache->dead);
	LIST_HEAD(doomed);

	if (qr_slab_flags(slab) & QR_SLAB_CHECKED) {
		qr_inspect_free(slab, block, tag, caller, &doomed);
		qr_slab_release(&doomed);
		return;
	}
	qr_origin_clear(slab, 0, slab->level);
	if (unlikely(qr_want_init_on_free())) {
		qr_sanitizer_open(slab, block, slab->size);
		memset(block, 0, slab->size);
	}
	qr_slab_give(slab, block, &doomed);
	if (unlikely(dead))
		qr_platform_reap();
	qr_slab_release(&doomed);
}
