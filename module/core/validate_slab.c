// SPDX-License-Identifier: GPL-2.0-only
/*
 * validate_slab.c - slabs checked: descriptors, stamps, bitmaps, tags, and the
 * lists and sums of their nodes.  Takes the node's lock for a slab at a time,
 * and once for all of them: they are added up without a gap.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "checks.h"
#include "inspect.h"
#include "layout.h"
#include "meta.h"
#include "roots.h"
#include "site.h"
#include "slab.h"
#include "validate.h"

#define KNOWN_FLAGS	(QR_SLAB_RUN | QR_SLAB_VIRT | QR_SLAB_DYING | \
			 QR_SLAB_FROZEN | QR_SLAB_HEAP | QR_SLAB_CHECKED | \
			 QR_SLAB_GUARD | QR_SLAB_STALE)

/* Slabs that nothing is taken from. */
#define OFF_LISTS	(QR_SLAB_DYING | QR_SLAB_FROZEN | QR_SLAB_STALE)

struct list_head *qr_validate_step(const struct list_head *at)
{
	struct list_head *next = at->next;
	unsigned long back;

	if ((unsigned long)next % sizeof(long) ||
	    !qr_load_nofault(&back, (void *)&next->prev) ||
	    back != (unsigned long)at)
		return NULL;
	return next;
}

/* ---------------------------------------------------------- descriptors */

/* Shape of a slab, but of a run and of a guarded object. */
static const struct qr_layout *layout_of(const struct quarry_cache *cache,
					 unsigned int flags)
{
	return flags & QR_SLAB_CHECKED ? &cache->checked : &cache->layout;
}

/* Pages that a slab of @layout may have. */
static bool pages_are_possible(const struct qr_layout *layout,
			       const struct qr_slab *slab)
{
	u32 least = qr_layout_least(layout);

	if (layout->single)
		return slab->nr_pages == least;
	return slab->nr_pages >= least && slab->nr_pages <= QR_SLAB_PAGES_MAX;
}

/* What describe_slab() says of objects and their places. */
static bool check_places(struct qr_validator *val, struct qr_slab *slab,
			 const struct qr_layout *layout)
{
	u32 objects = qr_layout_objects(layout, slab->nr_pages);
	u32 bound = layout->single ? 1 :
		    objects * (u32)(layout->reciprocal * layout->size);
	unsigned long colour = slab->base - (unsigned long)slab->pages;
	unsigned long bytes = (unsigned long)slab->nr_pages << PAGE_SHIFT;

	return qr_validate_same(val, "pages of a slab", slab,
				!pages_are_possible(layout, slab), 0) &&
	       qr_validate_same(val, "bytes of an object", slab, slab->size,
				layout->size) &&
	       qr_validate_same(val, "objects of a slab", slab, slab->objects,
				objects) &&
	       qr_validate_same(val, "reciprocal of a slab", slab,
				slab->reciprocal, layout->reciprocal) &&
	       qr_validate_same(val, "bound of a slab", slab, slab->bound,
				bound) &&
	       qr_validate_same(val, "objects beyond the pages of a slab", slab,
				colour < layout->lead || colour > bytes -
				(size_t)objects * slab->size, 0) &&
	       qr_validate_same(val, "alignment of a slab", slab,
				colour % layout->align, 0);
}

/* The same of one object: a run, which @begins its pages, or a guarded one. */
static bool check_one(struct qr_validator *val, struct qr_slab *slab,
		      bool begins)
{
	unsigned long before = slab->base - (unsigned long)slab->pages;
	unsigned long bytes = (unsigned long)slab->nr_pages << PAGE_SHIFT;

	return qr_validate_same(val, "pages of a slab", slab, !bytes, 0) &&
	       qr_validate_same(val, "objects of a slab", slab, slab->objects,
				1) &&
	       qr_validate_same(val, "objects beyond the pages of a slab", slab,
				before >= bytes || (begins && before), 0) &&
	       qr_validate_same(val, "bytes of an object", slab, slab->size,
				bytes - before) &&
	       qr_validate_same(val, "reciprocal of a slab", slab,
				slab->reciprocal, 1) &&
	       qr_validate_same(val, "bound of a slab", slab, slab->bound, 1);
}

/* It ends the descriptor. */
static unsigned long bitmap_at(const struct qr_slab *slab)
{
	return (unsigned long)slab + qr_slab_meta_bytes(slab) -
	       BITS_TO_LONGS(slab->objects) * sizeof(unsigned long);
}

