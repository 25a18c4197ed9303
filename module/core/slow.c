// SPDX-License-Identifier: GPL-2.0-only
/*
 * slow.c - the slow twins of the fast path: magazines that must be reloaded,
 * new slabs, nodes, misuse.  Touches magazines only with preemption off and
 * their home taken; takes and gives back pages and metadata with preemption on.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "budget.h"
#include "cache.h"
#include "event.h"
#include "fast.h"
#include "guard.h"
#include "inject.h"
#include "inspect.h"
#include "layout.h"
#include "origin.h"
#include "reload.h"
#include "slab.h"

/* ----------------------------------------------------------- allocation */

/*
 * Of who frees an object twice, at once with another, the second may be so late that
 * it passes on what has a new owner by then: see birth.c.  So the look-up of a slab
 * and what is done with it are one region with preemption off; afterwards the slab
 * need not be there, though one of its objects is ours.  What is inspected, and what
 * is in no magazine ever, has to be claimed by who frees it: there nobody is late.
 */

/* Takes the newest object; no tag: its place in the magazine does not hold it. */
static void take_newest(struct qr_cpu *cc, unsigned int level, u64 tag,
			struct qr_entry *entry)
{
	bool holds = qr_entry_holds(--cc->top, level);

	*entry = *cc->top;
	if (likely(holds))
		qr_tag_write(entry->tag, level, tag | qr_jiffies());
	else
		entry->tag = NULL;
	qr_stat_add(cc->slow_allocs, 1);
}

/* One object out of this CPU's magazines; @due: the capacity to supply, or 0. */
static bool alloc_cached(struct quarry_cache *cache, u64 tag,
			 struct qr_entry *entry, unsigned int *due)
{
	struct qr_mag *spare = NULL;
	unsigned long home;
	struct qr_cpu *cc;
	bool got = false;

	preempt_disable();
	cc = qr_cpu_enter(cache, &home);
	if (cc) {
		cc->misses += cc->top == cc->bottom;
		got = qr_reload_full(cc, home, &spare);
		if (got)
			take_newest(cc, qr_home_level(home), tag, entry);
		*due = qr_magazine_due(cache, cc, home, false);
		qr_cpu_leave(cc, home);
	}
	preempt_enable();
	if (spare)
		qr_magazine_destroy(cache, spare);
	return got;
}

/* What @entry holds becomes the caller's, unless it is to be inspected first. */
static void own(const struct qr_slab *slab, const struct qr_entry *entry,
		u64 tag)
{
	if (likely(!(qr_slab_flags(slab) & QR_SLAB_CHECKED)))
		qr_tag_write(entry->tag, slab->level, tag | qr_jiffies());
}

static bool alloc_from_slabs(struct quarry_cache *cache, int nid, u64 tag,
			     struct qr_entry *entry)
{
	bool got;

	preempt_disable();
	if (nid == NUMA_NO_NODE)
		nid = numa_mem_id();
	got = qr_slab_take(cache->node[nid], qr_cache_list(cache), entry);
	if (got)
		own(qr_page_slab_ours(entry->object), entry, tag);
	preempt_enable();
	return got;
}

static bool alloc_from_new_slab(struct quarry_cache *cache, gfp_t gfp, int nid,
				u64 tag, struct qr_entry *entry)
{
	struct qr_slab *slab;

	slab = qr_slab_create(cache, gfp, nid);
	if (!slab)
		return false;
	preempt_disable();
	qr_slab_attach(slab, entry);
	own(slab, entry, tag);
	preempt_enable();
	return true;
}

/* Where memory is short, an object of another node is better than none. */
static bool alloc_from_other_nodes(struct quarry_cache *cache, gfp_t gfp,
				   u64 tag, struct qr_entry *entry)
{
	int nid;

	if (gfp & __GFP_THISNODE)
		return false;
	for_each_node(nid)
		if (alloc_from_slabs(cache, nid, tag, entry))
			return true;
	return false;
}

void qr_cache_alloc_failed(struct quarry_cache *cache, size_t bytes, gfp_t gfp,
			   u64 tag)
{
	struct qr_event event = {
		.kind = QR_EVENT_FAILURE,
		.site = qr_tag_site(tag),
		.bytes = bytes,
		.quiet = gfp & __GFP_NOWARN,
	};

	atomic_long_inc(&cache->failures);
	if (cache->budget &&
	    cache->budget->refused(cache->budget, bytes, gfp, tag))
		return;
	strscpy(event.owner, cache->name, sizeof(event.owner));
	qr_event_add(&event);
}

bool qr_cache_forbids(struct quarry_cache *cache)
{
	if (unlikely(qr_in_nmi())) {
		qr_cache_finding(cache, QR_EVENT_NMI, NULL, 0);
		return true;
	}
	if (unlikely(READ_ONCE(cache->dead))) {
		qr_cache_finding(cache, QR_EVENT_DEAD, NULL, 0);
		return true;
	}
	return false;
}

