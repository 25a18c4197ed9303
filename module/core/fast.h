/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fast.h - the fast path, on one page: a pop, a push, and the checks.
 *
 * Preemption off keeps this CPU's magazines ours among tasks; taking @home
 * keeps an interrupt out, which goes around to the slab.  Nothing here is
 * atomic, no interrupt is disabled, no lock is taken, nothing is called but by
 * a jump at the very end.  One test of @home is the test of all that is not
 * plain.  @level is a constant where this is inlined.
 */
#ifndef _QR_FAST_H
#define _QR_FAST_H

#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/preempt.h>

#include "cache.h"
#include "layout.h"
#include "sanitizer.h"
#include "slab.h"

/* Zeroing, the running kernel's policy, zones we do not serve, a sanitizer. */
static __always_inline bool qr_must_prepare(gfp_t gfp)
{
	return QR_SANITIZED || qr_want_init_on_alloc(gfp) || (gfp & GFP_ZONEMASK);
}

/*
 * An object with its tag written, or NULL: then nothing has happened.  The
 * tag is put together of *@site, @asked and the time of birth.  Each way out
 * enables preemption for itself, so that the compiler knows on each what came
 * of it.
 */
static __always_inline void *qr_fast_pop(struct quarry_cache *cache,
					 const u64 *site, u64 asked,
					 unsigned int level)
{
	qr_percpu struct qr_cpu *cpu;
	struct qr_entry *entry;
	unsigned long home;
	void *object;

	preempt_disable();
	/* Pairs with the release in gates_open(). */
	cpu = qr_this_cpu(smp_load_acquire(&cache->cpu));
	home = qr_peek(cpu->home[level]);
	if (unlikely(!home))
		goto fail;
	WRITE_ONCE(cpu->home[level], 0);
	barrier();	/* no access to the magazine before @home is taken */
	entry = cpu->top - 1;
	/* Damage, an object freed twice at once, or the floor: see slab.h. */
	if (unlikely(!qr_entry_holds(entry, level)))
		goto fail_inside;
	object = entry->object;
	qr_tag_write(entry->tag, level, qr_jiffies() | qr_peek(*site) | asked);
	barrier();	/* has @top counted where it is, not computed again */
	cpu->top--;
	qr_stat_add(cpu->allocs, 1);
	barrier();	/* nor after @home is put back */
	WRITE_ONCE(cpu->home[level], home);
	preempt_enable();
	/* Saves the caller a test: no magazine holds NULL. */
	if (!object)
		__builtin_unreachable();
	return object;

fail_inside:
	barrier();
	WRITE_ONCE(cpu->home[level], home);
fail:
	preempt_enable();
	return NULL;
}

/*
 * Takes @object, which lies in a page of @slab, or does nothing and returns
 * false.  @gate is where the magazines are found.  That the object belongs to
 * them, to this CPU's node and to the level in force, and that they are free
 * to use, is one comparison of two words.
 *
 * Called with preemption off since before @slab was looked up, so that even one
 * that is going stays as it is; enables it when the object is taken.
 */
static __always_inline bool qr_fast_push(struct qr_cpu __percpu *const *gate,
					 struct qr_slab *slab, void *object,
					 unsigned int level)
{
	u64 place = (u64)((u32)(unsigned long)object - (u32)slab->base) *
		    slab->reciprocal;
	unsigned long home = slab->home;
	qr_percpu struct qr_cpu *cpu;
	struct qr_entry *entry;
	void *tag;

	/* Pairs with the release in gates_open(). */
	cpu = qr_this_cpu(smp_load_acquire(gate));
	if (unlikely(home != qr_peek(cpu->home[level])))
		return false;
	/* Not into the middle of an object, nor past the last: see layout.h. */
	if (unlikely((u32)place >= slab->bound))
		return false;
	tag = qr_tag_place(slab, place >> 32, level);
	/* An object that is not live is freed twice. */
	if (unlikely(!qr_tag_is_live(tag, level)))
		return false;
	WRITE_ONCE(cpu->home[level], 0);
	barrier();
	entry = cpu->top;
	if (unlikely(entry == cpu->limit))
		goto fail_inside;
	qr_origin_clear(slab, place >> 32, level);
	qr_sanitizer_close(slab, object);
	entry->object = object;
	entry->tag = tag;
	qr_entry_seal(entry, level);
	barrier();
	cpu->top = entry + 1;
	qr_stat_add(cpu->frees, 1);
	barrier();
	WRITE_ONCE(cpu->home[level], home);
	preempt_enable();
	return true;

fail_inside:
	barrier();
	WRITE_ONCE(cpu->home[level], home);
	return false;
}

static __always_inline void *qr_fast_alloc(struct quarry_cache *cache,
					   gfp_t gfp, const u64 *site)
{
	void *object;

	if (unlikely(qr_must_prepare(gfp)))
		return qr_cache_alloc_prepared(cache, gfp, READ_ONCE(*site));
	object = qr_fast_pop(cache, site, 0, QUARRY_LEVEL_SITE);
	if (unlikely(!object))
		return qr_cache_alloc_other(cache, gfp, READ_ONCE(*site));
	return object;
}

/*
 * Preemption as for qr_fast_push().  Whether that was all; else
 * qr_cache_free_other() goes on from there.
 */
static __always_inline bool qr_fast_free(struct qr_cpu __percpu *const *gate,
					 struct qr_slab *slab, void *object)
{
	return likely(qr_fast_push(gate, slab, object, QUARRY_LEVEL_SITE));
}

#endif /* _QR_FAST_H */
