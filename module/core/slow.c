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
#include "layout.h"
#include "reload.h"
#include "slab.h"

/* ----------------------------------------------------------- allocation */

/* One object out of this CPU's magazines; @due: the capacity to supply, or 0. */
static bool alloc_cached(struct quarry_cache *cache, struct qr_entry *entry,
			 unsigned int *due)
{
	struct qr_mag *spare = NULL;
	unsigned long home;
	struct qr_cpu *cc;
	bool got = false;

	preempt_disable();
	cc = qr_cpu_enter(cache, &home);
	if (cc) {
		got = qr_reload_full(cc, home, &spare);
		if (got) {
			*entry = *--cc->top;
			qr_stat_add(cc->slow_allocs, 1);
		}
		cc->misses++;
		*due = qr_magazine_due(cache, cc, home, false);
		qr_cpu_leave(cc, home);
	}
	preempt_enable();
	if (spare)
		qr_magazine_destroy(cache, spare);
	return got;
}

static bool alloc_from_slabs(struct quarry_cache *cache, int nid,
			     struct qr_entry *entry)
{
	if (nid == NUMA_NO_NODE)
		nid = numa_mem_id();
	return qr_slab_take(cache->node[nid], READ_ONCE(cache->level), entry);
}

static bool alloc_from_new_slab(struct quarry_cache *cache, gfp_t gfp, int nid,
				struct qr_entry *entry)
{
	struct qr_slab *slab;

	slab = qr_slab_create(cache, READ_ONCE(cache->level), gfp, nid);
	if (slab)
		qr_slab_attach(slab, entry);
	return slab;
}

/* Where memory is short, an object of another node is better than none. */
static bool alloc_from_other_nodes(struct quarry_cache *cache, gfp_t gfp,
				   struct qr_entry *entry)
{
	int nid;

	if (gfp & __GFP_THISNODE)
		return false;
	for_each_node(nid)
		if (alloc_from_slabs(cache, nid, entry))
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

static bool alloc_entry(struct quarry_cache *cache, gfp_t gfp, int nid,
			struct qr_entry *entry)
{
	unsigned int due = 0;
	bool got = false;

	/* This CPU may be another one by the time it is asked. */
	if (nid == NUMA_NO_NODE ||
	    (nid == numa_mem_id() && !(gfp & __GFP_THISNODE)))
		got = alloc_cached(cache, entry, &due);
	if (due)
		qr_magazine_supply(cache, due);
	return got || alloc_from_slabs(cache, nid, entry) ||
	       alloc_from_new_slab(cache, gfp, nid, entry) ||
	       alloc_from_other_nodes(cache, gfp, entry);
}

/*
 * A cached object's tag is set: the slab is not what it was.  It is left as
 * it is, and counts as live, which is what its tag says.
 */
static void bad_tag(struct quarry_cache *cache, const struct qr_entry *entry)
{
	struct qr_slab *slab = qr_page_slab(entry->object);

	qr_cache_finding(cache, QR_EVENT_BAD_TAG, entry->object, 0);
	if (slab)
		qr_slab_freeze(slab);
}

void *qr_cache_alloc_slow(struct quarry_cache *cache, gfp_t gfp, int nid,
			  u64 tag)
{
	struct qr_entry entry;
	struct qr_slab *slab;

	if (qr_cache_forbids(cache))
		return NULL;
	might_alloc(gfp);
	for (;;) {
		if (!alloc_entry(cache, gfp, nid, &entry)) {
			qr_cache_alloc_failed(cache, cache->layout.size, gfp,
					      tag);
			return NULL;
		}
		slab = qr_page_slab(entry.object);
		if (!qr_tag_read(entry.tag, slab->level))
			break;
		bad_tag(cache, &entry);
	}
	qr_tag_write(entry.tag, slab->level, tag | qr_jiffies());
	if (qr_gfp_special(gfp))
		return qr_cache_zero(entry.object, gfp);
	return entry.object;
}

void *qr_cache_alloc_other(struct quarry_cache *cache, gfp_t gfp, u64 tag)
{
	void *object = qr_fast_pop(cache, &tag, 0, QUARRY_LEVEL_OFF);

	if (unlikely(!object))
		return qr_cache_alloc_slow(cache, gfp, NUMA_NO_NODE, tag);
	if (qr_gfp_special(gfp))
		return qr_cache_zero(object, gfp);
	return object;
}

void *qr_cache_zero(void *object, gfp_t gfp)
{
	struct quarry_cache *cache = qr_page_slab(object)->cache;
	bool keeps = cache->ctor || (cache->flags & QUARRY_TYPESAFE_BY_RCU);

	if (unlikely((gfp & GFP_ZONEMASK) ||
		     (cache->ctor && (gfp & __GFP_ZERO)))) {
		qr_cache_finding(cache, QR_EVENT_BAD_GFP, object, 0);
		qr_cache_free_slow(cache, object, 0);
		return NULL;
	}
	if ((gfp & __GFP_ZERO) || !keeps)
		memset(object, 0, cache->layout.size);
	return object;
}

/* ----------------------------------------------------------------- free */

/* Zeroes an object on its way back where the running kernel wants that. */
static void wipe(struct quarry_cache *cache, void *object)
{
	if (qr_want_init_on_free() && !cache->ctor &&
	    !(cache->flags & QUARRY_TYPESAFE_BY_RCU))
		memset(object, 0, cache->layout.size);
}

/* Kind of misuse that freeing @object to @cache is, or QR_NR_EVENTS. */
static int free_misuse(struct quarry_cache *cache, struct qr_slab *slab,
		       const void *object)
{
	u32 index;

	if (!slab)
		return QR_EVENT_INVALID_FREE;
	if (slab->cache != cache)
		return QR_EVENT_WRONG_OWNER;
	index = qr_slab_index(slab, (unsigned long)object);
	if (!qr_slab_exact(slab, (unsigned long)object, index))
		return QR_EVENT_INVALID_FREE;
	if (!qr_tag_read(qr_tag_at(slab, index), slab->level))
		return QR_EVENT_DOUBLE_FREE;
	return QR_NR_EVENTS;
}

/* True when this CPU's magazines took the object. */
static bool free_cached(struct quarry_cache *cache, struct qr_slab *slab,
			const struct qr_entry *entry,
			struct list_head *doomed)
{
	unsigned int due = 0;
	unsigned long home;
	struct qr_cpu *cc;
	bool put = false;

