// SPDX-License-Identifier: GPL-2.0-only
/*
 * birth.c - how slabs and runs come to be and go: budget, pages, descriptor,
 * colour, constructor, and all of that back.  What happens in between is in
 * slab.c.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/topology.h>

#include "budget.h"
#include "checks.h"
#include "guard.h"
#include "inject.h"
#include "layout.h"
#include "meta.h"
#include "node.h"
#include "sanitizer.h"
#include "slab.h"
#include "suspect.h"

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

static void *pages_get(struct quarry_cache *cache, unsigned int nr, gfp_t gfp,
		       int nid)
{
	if (qr_inject(QR_INJECT_PAGES, cache, (size_t)nr << PAGE_SHIFT, gfp))
		return NULL;
	return qr_pages_get(nr, gfp, nid);
}

/* What a slab is to be like. */
struct shape {
	unsigned int level;
	unsigned int options;
	const struct qr_layout *layout;
};

/* Tags are where the records of options find who an object was of. */
static struct shape shape_of(const struct quarry_cache *cache)
{
	unsigned int options = qr_cache_options(cache);
	unsigned int level = READ_ONCE(cache->level);

	if (options && level == QUARRY_LEVEL_OFF)
		level = QUARRY_LEVEL_SITE;
	return (struct shape) {
		.level = level,
		.options = options,
		.layout = options ? &cache->checked : &cache->layout,
	};
}

/* Descriptor, bitmap, tags, records; its objects are nowhere yet. */
static struct qr_slab *describe(struct quarry_cache *cache,
				const struct shape *shape, unsigned int objects,
				gfp_t gfp, int nid)
{
	size_t checks = shape->options ? qr_checks_bytes(objects) : 0;
	size_t bytes = qr_layout_meta_bytes(objects, shape->level, checks);
	struct qr_slab *slab = NULL;

	if (!qr_inject(QR_INJECT_DESCRIPTOR, cache, bytes, gfp))
		slab = qr_meta_alloc(bytes, gfp, nid);
	if (!slab)
		return NULL;
	slab->cache = cache;
	slab->free = (void *)slab + bytes -
		     BITS_TO_LONGS(objects) * sizeof(unsigned long);
	slab->objects = objects;
	slab->level = shape->level;
	slab->flags = (cache->heap ? QR_SLAB_HEAP : 0) |
		      (shape->options ? QR_SLAB_CHECKED : 0);
	slab->gate = &qr_closed;
	slab->reciprocal = 1;
	slab->bound = 1;
	slab->nr_free = objects;
	bitmap_set(slab->free, 0, objects);
	INIT_LIST_HEAD(&slab->all);
	INIT_LIST_HEAD(&slab->link);
	return slab;
}

/* Where its objects are, from @base on. */
static void place(struct qr_slab *slab, void *pages, unsigned int nr_pages,
		  void *base, u32 size, int nid)
{
	slab->home = qr_slab_home(slab->cache, slab->cache->node[nid],
				  slab->level, slab->flags);
	slab->base = (unsigned long)base;
	slab->size = size;
	slab->pages = pages;
	slab->nr_pages = nr_pages;
}

/* A slab of @shape on @pages; budget is charged. */
static struct qr_slab *describe_slab(struct quarry_cache *cache,
				     const struct shape *shape, void *pages,
				     unsigned int nr_pages, gfp_t gfp)
{
	const struct qr_layout *layout = shape->layout;
	unsigned int objects = qr_layout_objects(layout, nr_pages);
	int nid = qr_pages_nid(pages);
	struct qr_slab *slab = describe(cache, shape, objects, gfp, nid);

	if (!slab)
		return NULL;
	place(slab, pages, nr_pages, pages + layout->lead, layout->size, nid);
	slab->reciprocal = layout->reciprocal;
	if (!layout->single)
		slab->bound = objects * (u32)(slab->reciprocal * slab->size);
	if (cache->heap)
		slab->gate = &cache->cpu;
	return slab;
}

/*
 * Moves object 0 into the tail waste, a step further with every slab, so that
 * the same field of many objects does not always meet the same cache set.
 */
