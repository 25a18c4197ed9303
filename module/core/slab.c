// SPDX-License-Identifier: GPL-2.0-only
/*
 * slab.c - objects in page runs: how slabs are born, hand out and take back
 * objects, and die.  Owns the lists, bitmaps and counts of struct qr_node and
 * takes its lock; pages and metadata are taken and given back without it.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "budget.h"
#include "layout.h"
#include "meta.h"
#include "slab.h"

/* ------------------------------------------------------------- creation */

/* Flags that are the object's affair, or name memory that we cannot use. */
#define NOT_FOR_PAGES	(__GFP_ZERO | __GFP_ACCOUNT | GFP_ZONEMASK | \
			 __GFP_COMP | __GFP_MOVABLE)

/* No page allocator aligns to more, bytes. */
#define RUN_ALIGN_MAX	QUARRY_CACHE_SIZE_MAX

static bool charge(struct quarry_cache *cache, unsigned int nr_pages, gfp_t gfp)
{
	unsigned long bytes = (unsigned long)nr_pages << PAGE_SHIFT;

	if (!cache->budget)
		return true;
	if (gfp & __GFP_NOFAIL) {
		qr_budget_force(cache->budget, bytes);
		return true;
	}
	return qr_budget_charge(cache->budget, bytes, gfp);
}

static void uncharge(struct quarry_cache *cache, unsigned int nr_pages)
{
	if (cache->budget)
		qr_budget_uncharge(cache->budget,
				   (unsigned long)nr_pages << PAGE_SHIFT);
}

static size_t slab_meta_bytes(const struct qr_slab *slab)
{
	return qr_layout_meta_bytes(slab->objects, slab->level);
}

/* Descriptor, bitmap and tags for @objects on @pages; budget is charged. */
static struct qr_slab *describe(struct quarry_cache *cache, void *pages,
				unsigned int nr_pages, unsigned int objects,
				unsigned int level, gfp_t gfp)
{
	int nid = qr_pages_nid(pages);
	struct qr_slab *slab;

	slab = qr_meta_alloc(qr_layout_meta_bytes(objects, level), gfp, nid);
	if (!slab)
		return NULL;
	slab->home = qr_home(cache->node[nid], level);
	slab->base = (unsigned long)pages;
	slab->tags = &slab->free[BITS_TO_LONGS(objects)];
	slab->cache = cache;
	slab->size = cache->layout.size;
	slab->reciprocal = cache->layout.reciprocal;
	slab->objects = objects;
	slab->level = level;
	slab->flags = cache->heap ? QR_SLAB_HEAP : 0;
	slab->nid = nid;
	slab->pages = pages;
	slab->nr_pages = nr_pages;
	slab->nr_free = objects;
	bitmap_set(slab->free, 0, objects);
	INIT_LIST_HEAD(&slab->all);
	INIT_LIST_HEAD(&slab->link);
	return slab;
}

/*
 * Moves object 0 into the tail waste, a step further with every slab, so that
 * the same field of many objects does not always meet the same cache set.
 */
static void colour(struct quarry_cache *cache, struct qr_slab *slab)
{
	unsigned long bytes = (unsigned long)slab->nr_pages << PAGE_SHIFT;
	unsigned long waste = bytes - (unsigned long)slab->objects * slab->size;
	unsigned int step = max_t(u32, cache->layout.align, L1_CACHE_BYTES);

	if (cache->flags & QR_CACHE_NATURAL)
		step = max_t(u32, step, slab->size & -slab->size);
	slab->base += (u32)atomic_inc_return(&cache->colour) %
		      (waste / step + 1) * step;
}

static void construct(struct quarry_cache *cache, struct qr_slab *slab)
{
	u32 i;

	if (!cache->ctor)
		return;
	for (i = 0; i < slab->objects; i++)
		cache->ctor(qr_slab_object(slab, i));
}

static struct qr_slab *try_create(struct quarry_cache *cache,
				  unsigned int nr_pages, unsigned int level,
				  gfp_t gfp, int nid)
{
	struct qr_slab *slab;
	void *pages;

	if (!charge(cache, nr_pages, gfp))
		return NULL;
	pages = qr_pages_get(nr_pages, gfp & ~NOT_FOR_PAGES, nid);
	if (!pages)
		goto err_uncharge;
	slab = describe(cache, pages, nr_pages,
			qr_layout_objects(&cache->layout, nr_pages), level,
			gfp);
	if (!slab)
		goto err_put_pages;
	colour(cache, slab);
	construct(cache, slab);
	atomic_long_inc(&cache->slabs);
	return slab;

err_put_pages:
	qr_pages_put(pages, nr_pages);
err_uncharge:
	uncharge(cache, nr_pages);
	return NULL;
}

