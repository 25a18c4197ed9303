// SPDX-License-Identifier: GPL-2.0-only
/*
 * birth.c - how slabs and runs come to be and go: budget, pages, descriptor,
 * colour, constructor, and all of that back.  Takes no locks; what happens in
 * between is in slab.c.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/topology.h>

#include "budget.h"
#include "layout.h"
#include "meta.h"
#include "slab.h"

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

/* Behind the tags. */
static unsigned long *bitmap_of(struct qr_slab *slab, unsigned int objects,
				unsigned int level)
{
	return (void *)slab + qr_layout_meta_bytes(objects, level) -
	       BITS_TO_LONGS(objects) * sizeof(unsigned long);
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
	slab->free = bitmap_of(slab, objects, level);
	slab->cache = cache;
	slab->size = cache->layout.size;
	slab->reciprocal = cache->layout.reciprocal;
	slab->bound = cache->layout.single ? 1 :
		      objects * (u32)(slab->reciprocal * slab->size);
	slab->objects = objects;
	slab->level = level;
	slab->flags = cache->heap ? QR_SLAB_HEAP : 0;
	slab->gate = cache->heap ? &cache->cpu : &qr_closed;
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
	int near = nid == NUMA_NO_NODE ? numa_mem_id() : nid;
	unsigned int nr = qr_layout_grow(&cache->layout,
			READ_ONCE(cache->node[near]->stats.pages_max));

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

/* A run's pages come zeroed where its block shall be. */
static void *run_pages(struct qr_slab *slab, unsigned int align_pages,
		       gfp_t gfp, int nid)
{
	unsigned int nr = slab->nr_pages;
	void *pages;

	gfp &= ~NOT_FOR_PAGES | __GFP_ZERO;
	if (slab->flags & QR_SLAB_VIRT)
		return qr_vrun_get(nr, gfp, nid, slab);
	pages = qr_pages_get(max(nr, align_pages), gfp, nid);
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
	slab->free = bitmap_of(slab, 1, level);
	slab->size = nr_pages * PAGE_SIZE;
	slab->reciprocal = 1;
	slab->bound = 1;
	slab->objects = 1;
	slab->level = level;
	slab->flags = QR_SLAB_HEAP | QR_SLAB_RUN | (virt ? QR_SLAB_VIRT : 0);
	slab->gate = &qr_closed;
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
	if (!virt)
		near = qr_pages_nid(pages);
	slab->home = qr_home(cache->node[near], slab->level);
	slab->base = (unsigned long)pages;
	slab->pages = pages;
	atomic_long_inc(&cache->slabs);
	return slab;

err_free_slab:
	qr_meta_free(slab, qr_slab_meta_bytes(slab));
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
	qr_meta_free(slab, qr_slab_meta_bytes(slab));
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
