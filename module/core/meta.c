// SPDX-License-Identifier: GPL-2.0-only
/*
 * meta.c - memory for descriptors, tags and magazines.  Pages of its own, in
 * pools by size; each run of pages begins with a header and is cut into equal
 * pieces.  Larger than the largest pool: whole pages.  The pool lock is a
 * leaf; pages are taken and given back without it.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "inject.h"
#include "meta.h"

/*
 * Sizes of pieces, bytes.  In steps of a cache line up to what 128 objects with
 * tags of 8 bytes need, as most slabs do; then for smaller objects, and for the
 * smallest, of which a page has 512.
 */
static const u16 pool_size[] = {
	64, 128, 192, 256, 320, 384, 448, 512, 576, 640, 704, 768, 832, 896,
	960, 1024, 1088, 1152, 1536, 2048, 2304, 4288,
};

#define NR_POOLS	ARRAY_SIZE(pool_size)
#define FINE_MAX	1152U
#define POOLED_MAX	4288U

/* At the start of each run. */
struct meta_run {
	/* On pool->partial while a piece is free. */
	struct list_head link;
	/* 1 = free. */
	u64 free;
	u32 nr_pieces;
	u32 nr_free;
};

/* Bytes before the first piece, so that pieces begin on cache lines. */
#define RUN_HEADER	64U
static_assert(sizeof(struct meta_run) <= RUN_HEADER);

static struct meta_pool {
	/* Leaf.  Protects the list, and all runs of this pool. */
	raw_spinlock_t lock;
	struct list_head partial;
} pools[NR_POOLS];

static atomic_long_t held_pages;
static atomic_long_t used_bytes;

static unsigned int pool_index(size_t size)
{
	unsigned int index;

	if (size <= FINE_MAX)
		return (size - 1) / 64;
	for (index = FINE_MAX / 64; pool_size[index] < size; index++)
		;
	return index;
}

/* Powers of two, so that a piece finds its run; little is left at the end. */
static unsigned int pool_pages(unsigned int index)
{
	if (pool_size[index] <= 512)
		return 1;
	if (pool_size[index] <= FINE_MAX)
		return 2;
	return pool_size[index] <= 2304 ? 4 : 8;
}

static unsigned int whole_pages(size_t size)
{
	return DIV_ROUND_UP(size, PAGE_SIZE);
}

/* Metadata lies where any kernel code can reach it, and is nobody's charge. */
static gfp_t meta_gfp(gfp_t gfp)
{
	return (gfp & (GFP_KERNEL | GFP_ATOMIC | __GFP_NOFAIL |
		       __GFP_MEMALLOC | __GFP_NOMEMALLOC)) | __GFP_NOWARN;
}

static void *meta_pages_get(unsigned int nr, gfp_t gfp, int nid)
{
	void *pages = qr_pages_get(nr, meta_gfp(gfp), nid);

	if (!pages)
		return NULL;
	qr_pages_stamp_meta(pages, nr);
	atomic_long_add(nr, &held_pages);
	return pages;
}

static void meta_pages_put(void *pages, unsigned int nr)
{
	atomic_long_sub(nr, &held_pages);
	qr_pages_put(pages, nr);
}

static struct meta_run *run_create(unsigned int index, gfp_t gfp, int nid)
{
	unsigned int nr = pool_pages(index);
	struct meta_run *run = meta_pages_get(nr, gfp, nid);

	if (!run)
		return NULL;
	run->nr_pieces = (nr * PAGE_SIZE - RUN_HEADER) / pool_size[index];
	run->nr_free = run->nr_pieces;
	run->free = GENMASK_ULL(run->nr_pieces - 1, 0);
	return run;
}

static struct meta_run *run_of(void *meta, unsigned int index)
{
	unsigned long bytes = pool_pages(index) * PAGE_SIZE;

	return (void *)((unsigned long)meta & ~(bytes - 1));
}

static void *piece_take(struct meta_run *run, unsigned int index)
{
	unsigned int piece = __ffs64(run->free);

	run->free &= run->free - 1;
	if (!--run->nr_free)
		list_del_init(&run->link);
	return (void *)run + RUN_HEADER + (size_t)piece * pool_size[index];
}

/* A piece of the first partial run, or of @fresh, which joins the list. */
static void *pool_take(unsigned int index, struct meta_run *fresh)
{
	struct meta_pool *pool = &pools[index];
	struct meta_run *run;
	unsigned long flags;
	void *meta = NULL;

	raw_spin_lock_irqsave(&pool->lock, flags);
	if (fresh)
		list_add(&fresh->link, &pool->partial);
	run = list_first_entry_or_null(&pool->partial, struct meta_run, link);
	if (run)
		meta = piece_take(run, index);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return meta;
}