/* Where memory is fragmented or the budget short, smaller slabs will do. */
struct qr_slab *qr_slab_create(struct quarry_cache *cache, unsigned int level,
			       gfp_t gfp, int nid)
{
	unsigned int least = DIV_ROUND_UP(cache->layout.size, PAGE_SIZE);
	unsigned int nr = cache->layout.nr_pages;

	while (nr > least) {
		gfp_t try = (gfp & ~__GFP_NOFAIL) | __GFP_NORETRY | __GFP_NOWARN;
		struct qr_slab *slab;

		slab = try_create(cache, nr, level, try, nid);
		if (slab)
			return slab;
		nr = max(nr / 2, least);
	}
	return try_create(cache, least, level, gfp, nid);
}

static void *run_pages(struct qr_slab *slab, unsigned int align_pages,
		       gfp_t gfp, int nid)
{
	unsigned int nr = slab->nr_pages;
	void *pages;

	if (slab->flags & QR_SLAB_VIRT)
		return qr_vrun_get(nr, gfp & ~NOT_FOR_PAGES, nid, slab);
	pages = qr_pages_get(max(nr, align_pages), gfp & ~NOT_FOR_PAGES, nid);
	if (pages && align_pages > nr)
		qr_pages_put(pages + (size_t)nr * PAGE_SIZE, align_pages - nr);
	return pages;
}

/* Descriptor of a run that has no pages yet. */
static struct qr_slab *describe_run(struct quarry_cache *cache,
				    unsigned int nr_pages, bool virt, gfp_t gfp,
				    int nid)
{
	unsigned int level = READ_ONCE(cache->level);
	struct qr_slab *slab;

	slab = qr_meta_alloc(qr_layout_meta_bytes(1, level), gfp, nid);
	if (!slab)
		return NULL;
	slab->cache = cache;
	slab->tags = &slab->free[1];
	slab->size = nr_pages * PAGE_SIZE;
	slab->objects = 1;
	slab->level = level;
	slab->flags = QR_SLAB_HEAP | QR_SLAB_RUN | (virt ? QR_SLAB_VIRT : 0);
	slab->nr_pages = nr_pages;
	slab->nr_free = 1;
	__set_bit(0, slab->free);
	INIT_LIST_HEAD(&slab->all);
	INIT_LIST_HEAD(&slab->link);
	return slab;
}

struct qr_slab *qr_slab_create_run(struct quarry_cache *cache, size_t size,
				   size_t align, gfp_t gfp, int nid, bool virt)
{
	unsigned int nr = DIV_ROUND_UP(size, PAGE_SIZE);
	int near = nid == NUMA_NO_NODE ? numa_mem_id() : nid;
	struct qr_slab *slab;
	void *pages;

	if (align > RUN_ALIGN_MAX || !charge(cache, nr, gfp))
		return NULL;
	slab = describe_run(cache, nr, virt, gfp, near);
	if (!slab)
		goto err_uncharge;
	pages = run_pages(slab, align >> PAGE_SHIFT, gfp, nid);
	if (!pages)
		goto err_free_slab;
	slab->nid = virt ? near : qr_pages_nid(pages);
	slab->home = qr_home(cache->node[slab->nid], slab->level);
	slab->base = (unsigned long)pages;
	slab->pages = pages;
	atomic_long_inc(&cache->slabs);
	return slab;

err_free_slab:
	qr_meta_free(slab, slab_meta_bytes(slab));
err_uncharge:
	uncharge(cache, nr);
	return NULL;
}

/* ---------------------------------------------------------------- death */

/* The slab is on no list, pinned by nobody, and all its objects are FREE. */
static void slab_destroy(struct qr_slab *slab)
{
	struct quarry_cache *cache = slab->cache;
	unsigned int nr = slab->nr_pages;

	if (slab->flags & QR_SLAB_VIRT)
		qr_vrun_put(slab->pages, nr);
	else
		qr_pages_put(slab->pages, nr);
	qr_meta_free(slab, slab_meta_bytes(slab));
	uncharge(cache, nr);
	/* Pairs with the read in qr_cache_finish(): @cache may go now. */
	atomic_long_dec_return(&cache->slabs);
}

static void slab_destroy_rcu(struct rcu_head *head)
{
	slab_destroy(container_of(head, struct qr_slab, rcu));
}

unsigned long qr_slab_release(struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long pages = 0;

	list_for_each_entry_safe(slab, next, doomed, link) {
		list_del_init(&slab->link);
		pages += slab->nr_pages;
		if (slab->cache->flags & QUARRY_TYPESAFE_BY_RCU)
			call_rcu(&slab->rcu, slab_destroy_rcu);
		else
			slab_destroy(slab);
	}
	return pages;
}