/* Flags against one another, and against those of the cache. */
static bool check_flags(struct qr_validator *val, struct qr_slab *slab,
			unsigned int flags)
{
	bool runs = val->cache->flags & QR_CACHE_RUNS;
	bool guarded = flags & QR_SLAB_GUARD;

	return qr_validate_same(val, "flags of a slab", slab,
				flags & ~KNOWN_FLAGS, 0) &&
	       qr_validate_same(val, "a run, or no run", slab,
				!(flags & QR_SLAB_RUN), !runs) &&
	       qr_validate_same(val, "of a heap, or not", slab,
				!(flags & QR_SLAB_HEAP), !val->cache->heap) &&
	       qr_validate_same(val, "virtual pages of a slab", slab,
				(flags & QR_SLAB_VIRT) && !runs && !guarded,
				0) &&
	       qr_validate_same(val, "guarded, but with no options", slab,
				guarded && !(flags & QR_SLAB_CHECKED), 0);
}

/*
 * All that is constant while a slab lives.  Where this does not hold, nothing
 * else of the slab is looked at.
 */
static bool check_descriptor(struct qr_validator *val, struct qr_node *node,
			     struct qr_slab *slab)
{
	struct quarry_cache *cache = val->cache;
	unsigned int flags = READ_ONCE(slab->flags);
	bool one = flags & (QR_SLAB_RUN | QR_SLAB_GUARD);
	unsigned long gate = (unsigned long)(cache->heap && !one ? &cache->cpu :
					     &qr_closed);

	return qr_validate_same(val, "cache of a slab", slab,
				(unsigned long)slab->cache,
				(unsigned long)cache) &&
	       qr_validate_same(val, "level of a slab out of range", slab,
				slab->level >= QR_NR_LEVELS, 0) &&
	       check_flags(val, slab, flags) &&
	       qr_validate_same(val, "home of a slab", slab, slab->home,
				qr_slab_home(cache, node, slab->level, flags)) &&
	       (one ? check_one(val, slab, flags & QR_SLAB_RUN) :
		      check_places(val, slab, layout_of(cache, flags))) &&
	       qr_validate_same(val, "place of a bitmap", slab,
				(unsigned long)slab->free, bitmap_at(slab)) &&
	       qr_validate_same(val, "gate of a slab", slab,
				(unsigned long)slab->gate, gate);
}

static void check_stamps(struct qr_validator *val, struct qr_slab *slab)
{
	u32 i;

	if (READ_ONCE(slab->flags) & QR_SLAB_GUARD) {
		qr_validate_same(val, "place of a guarded object",
				 (void *)slab->base,
				 (unsigned long)qr_validate_slab_at((void *)slab->base),
				 (unsigned long)slab);
		return;
	}
	for (i = 0; i < slab->nr_pages; i++) {
		const void *page = slab->pages + (size_t)i * PAGE_SIZE;

		if (!qr_validate_same(val, "stamp of a page", page,
				      (unsigned long)qr_validate_slab_at(page),
				      (unsigned long)slab))
			return;
		if (!(i & 1023))
			cond_resched();
	}
}

/* -------------------------------------------------------------- objects */

/* What may be in the tag of an owned object. */
static void check_live(struct qr_validator *val, struct qr_slab *slab, u32 i,
		       u64 tag)
{
	const void *object = qr_slab_object(slab, i);

	val->result->live++;
	if (slab->level == QUARRY_LEVEL_OFF) {
		qr_validate_same(val, "live mark of an object", object, tag, 1);
		return;
	}
	/* Read after the tag: a site is numbered before it is used. */
	smp_rmb();
	if (!qr_tag_site(tag) || qr_tag_site(tag) > qr_site_count())
		qr_validate_note(val, "site of an object", object,
				 qr_tag_site(tag), qr_site_count());
	if (!(slab->flags & QR_SLAB_HEAP))
		qr_validate_same(val, "bytes asked for of an object", object,
				 tag >> QR_TAG_ASKED_SHIFT, 0);
}

/* FREE: nobody else has a hand on it. */
static void check_free(struct qr_validator *val, struct qr_slab *slab, u32 i,
		       u64 tag)
{
	const struct qr_check *check = qr_slab_check(slab, i);
	const void *object = qr_slab_object(slab, i);
	struct qr_origin *origin = qr_slab_origin(slab, i);

	val->result->free++;
	if (check)
		qr_validate_same(val, "state in the record of a FREE object",
				 object, READ_ONCE(check->state),
				 QR_CHECK_FREE);
	qr_validate_same(val, "tag of a FREE object", object, tag, 0);
	if (origin)
		qr_validate_same(val, "record of a FREE object", object,
				 READ_ONCE(origin->stack), 0);
	if (val->entry && qr_validate_cached(val, object))
		qr_validate_note(val, "FREE object in a magazine", object, 0,
				 0);
}