static bool alloc_entry(struct quarry_cache *cache, gfp_t gfp, int nid, u64 tag,
			struct qr_entry *entry)
{
	unsigned int due = 0;
	bool got = false;

	if (unlikely(READ_ONCE(cache->options) & QUARRY_GUARD) &&
	    qr_guard_alloc(cache, gfp, tag, entry))
		return true;
	/* This CPU may be another one by the time it is asked. */
	if (nid == NUMA_NO_NODE ||
	    (nid == numa_mem_id() && !(gfp & __GFP_THISNODE)))
		got = alloc_cached(cache, tag, entry, &due);
	if (due)
		qr_magazine_supply(cache, due);
	return got || alloc_from_slabs(cache, nid, tag, entry) ||
	       alloc_from_new_slab(cache, gfp, nid, tag, entry) ||
	       alloc_from_other_nodes(cache, gfp, tag, entry);
}

/*
 * A cached object's tag is not what it was: somebody else has the object, or
 * the slab is damaged.  It is left as it is, and counts as live.
 */
static void bad_tag(struct quarry_cache *cache, const struct qr_entry *entry)
{
	struct qr_slab *slab;

	qr_cache_finding(cache, QR_EVENT_BAD_TAG, entry->object, 0);
	preempt_disable();
	slab = qr_page_slab(entry->object);
	if (slab)
		qr_slab_freeze(slab);
	preempt_enable();
}

/* The slab of @entry's object if that is to be inspected, or NULL. */
static struct qr_slab *checked_slab(const struct qr_entry *entry)
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_page_slab(entry->object);
	if (slab && !(qr_slab_flags(slab) & QR_SLAB_CHECKED))
		slab = NULL;
	preempt_enable();
	return slab;
}

/* What was found out about @entry is told; its slab is set aside. */
static void give_back(struct qr_slab *slab, const struct qr_entry *entry)
{
	LIST_HEAD(doomed);

	qr_slab_give(slab, entry->object, &doomed);
	qr_slab_release(&doomed);
}

/* Whether what @entry has is the caller's now. */
static bool entry_owned(struct quarry_cache *cache,
			const struct qr_entry *entry, u64 tag)
{
	struct qr_slab *slab;

	if (unlikely(!entry->tag)) {
		bad_tag(cache, entry);
		return false;
	}
	slab = checked_slab(entry);
	if (likely(!slab))
		return true;
	tag |= qr_jiffies();
	if (!qr_inspect_take(slab, entry->object, tag,
			     qr_cache_asked(cache, tag))) {
		give_back(slab, entry);
		return false;
	}
	qr_tag_write(entry->tag, slab->level, tag);
	return true;
}

void *qr_cache_alloc_slow(struct quarry_cache *cache, gfp_t gfp, int nid,
			  u64 tag)
{
	struct qr_entry entry;

	if (qr_cache_forbids(cache))
		return NULL;
	might_alloc(gfp);
	if (qr_inject_alloc(cache, qr_cache_asked(cache, tag), gfp, tag))
		return NULL;
	do {
		if (!alloc_entry(cache, gfp, nid, tag, &entry)) {
			qr_cache_alloc_failed(cache, cache->layout.size, gfp,
					      tag);
			return NULL;
		}
	} while (!entry_owned(cache, &entry, tag));
	if (READ_ONCE(cache->level) == QUARRY_LEVEL_STACK)
		qr_origin_write(entry.object, tag);
	if (qr_must_prepare(gfp))
		return qr_cache_prepare(entry.object, gfp);
	return entry.object;
}

/* The fast path at level stack, whose walk is what takes the time. */
static noinline void *alloc_stack(struct quarry_cache *cache, gfp_t gfp,
				  u64 tag)
{
	void *object = qr_fast_pop(cache, &tag, 0, QUARRY_LEVEL_STACK);

	if (unlikely(!object))
		return qr_cache_alloc_slow(cache, gfp, NUMA_NO_NODE, tag);
	qr_origin_write(object, tag);
	if (qr_must_prepare(gfp))
		return qr_cache_prepare(object, gfp);
	return object;
}

void *qr_cache_alloc_other(struct quarry_cache *cache, gfp_t gfp, u64 tag)
{
	void *object = qr_fast_pop(cache, &tag, 0, QUARRY_LEVEL_OFF);

	if (unlikely(!object))
		return alloc_stack(cache, gfp, tag);
	if (qr_must_prepare(gfp))
		return qr_cache_prepare(object, gfp);
	return object;
}

/* ----------------------------------------------------------------- free */

/*
 * Nobody has the object any more: it is zeroed where the running kernel wants that,
 * and closed.
 */
static void wipe(struct quarry_cache *cache, struct qr_slab *slab, void *object)
{
	if (qr_cache_wipes(cache)) {
		qr_sanitizer_open(slab, object, slab->size);
		memset(object, 0, slab->size);
	}
	qr_sanitizer_close(slab, object);
}