/* ---------------------------------------------------------------- lists */

static void node_add(struct qr_node *node, struct qr_slab *slab)
	__must_hold(&node->lock)
{
	list_add_tail(&slab->all, &node->all);
	list_add(&slab->link, &node->empty[slab->level]);
	node->nr_slabs++;
	node->nr_empty++;
	node->nr_objects += slab->objects;
	node->nr_free += slab->objects;
	node->nr_pages += slab->nr_pages;
	node->meta_bytes += qr_meta_size(slab_meta_bytes(slab));
	node->stats.slabs_created++;
	node->stats.slabs_max = max(node->stats.slabs_max, node->nr_slabs);
	node->stats.pages_max = max(node->stats.pages_max, node->nr_pages);
}

/* Off @all, onto @doomed. */
static void node_remove(struct qr_node *node, struct qr_slab *slab,
			struct list_head *doomed)
	__must_hold(&node->lock)
{
	list_del_init(&slab->all);
	list_move_tail(&slab->link, doomed);
	node->nr_slabs--;
	node->nr_objects -= slab->objects;
	node->nr_free -= slab->objects;
	node->nr_pages -= slab->nr_pages;
	node->meta_bytes -= qr_meta_size(slab_meta_bytes(slab));
	node->stats.slabs_destroyed++;
}

/* An empty slab leaves its list for good: now, or at the last unpin. */
static void node_retire(struct qr_node *node, struct qr_slab *slab,
			struct list_head *doomed)
	__must_hold(&node->lock)
{
	node->nr_empty--;
	if (!slab->pins) {
		node_remove(node, slab, doomed);
		return;
	}
	WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_DYING);
	list_del_init(&slab->link);
}

/* Puts a slab on the list its state asks for; @was is its nr_free before. */
static void node_relist(struct qr_node *node, struct qr_slab *slab, u32 was)
	__must_hold(&node->lock)
{
	bool was_partial = was && was < slab->objects;
	bool partial = slab->nr_free && slab->nr_free < slab->objects;

	if (slab->flags & QR_SLAB_FROZEN)
		return;
	node->nr_partial += partial - was_partial;
	node->nr_empty += (slab->nr_free == slab->objects) -
			  (was == slab->objects);
	if (partial && !was_partial)
		list_move(&slab->link, &node->partial[slab->level]);
	else if (slab->nr_free == slab->objects)
		list_move(&slab->link, &node->empty[slab->level]);
	else if (!slab->nr_free)
		list_del_init(&slab->link);
}

/* ----------------------------------------------------------- hand-out */

/* xorshift64: the seed is random, the lock orders the steps. */
static u32 next_random(struct qr_node *node)
	__must_hold(&node->lock)
{
	node->random ^= node->random << 13;
	node->random ^= node->random >> 7;
	node->random ^= node->random << 17;
	return node->random >> 32;
}

/* Takes up to @nr objects of one slab, from a random place on, wrapping. */
static unsigned int slab_take(struct qr_node *node, struct qr_slab *slab,
			      struct qr_entry *entry, unsigned int nr)
	__must_hold(&node->lock)
{
	u32 was = slab->nr_free;
	unsigned int at = next_random(node) % slab->objects;
	unsigned int got;

	nr = min(nr, was);
	for (got = 0; got < nr; got++) {
		at = find_next_bit(slab->free, slab->objects, at);
		if (at >= slab->objects)
			at = find_first_bit(slab->free, slab->objects);
		__clear_bit(at, slab->free);
		entry[got].object = qr_slab_object(slab, at);
		entry[got].tag = qr_tag_at(slab, at);
	}
	WRITE_ONCE(slab->nr_free, was - got);
	node->nr_free -= got;
	node_relist(node, slab, was);
	return got;
}

static void shuffle(struct qr_node *node, struct qr_entry *entry,
		    unsigned int nr)
	__must_hold(&node->lock)
{
	unsigned int i, other;

	for (i = nr; i > 1; i--) {
		other = next_random(node) % i;
		swap(entry[i - 1], entry[other]);
	}
}

static void count_taken(struct qr_node *node, unsigned int nr, bool direct)
	__must_hold(&node->lock)
{
	if (direct)
		node->stats.direct_allocs += nr;
	else if (nr)
		node->stats.refills++;
	node->stats.out_max = max(node->stats.out_max,
				  node->nr_objects - node->nr_free);
}