/* Neither FREE nor owned: CACHED, QUARANTINED, or on its way. */
static void check_cached(struct qr_validator *val, struct qr_slab *slab, u32 i)
{
	const struct qr_check *check = qr_slab_check(slab, i);
	const void *object = qr_slab_object(slab, i);

	if (check && READ_ONCE(check->state) == QR_CHECK_QUARANTINED) {
		val->result->quarantined++;
		val->nr_waiting++;
		return;
	}
	if (val->entry && qr_validate_cached(val, object)) {
		val->nr_met++;
		return;
	}
	val->result->elsewhere++;
	if (val->entry && (val->flags & QR_VALIDATE_QUIET))
		qr_validate_note(val, "object neither FREE, CACHED nor LIVE",
				 object, 0, 0);
}

/* Records belong to their slab, for as long as it lives. */
static void check_record(struct qr_validator *val, struct qr_slab *slab, u32 i)
{
	const struct qr_check *check = qr_slab_check(slab, i);

	if (check)
		qr_validate_same(val, "slab of a record",
				 qr_slab_object(slab, i),
				 (unsigned long)check->slab,
				 (unsigned long)slab);
}

static void check_objects(struct qr_validator *val, struct qr_slab *slab)
{
	u32 i;

	for (i = 0; i < slab->objects; i++) {
		bool free = test_bit(i, slab->free);
		u64 tag = qr_tag_raw(qr_tag_at(slab, i), slab->level);
		bool live = tag & QR_TAG_LIVE;

		if (free)
			check_free(val, slab, i, tag);
		else if (live)
			check_live(val, slab, i, tag);
		else
			check_cached(val, slab, i);
		check_record(val, slab, i);
		if (!free && live && val->entry &&
		    qr_validate_cached(val, qr_slab_object(slab, i)))
			qr_validate_note(val, "owned object in a magazine",
					 qr_slab_object(slab, i), tag, 0);
	}
}

static void check_slab(struct qr_validator *val, struct qr_node *node,
		       struct qr_slab *slab)
{
	u32 bits = BITS_TO_LONGS(slab->objects) * BITS_PER_LONG;
	unsigned long problems = val->result->problems;
	unsigned long flags;

	if (!check_descriptor(val, node, slab))
		return;
	check_stamps(val, slab);
	raw_spin_lock_irqsave(&node->lock, flags);
	qr_validate_same(val, "nr_free against the bitmap", slab, slab->nr_free,
			 bitmap_weight(slab->free, slab->objects));
	qr_validate_same(val, "bits beyond the last object", slab,
			 find_next_bit(slab->free, bits, slab->objects), bits);
	check_objects(val, slab);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	val->result->slabs++;
	val->result->objects += slab->objects;
	/* Patterns are where records say. */
	if (val->result->problems == problems)
		val->result->damaged += qr_inspect_slab(slab);
}

/* ---------------------------------------------------------------- nodes */

/* What a node's slabs come to. */
struct sums {
	unsigned long slabs;
	unsigned long partial;
	unsigned long empty;
	unsigned long objects;
	unsigned long free;
	unsigned long pages;
	unsigned long meta_bytes;
};

static void sum_slab(struct qr_validator *val, struct sums *sums,
		     const struct qr_slab *slab)
{
	bool off_lists = slab->flags & OFF_LISTS;
	bool empty = slab->nr_free == slab->objects;

	sums->slabs++;
	sums->objects += slab->objects;
	sums->free += slab->nr_free;
	sums->pages += slab->nr_pages;
	if (slab->level < QR_NR_LEVELS)
		sums->meta_bytes += qr_meta_size(qr_slab_meta_bytes(slab));
	sums->empty += !off_lists && empty;
	sums->partial += !off_lists && slab->nr_free && !empty;
	qr_validate_same(val, "list of a slab", slab, list_empty(&slab->link),
			 off_lists || !slab->nr_free);
	if (slab->flags & QR_SLAB_DYING)
		qr_validate_same(val, "dying slab that nobody pins", slab,
				 !slab->pins || !empty, 0);
	if (val->flags & QR_VALIDATE_QUIET)
		qr_validate_same(val, "pins of a slab", slab, slab->pins, 0);
}

/* False where the list cannot be walked. */
static bool sum_all(struct qr_validator *val, struct qr_node *node,
		    struct sums *sums)
	__must_hold(&node->lock)
{
	const struct list_head *at = &node->all;

	while ((at = qr_validate_step(at)) && at != &node->all)
		sum_slab(val, sums, list_entry(at, struct qr_slab, all));
	return qr_validate_same(val, "links of the list of all slabs", node,
				!at, 0);
}

