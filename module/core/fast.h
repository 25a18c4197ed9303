/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fast.h - the fast path, on one page: a pop, a push, and the checks.
 *
 * Preemption off keeps this CPU's magazines ours among tasks; @busy keeps an
 * interrupt out, which goes around to the slab.  Nothing here is atomic, no
 * interrupt is disabled, no lock is taken.  Whatever is not plain is told by
 * one test of @gate and handled out of line by the slow twins.
 */
#ifndef _QR_FAST_H
#define _QR_FAST_H

#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "cache.h"
#include "layout.h"
#include "slab.h"

/* Zeroing, the running kernel's policy, and zones we do not serve. */
static __always_inline bool qr_gfp_special(gfp_t gfp)
{
	return qr_want_init_on_alloc(gfp) || (gfp & GFP_ZONEMASK);
}

/* @tag has site and slack; the time of birth is added here. */
static __always_inline void *qr_fast_alloc(struct quarry_cache *cache,
					   gfp_t gfp, u64 tag)
{
	struct qr_entry *entry;
	struct qr_cpu *cpu;
	void *object;

	preempt_disable();
	cpu = this_cpu_ptr(cache->cpu);
	if (unlikely(READ_ONCE(cpu->gate)))
		goto slow;
	WRITE_ONCE(cpu->busy, 1);
	barrier();	/* no access to the magazine before @busy is seen */
	entry = cpu->top;
	if (unlikely(entry == cpu->bottom))
		goto slow_busy;
	entry--;
	/* A cached object has no tag: anything else is damage. */
	if (unlikely(qr_tag_read(entry->tag, cpu->level)))
		goto slow_busy;
	object = entry->object;
	qr_tag_write(entry->tag, cpu->level, tag | (u32)jiffies);
	cpu->top = entry;
	cpu->allocs++;
	barrier();	/* nor after it is clear */
	WRITE_ONCE(cpu->busy, 0);
	preempt_enable();
	if (unlikely(qr_gfp_special(gfp)))
		return qr_cache_zero(cache, object, gfp);
	return object;

slow_busy:
	WRITE_ONCE(cpu->busy, 0);
slow:
	preempt_enable();
	return qr_cache_alloc_slow(cache, gfp, NUMA_NO_NODE, tag);
}

/*
 * @slab owns the page of @object.  That the object belongs to @cache, to this
 * CPU's node and to the level in force is one comparison of two words.
 */
static __always_inline void qr_fast_free(struct quarry_cache *cache,
					 struct qr_slab *slab, void *object,
					 unsigned long caller)
{
	u32 index = qr_slab_index(slab, (unsigned long)object);
	struct qr_entry *entry;
	struct qr_cpu *cpu;
	void *tag;

	preempt_disable();
	cpu = this_cpu_ptr(cache->cpu);
	if (unlikely(READ_ONCE(cpu->gate) || slab->home != cpu->home))
		goto slow;
	/* Not the middle of an object, nor past the last. */
	if (unlikely(!qr_slab_exact(slab, (unsigned long)object, index)))
		goto slow;
	tag = qr_tag_at(slab, index);
	/* An object that is not live is freed twice. */
	if (unlikely(!qr_tag_read(tag, cpu->level)))
		goto slow;
	WRITE_ONCE(cpu->busy, 1);
	barrier();
	entry = cpu->top;
	if (unlikely(entry == cpu->limit))
		goto slow_busy;
	qr_cache_wipe(cache, object);
	qr_tag_write(tag, cpu->level, 0);
	entry->object = object;
	entry->tag = tag;
	cpu->top = entry + 1;
	cpu->frees++;
	barrier();
	WRITE_ONCE(cpu->busy, 0);
	preempt_enable();
	return;

slow_busy:
	WRITE_ONCE(cpu->busy, 0);
slow:
	preempt_enable();
	qr_cache_free_slow(cache, object, caller);
}

#endif /* _QR_FAST_H */