unsigned int qr_slab_take(struct qr_node *node, unsigned int level,
			  struct qr_entry *entry, unsigned int nr, bool direct)
{
	unsigned int got = 0;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	while (got < nr) {
		struct qr_slab *slab;

		slab = list_first_entry_or_null(&node->partial[level],
						struct qr_slab, link);
		if (!slab)
			slab = list_first_entry_or_null(&node->empty[level],
							struct qr_slab, link);
		if (!slab)
			break;
		got += slab_take(node, slab, entry + got, nr - got);
	}
	shuffle(node, entry, got);
	count_taken(node, got, direct);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

unsigned int qr_slab_attach(struct qr_slab *slab, struct qr_entry *entry,
			    unsigned int nr)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;
	unsigned int got;

	if (!(slab->flags & QR_SLAB_VIRT))
		qr_pages_stamp(slab->pages, slab->nr_pages, slab);
	raw_spin_lock_irqsave(&node->lock, flags);
	node_add(node, slab);
	got = slab_take(node, slab, entry, nr);
	count_taken(node, got, true);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	return got;
}

/* -------------------------------------------------------------- return */

static void slab_give(struct qr_node *node, struct qr_slab *slab,
		      const void *object, struct list_head *doomed)
	__must_hold(&node->lock)
{
	u32 was = slab->nr_free;

	__set_bit(qr_slab_index(slab, (unsigned long)object), slab->free);
	WRITE_ONCE(slab->nr_free, was + 1);
	node->nr_free++;
	node_relist(node, slab, was);
	if (slab->nr_free == slab->objects && !(slab->flags & QR_SLAB_FROZEN) &&
	    (node->nr_empty > slab->cache->reserve ||
	     slab->level != READ_ONCE(slab->cache->level)))
		node_retire(node, slab, doomed);
}

void qr_slab_give(struct qr_node *node, const struct qr_entry *entry,
		  unsigned int nr, bool direct, struct list_head *doomed)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&node->lock, flags);
	for (i = 0; i < nr; i++)
		slab_give(node, qr_page_slab(entry[i].object), entry[i].object,
			  doomed);
	if (direct)
		node->stats.direct_frees += nr;
	else
		node->stats.flushes++;
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_trim(struct qr_node *node, unsigned int keep,
		  struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;
	unsigned int level;

	raw_spin_lock_irqsave(&node->lock, flags);
	for (level = 0; level < QR_NR_LEVELS; level++) {
		list_for_each_entry_safe(slab, next, &node->empty[level],
					 link) {
			if (node->nr_empty <= keep)
				break;
			node_retire(node, slab, doomed);
		}
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_evict(struct qr_node *node, struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	list_for_each_entry_safe(slab, next, &node->all, all)
		node_remove(node, slab, doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

void qr_slab_freeze(struct qr_slab *slab)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;

	raw_spin_lock_irqsave(&node->lock, flags);
	if (!(slab->flags & (QR_SLAB_FROZEN | QR_SLAB_DYING))) {
		node->nr_partial -= slab->nr_free &&
				    slab->nr_free < slab->objects;
		node->nr_empty -= slab->nr_free == slab->objects;
		list_del_init(&slab->link);
		WRITE_ONCE(slab->flags, slab->flags | QR_SLAB_FROZEN);
	}
	raw_spin_unlock_irqrestore(&node->lock, flags);
}

/* ---------------------------------------------------------------- pins */

/* Drops a pin; the last one gives a dying slab back. */
static void unpin_locked(struct qr_node *node, struct qr_slab *slab,
			 struct list_head *doomed)
	__must_hold(&node->lock)
{
	if (!--slab->pins && (slab->flags & QR_SLAB_DYING))
		node_remove(node, slab, doomed);
}

struct qr_slab *qr_slab_next(struct qr_node *node, struct qr_slab *slab)
{
	struct list_head *at = slab ? &slab->all : &node->all;
	struct qr_slab *next = NULL;
	unsigned long flags;
	LIST_HEAD(doomed);

	raw_spin_lock_irqsave(&node->lock, flags);
	for (at = at->next; at != &node->all; at = at->next) {
		next = list_entry(at, struct qr_slab, all);
		if (!(next->flags & QR_SLAB_DYING))
			break;
		next = NULL;
	}
	if (next)
		next->pins++;
	if (slab)
		unpin_locked(node, slab, &doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_slab_release(&doomed);
	return next;
}

void qr_slab_unpin(struct qr_slab *slab)
{
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;
	LIST_HEAD(doomed);

	raw_spin_lock_irqsave(&node->lock, flags);
	unpin_locked(node, slab, &doomed);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	qr_slab_release(&doomed);
}