/* Length of a list by state. */
static unsigned long check_list(struct qr_validator *val,
				const struct list_head *head,
				unsigned int list, bool empty)
{
	const struct list_head *at = head;
	unsigned long length = 0;

	while ((at = qr_validate_step(at)) && at != head) {
		const struct qr_slab *slab = list_entry(at, struct qr_slab,
							link);

		length++;
		qr_validate_same(val, "slab on the list of another state", slab,
				 !slab->nr_free ||
				 (slab->nr_free == slab->objects) != empty, 0);
		qr_validate_same(val, "slab on the list of another level", slab,
				 qr_slab_list(slab), list);
		qr_validate_same(val, "slab on a list, but set aside", slab,
				 slab->flags & OFF_LISTS, 0);
	}
	qr_validate_same(val, "links of a list of slabs", head, !at, 0);
	return length;
}

static void check_lists(struct qr_validator *val, struct qr_node *node,
			const struct sums *sums)
	__must_hold(&node->lock)
{
	unsigned long partial = 0, empty = 0;
	unsigned int list;

	for (list = 0; list < QR_NR_LISTS; list++) {
		partial += check_list(val, &node->partial[list], list, false);
		empty += check_list(val, &node->empty[list], list, true);
	}
	qr_validate_same(val, "slabs on partial lists", node, partial,
			 sums->partial);
	qr_validate_same(val, "slabs on empty lists", node, empty, sums->empty);
}

static void check_sums(struct qr_validator *val, struct qr_node *node,
		       const struct sums *sums)
	__must_hold(&node->lock)
{
	struct qr_node_stats *stats = &node->stats;

	qr_validate_same(val, "nr_slabs of a node", node, node->nr_slabs,
			 sums->slabs);
	qr_validate_same(val, "nr_partial of a node", node, node->nr_partial,
			 sums->partial);
	qr_validate_same(val, "nr_empty of a node", node, node->nr_empty,
			 sums->empty);
	qr_validate_same(val, "nr_objects of a node", node, node->nr_objects,
			 sums->objects);
	qr_validate_same(val, "nr_free of a node", node, node->nr_free,
			 sums->free);
	qr_validate_same(val, "nr_pages of a node", node, node->nr_pages,
			 sums->pages);
	qr_validate_same(val, "meta_bytes of a node", node, node->meta_bytes,
			 sums->meta_bytes);
	qr_validate_same(val, "slabs created and destroyed", node,
			 stats->slabs_created - stats->slabs_destroyed,
			 sums->slabs);
	qr_validate_same(val, "high-water marks of a node", node,
			 stats->slabs_max < sums->slabs ||
			 stats->pages_max < sums->pages ||
			 stats->out_max < sums->objects - sums->free, 0);
}

/* It must stay a permutation. */
static void check_order(struct qr_validator *val, struct qr_node *node)
	__must_hold(&node->lock)
{
	DECLARE_BITMAP(seen, QR_MAG_CAPACITY_MAX) = { 0 };
	unsigned int i;

	if (node->order_nr > QR_MAG_CAPACITY_MAX) {
		qr_validate_note(val, "order of a node", node, node->order_nr,
				 QR_MAG_CAPACITY_MAX);
		return;
	}
	for (i = 0; i < node->order_nr; i++)
		if (node->order[i] < QR_MAG_CAPACITY_MAX)
			__set_bit(node->order[i], seen);
	qr_validate_same(val, "order of a node", node,
			 find_next_zero_bit(seen, QR_MAG_CAPACITY_MAX, 0),
			 node->order_nr);
}

/* Everything about the node as one; false: its slabs cannot be walked. */
static bool check_node(struct qr_validator *val, struct qr_node *node, int nid)
{
	struct sums sums = { 0 };
	unsigned long flags;
	bool walkable;

	if (!qr_validate_same(val, "cache of a node", node,
			      (unsigned long)node->cache,
			      (unsigned long)val->cache))
		return false;
	qr_validate_same(val, "number of a node", node, node->nid, nid);
	raw_spin_lock_irqsave(&node->lock, flags);
	walkable = sum_all(val, node, &sums);
	if (walkable) {
		check_lists(val, node, &sums);
		check_sums(val, node, &sums);
	}
	check_order(val, node);
	qr_validate_same(val, "random state of a node", node, !node->random, 0);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return walkable;
}

void qr_validate_slabs(struct qr_validator *val)
{
	int nid;

	for_each_node(nid) {
		struct qr_node *node = val->cache->node[nid];
		struct qr_slab *slab = NULL;

		if (!check_node(val, node, nid))
			continue;
		while ((slab = qr_slab_next(node, slab))) {
			check_slab(val, node, slab);
			cond_resched();
		}
	}
}