	preempt_disable();
	cc = qr_cpu_enter(cache, &home);
	if (cc && home == slab->home) {
		put = qr_reload_empty(cc, home, doomed);
		if (put) {
			*cc->top++ = *entry;
			qr_stat_add(cc->slow_frees, 1);
		}
		cc->misses++;
		due = qr_magazine_due(cache, cc, home, true);
	}
	if (cc)
		qr_cpu_leave(cc, home);
	preempt_enable();
	if (due)
		qr_magazine_supply(cache, due);
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
	return qr_fast_push(&cache->cpu, slab, object, QUARRY_LEVEL_SITE);
}

void qr_cache_free_other(struct quarry_cache *cache, void *object,
			 struct qr_slab *slab, unsigned long caller)
{
	if (!object)
		return;
	/* Only what is known to be an object may be wiped. */
	if (qr_want_init_on_free()) {
		if (slab && free_misuse(cache, slab, object) == QR_NR_EVENTS) {
			wipe(cache, object);
			if (push(cache, slab, object))
				return;
		}
	} else if (slab && slab->level == QUARRY_LEVEL_OFF) {
		if (push(cache, slab, object))
			return;
	}
	qr_cache_free_slow(cache, object, caller);
}

void qr_cache_free_slow(struct quarry_cache *cache, void *object,
			unsigned long caller)
{
	struct qr_slab *slab = qr_page_slab(object);
	struct qr_entry entry = { .object = object };
	LIST_HEAD(doomed);
	int misuse;

	if (unlikely(qr_in_nmi())) {
		qr_cache_finding(cache, QR_EVENT_NMI, object, caller);
		return;
	}
	misuse = free_misuse(cache, slab, object);
	if (unlikely(misuse != QR_NR_EVENTS)) {
		qr_cache_finding(cache, misuse, object, caller);
		return;
	}
	wipe(cache, object);
	entry.tag = qr_tag_at(slab, qr_slab_index(slab, (unsigned long)object));
	qr_tag_write(entry.tag, slab->level, 0);
	if (!free_cached(cache, slab, &entry, &doomed))
		free_to_slab(cache, slab, &entry, &doomed);
	qr_slab_release(&doomed);
}