/*
 * Takes the object from its owner: @entry holds it, to *@tag what its tag was.
 * Returns the kind of misuse that freeing it to @cache is, or QR_NR_EVENTS.
 */
static int free_claim(struct quarry_cache *cache, struct qr_slab *slab,
		      struct qr_entry *entry, u64 *tag)
{
	unsigned long address = (unsigned long)entry->object;
	u32 index;

	if (!slab)
		return qr_guard_was_freed(entry->object) ?
		       QR_EVENT_DOUBLE_FREE : QR_EVENT_INVALID_FREE;
	if (slab->cache != cache)
		return QR_EVENT_WRONG_OWNER;
	index = qr_slab_index(slab, address);
	if (!qr_slab_exact(slab, address, index))
		return QR_EVENT_INVALID_FREE;
	entry->tag = qr_tag_at(slab, index);
	*tag = qr_entry_claim(entry, slab->level);
	if (!*tag)
		return QR_EVENT_DOUBLE_FREE;
	qr_origin_clear(slab, index, slab->level);
	return QR_NR_EVENTS;
}

/*
 * True when this CPU's magazines took the object.  *@due: the capacity to supply
 * them with, or 0.  Preemption is off.
 */
static bool free_cached(struct quarry_cache *cache, struct qr_slab *slab,
			const struct qr_entry *entry, struct list_head *doomed,
			unsigned int *due)
{
	unsigned long home;
	struct qr_cpu *cc;
	bool put = false;

	cc = qr_cpu_enter(cache, &home);
	if (cc && home == (slab->home & ~QR_HOME_APART)) {
		cc->misses += cc->top == cc->limit;
		put = qr_reload_empty(cc, home, doomed);
		if (put) {
			*cc->top = *entry;
			qr_entry_seal(cc->top++, slab->level);
			qr_stat_add(cc->slow_frees, 1);
		}
		*due = qr_magazine_due(cache, cc, home, true);
	}
	if (cc)
		qr_cpu_leave(cc, home);
	return put;
}

static void free_to_slab(struct quarry_cache *cache, struct qr_slab *slab,
			 const struct qr_entry *entry, struct list_head *doomed)
{
	/* Once the object is given, a dead cache may go. */
	bool dead = READ_ONCE(cache->dead);

	qr_slab_give(slab, entry->object, doomed);
	if (unlikely(dead))
		qr_platform_reap();
}

/* The fast path for @slab's own level; it makes every check itself. */
static bool push(struct quarry_cache *cache, struct qr_slab *slab, void *object)
{
	if (slab->level == QUARRY_LEVEL_OFF)
		return qr_fast_push(&cache->cpu, slab, object,
				    QUARRY_LEVEL_OFF);
	if (slab->level == QUARRY_LEVEL_STACK)
		return qr_fast_push(&cache->cpu, slab, object,
				    QUARRY_LEVEL_STACK);
	return false;
}

void qr_cache_free_other(struct quarry_cache *cache, void *object,
			 struct qr_slab *slab, unsigned long caller)
{
	if (slab && push(cache, slab, object))
		return;
	preempt_enable();
	if (object)
		qr_cache_free_slow(cache, object, caller);
}

/* Of what everybody has to claim: nobody can be late with it. */
static void free_claimed(struct quarry_cache *cache, struct qr_slab *slab,
			 const struct qr_entry *entry, u64 tag,
			 unsigned long caller, struct list_head *doomed)
{
	if (unlikely(qr_slab_flags(slab) & QR_SLAB_CHECKED)) {
		qr_inspect_free(slab, entry->object, tag, caller, doomed);
		return;
	}
	wipe(cache, slab, entry->object);
	free_to_slab(cache, slab, entry, doomed);
}

void qr_cache_free_slow(struct quarry_cache *cache, void *object,
			unsigned long caller)
{
	struct qr_entry entry = { .object = object };
	int misuse = QR_EVENT_NMI;
	unsigned int due = 0;
	struct qr_slab *slab;
	bool passed = false;
	LIST_HEAD(doomed);
	u64 tag;

	/* Until it is passed on the slab cannot go: see above. */
	preempt_disable();
	slab = qr_page_slab(object);
	if (likely(!qr_in_nmi()))
		misuse = free_claim(cache, slab, &entry, &tag);
	if (likely(misuse == QR_NR_EVENTS && cache->layout.mag_capacity &&
		   !(qr_slab_flags(slab) & QR_SLAB_CHECKED))) {
		wipe(cache, slab, object);
		if (!free_cached(cache, slab, &entry, &doomed, &due))
			free_to_slab(cache, slab, &entry, &doomed);
		passed = true;
	}
	preempt_enable();
	if (unlikely(misuse != QR_NR_EVENTS))
		qr_cache_finding(cache, misuse, object, caller);
	else if (unlikely(!passed))
		free_claimed(cache, slab, &entry, tag, caller, &doomed);
	if (due)
		qr_magazine_supply(cache, due);
	qr_slab_release(&doomed);
}