static void colour(struct quarry_cache *cache, struct qr_slab *slab)
{
	unsigned long bytes = (unsigned long)slab->nr_pages << PAGE_SHIFT;
	unsigned long waste = bytes - (slab->base - (unsigned long)slab->pages) -
			      (unsigned long)slab->objects * slab->size;
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

/* Of what lies between two objects the right redzone needs some, or none. */
static void check(struct quarry_cache *cache, struct qr_slab *slab,
		  const struct shape *shape)
{
	u32 left = shape->layout->lead;

	if (!shape->options)
		return;
	if (left && cache->layout.size - cache->object_size < QR_REDZONE)
		left -= QR_REDZONE;
	qr_checks_init(slab, shape->options, cache->object_size, left,
		       slab->size - left);
}

static struct qr_slab *try_create(struct quarry_cache *cache,
				  const struct shape *shape,
				  unsigned int nr_pages, gfp_t gfp, int nid)
{
	struct qr_slab *slab;
	void *pages;

	if (!charge(cache, nr_pages, gfp))
		return NULL;
	pages = pages_get(cache, nr_pages, gfp & ~NOT_FOR_PAGES, nid);
	if (!pages)
		goto err_uncharge;
	slab = describe_slab(cache, shape, pages, nr_pages, gfp);
	if (!slab)
		goto err_put_pages;
	colour(cache, slab);
	check(cache, slab, shape);
	construct(cache, slab);
	qr_sanitizer_begin(slab);
	atomic_long_inc(&cache->slabs);
	return slab;

err_put_pages:
	qr_pages_put(pages, nr_pages);
err_uncharge:
	uncharge(cache, nr_pages);
	return NULL;
}

/* Where memory is fragmented or the budget short, smaller slabs will do. */
struct qr_slab *qr_slab_create(struct quarry_cache *cache, gfp_t gfp, int nid)
{
	struct shape shape = shape_of(cache);
	unsigned int least = qr_layout_least(shape.layout);
	int near = nid == NUMA_NO_NODE ? numa_mem_id() : nid;
	unsigned int nr = qr_layout_grow(shape.layout,
			READ_ONCE(cache->node[near]->stats.pages_max));

	while (nr > least) {
		gfp_t try = (gfp & ~__GFP_NOFAIL) | __GFP_NORETRY | __GFP_NOWARN;
		struct qr_slab *slab;

		slab = try_create(cache, &shape, nr, try, nid);
		if (slab)
			return slab;
		nr = max(nr / 2, least);
	}
	return try_create(cache, &shape, least, gfp, nid);
}

/* A run's pages come zeroed where its block shall be. */
static void *run_pages(struct qr_slab *slab, unsigned int align_pages,
		       gfp_t gfp, int nid)
{
	unsigned int nr = slab->nr_pages;
	void *pages;

	gfp &= ~NOT_FOR_PAGES | __GFP_ZERO;
	if (slab->flags & QR_SLAB_VIRT) {
		if (qr_inject(QR_INJECT_VRUN, slab->cache, slab->size, gfp))
			return NULL;
		return qr_vrun_get(nr, gfp, nid, slab);
	}
	pages = pages_get(slab->cache, max(nr, align_pages), gfp, nid);
	if (pages && align_pages > nr)
		qr_pages_put(pages + (size_t)nr * PAGE_SIZE, align_pages - nr);
	return pages;
}

/* A redzone of the bytes behind those asked for, in its last page. */
static unsigned int run_nr_pages(const struct shape *shape, size_t size)
{
	if (shape->options & QUARRY_RED_ZONE)
		size += QR_REDZONE;
	return DIV_ROUND_UP(size, PAGE_SIZE);
}

struct qr_slab *qr_slab_create_run(struct quarry_cache *cache, size_t size,
				   size_t align, gfp_t gfp, int nid, bool virt)
{
	int near = nid == NUMA_NO_NODE ? numa_mem_id() : nid;
	struct shape shape = shape_of(cache);
	unsigned int nr = run_nr_pages(&shape, size);
	struct qr_slab *slab;
	void *pages;

	if (align > RUN_ALIGN_MAX || !charge(cache, nr, gfp))
		return NULL;
	slab = describe(cache, &shape, 1, gfp, near);
	if (!slab)
		goto err_uncharge;
	slab->flags |= QR_SLAB_RUN | (virt ? QR_SLAB_VIRT : 0);
	/* A virtual run is stamped as soon as it has pages. */
	place(slab, NULL, nr, NULL, nr * PAGE_SIZE, near);
	pages = run_pages(slab, align >> PAGE_SHIFT, gfp, nid);
	if (!pages)
		goto err_free_slab;
	if (!virt)
		near = qr_pages_nid(pages);
	place(slab, pages, nr, pages, nr * PAGE_SIZE, near);
	if (shape.options)
		qr_checks_init(slab, shape.options, slab->size, 0, slab->size);
	atomic_long_inc(&cache->slabs);
	return slab;

err_free_slab:
	qr_meta_free(slab, qr_slab_meta_bytes(slab));
err_uncharge:
	uncharge(cache, nr);
	return NULL;
}

/* Once it is empty it is of no use, so it is STALE from the beginning. */
struct qr_slab *qr_slab_create_guard(struct quarry_cache *cache, void *page,
				     void *object, u32 asked, gfp_t gfp)
{
	struct shape shape = shape_of(cache);
	struct qr_slab *slab;
	u32 left = object - page;

	shape.options |= QUARRY_GUARD;
	shape.level = max_t(unsigned int, shape.level, QUARRY_LEVEL_SITE);
	if (!charge(cache, 1, gfp))
		return NULL;
	slab = describe(cache, &shape, 1, gfp, numa_mem_id());
	if (!slab) {
		uncharge(cache, 1);
		return NULL;
	}
	slab->flags |= QR_SLAB_GUARD | QR_SLAB_VIRT | QR_SLAB_STALE;
	place(slab, page, 1, object, PAGE_SIZE - left, numa_mem_id());
	qr_checks_init(slab, shape.options, asked, left, slab->size);
	atomic_long_inc(&cache->slabs);
	return slab;
}

/* ---------------------------------------------------------------- death */

/*
 * Who frees an object looks its slab up, takes the object and passes it on with
 * preemption off, and so does who allocates one.  Of two who free the same one
 * at once, the second may be about to do so still when the first is through and
 * the slab is on its way out.  Hence:
 *
 * A slab whose objects go through magazines waits for a grace period.  If the
 * second was that late, somebody has an object now, and the slab stays.  If
 * not, nobody will: it loses its stamps, and goes when those have gone who
 * found it before that.
 *
 * Of runs and guarded objects, which are claimed, nobody can have anything:
 * their pages go at once, and the descriptor when nobody can be reading it.
 */

static void descriptor_free(struct rcu_head *head)
{
	struct qr_slab *slab = container_of(head, struct qr_slab, rcu);

	qr_meta_free(slab, qr_slab_meta_bytes(slab));
}

/* Pairs with the acquire in qr_cache_finish(): afterwards @cache may go. */
static void count_gone(struct quarry_cache *cache)
{
	atomic_long_dec_return(&cache->slabs);
}

static void slab_free(struct rcu_head *head)
{
	struct qr_slab *slab = container_of(head, struct qr_slab, rcu);
	struct quarry_cache *cache = slab->cache;

	qr_pages_put(slab->pages, slab->nr_pages);
	descriptor_free(head);
	count_gone(cache);
}

/* The first object from @index on that somebody has, or their number. */
static u32 find_owned(const struct qr_slab *slab, u32 index)
{
	while (index < slab->objects &&
	       !qr_tag_raw(qr_tag_at(slab, index), slab->level))
		index++;
	return index;
}

/* Back among the others; what is owned is not FREE. */
static void keep(struct qr_node *node, struct qr_slab *slab)
	__must_hold(&node->lock)
{
	struct qr_budget *budget = slab->cache->budget;
	u32 index;

	/* Before anybody can give it up again. */
	if (budget)
		qr_budget_force(budget,
				(unsigned long)slab->nr_pages << PAGE_SHIFT);
	slab->pins = 0;
	WRITE_ONCE(slab->flags, slab->flags & ~QR_SLAB_DYING);
	qr_node_add(node, slab);
	for (index = find_owned(slab, 0); index < slab->objects;
	     index = find_owned(slab, index + 1)) {
		__clear_bit(index, slab->free);
		slab->nr_free--;
		node->nr_free--;
		node->stats.direct_frees--;
		qr_suspect_note(qr_slab_object(slab, index), slab,
				QR_EVENT_DOUBLE_FREE);
	}
	qr_node_relist(node, slab, slab->objects);
}

/* The lock keeps out who empties a magazine: what it holds is owned till then. */
static void slab_end(struct rcu_head *head)
{
	struct qr_slab *slab = container_of(head, struct qr_slab, rcu);
	struct qr_node *node = qr_home_node(slab->home);
	unsigned long flags;
	bool owned;

	raw_spin_lock_irqsave(&node->lock, flags);
	owned = !(slab->flags & QR_SLAB_FROZEN) &&
		find_owned(slab, 0) < slab->objects;
	if (unlikely(owned))
		keep(node, slab);
	raw_spin_unlock_irqrestore(&node->lock, flags);
	if (unlikely(owned)) {
		qr_suspect_wake();
		return;
	}
	qr_pages_unstamp(slab->pages, slab->nr_pages);
	call_rcu(&slab->rcu, slab_free);
}

static void run_free(struct qr_slab *slab)
{
	struct quarry_cache *cache = slab->cache;

	if (slab->flags & QR_SLAB_GUARD)
		qr_guard_put(slab);
	else if (slab->flags & QR_SLAB_VIRT)
		qr_vrun_put(slab->pages, slab->nr_pages);
	else
		qr_pages_put(slab->pages, slab->nr_pages);
	call_rcu(&slab->rcu, descriptor_free);
	count_gone(cache);
}

unsigned long qr_slab_release(struct list_head *doomed)
{
	struct qr_slab *slab, *next;
	unsigned long pages = 0;

	list_for_each_entry_safe(slab, next, doomed, link) {
		list_del_init(&slab->link);
		pages += slab->nr_pages;
		uncharge(slab->cache, slab->nr_pages);
		if (slab->flags & (QR_SLAB_RUN | QR_SLAB_GUARD)) {
			run_free(slab);
			continue;
		}
		qr_pages_mend(slab->pages, slab->nr_pages);
		call_rcu(&slab->rcu, slab_end);
	}
	return pages;
}

void qr_slab_barrier(void)
{
	/* slab_end(), then slab_free(). */
	rcu_barrier();
	rcu_barrier();
}