void *qr_meta_alloc(size_t size, gfp_t gfp, int nid)
{
	unsigned int index;
	struct meta_run *run;
	void *meta;

	if (qr_inject(QR_INJECT_META, NULL, size, gfp))
		return NULL;
	if (size > POOLED_MAX) {
		meta = meta_pages_get(whole_pages(size), gfp, nid);
	} else {
		index = pool_index(size);
		meta = pool_take(index, NULL);
		if (!meta) {
			run = run_create(index, gfp, nid);
			if (!run)
				return NULL;
			meta = pool_take(index, run);
		}
	}
	if (meta) {
		memset(meta, 0, qr_meta_size(size));
		atomic_long_add(qr_meta_size(size), &used_bytes);
	}
	return meta;
}

void qr_meta_free(void *meta, size_t size)
{
	struct meta_run *run, *spare = NULL;
	struct meta_pool *pool;
	unsigned long flags;
	unsigned int index;

	atomic_long_sub(qr_meta_size(size), &used_bytes);
	if (size > POOLED_MAX) {
		meta_pages_put(meta, whole_pages(size));
		return;
	}
	index = pool_index(size);
	pool = &pools[index];
	run = run_of(meta, index);

	raw_spin_lock_irqsave(&pool->lock, flags);
	run->free |= BIT_ULL((meta - (void *)run - RUN_HEADER) /
			     pool_size[index]);
	if (!run->nr_free++)
		list_add(&run->link, &pool->partial);
	if (run->nr_free == run->nr_pieces && !list_is_singular(&pool->partial)) {
		list_del(&run->link);
		spare = run;
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (spare)
		meta_pages_put(spare, pool_pages(index));
}

unsigned long qr_meta_held(void)
{
	return (unsigned long)atomic_long_read(&held_pages) << PAGE_SHIFT;
}

size_t qr_meta_size(size_t size)
{
	if (size > POOLED_MAX)
		return (size_t)whole_pages(size) << PAGE_SHIFT;
	return pool_size[pool_index(size)];
}

static const char *run_damage(const struct meta_run *run, unsigned int index)
{
	unsigned int pieces = (pool_pages(index) * PAGE_SIZE - RUN_HEADER) /
			      pool_size[index];

	if (run->nr_pieces != pieces)
		return "pieces of a run of metadata";
	if (run->free & ~GENMASK_ULL(pieces - 1, 0))
		return "bits beyond the pieces of a run of metadata";
	if (run->nr_free != hweight64(run->free))
		return "nr_free of a run of metadata";
	return run->nr_free ? NULL : "full run on a list of metadata";
}

static const char *pool_damage_locked(struct meta_pool *pool,
				      unsigned long *address)
	__must_hold(&pool->lock)
{
	const struct list_head *at = &pool->partial, *next;
	const char *damage = NULL;

	for (; !damage && (next = at->next) != &pool->partial; at = next) {
		*address = (unsigned long)next;
		if (next->prev != at)
			return "links of a list of metadata";
		damage = run_damage(list_entry(next, struct meta_run, link),
				    pool - pools);
	}
	return damage;
}

const char *qr_meta_damage(unsigned long *at)
{
	const char *damage = NULL;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < NR_POOLS && !damage; i++) {
		raw_spin_lock_irqsave(&pools[i].lock, flags);
		damage = pool_damage_locked(&pools[i], at);
		raw_spin_unlock_irqrestore(&pools[i].lock, flags);
	}
	return damage;
}

void qr_meta_init(void)
{
	unsigned int i;

	for (i = 0; i < NR_POOLS; i++) {
		raw_spin_lock_init(&pools[i].lock);
		INIT_LIST_HEAD(&pools[i].partial);
	}
}

/* Nobody else is here any more: no lock. */
unsigned long qr_meta_exit(void)
{
	struct meta_run *run, *next;
	unsigned int i;

	for (i = 0; i < NR_POOLS; i++) {
		list_for_each_entry_safe(run, next, &pools[i].partial, link) {
			if (run->nr_free != run->nr_pieces)
				continue;
			list_del(&run->link);
			meta_pages_put(run, pool_pages(i));
		}
	}
	return atomic_long_read(&used_bytes);
}
