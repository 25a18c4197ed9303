// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap.c - the life of a heap: creation, classes on first use, budget, level,
 * destruction.  A heap owns one cache a size class and one of page runs.
 * Handing blocks out and taking them back is in block.c.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "budget.h"
#include "cache.h"
#include "finding.h"
#include "heap.h"
#include "layout.h"
#include "limit.h"
#include "options.h"
#include "live.h"
#include "meta.h"
#include "slab.h"
#include "walk.h"

struct quarry_heap *qr_default_heap;
struct quarry_cache qr_no_class;

/* Rank 1: who closes and finishes heaps. */
static DEFINE_MUTEX(heap_lock);

/* A refusal drains other CPUs, and prints its top sites, this seldom. */
#define RELIEF_INTERVAL		(HZ / 4)
#define PRINT_INTERVAL		(5UL * HZ)
#define TOP_SITES		5

/* ---------------------------------------------------------------- caches */

/* Every cache that @heap has by now: classes, then runs. */
static struct quarry_cache *heap_cache(struct quarry_heap *heap,
				       unsigned int index)
{
	if (index == QR_NR_CLASSES)
		return heap->runs;
	return qr_heap_class_at(heap, index);
}

#define NR_CACHES	(QR_NR_CLASSES + 1)

/* Fills @caches with them, returns how many. */
static unsigned int heap_caches(struct quarry_heap *heap,
				struct quarry_cache **caches)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NR_CACHES; i++) {
		caches[nr] = heap_cache(heap, i);
		nr += !!caches[nr];
	}
	return nr;
}

static struct quarry_cache *create_part(struct quarry_heap *heap, size_t size,
					unsigned long flags, gfp_t gfp)
{
	size_t align = min_t(size_t, size & -size, PAGE_SIZE);
	struct quarry_cache *cache;
	char name[QUARRY_NAME_MAX + 8];

	if (flags & QR_CACHE_RUNS)
		snprintf(name, sizeof(name), "%s-runs", heap->name);
	else
		snprintf(name, sizeof(name), "%s-%zu", heap->name, size);
	flags |= qr_options_for(name, READ_ONCE(heap->options));
	cache = qr_cache_create(name, size, align, flags, NULL, heap,
				READ_ONCE(heap->level), gfp);
	if (!IS_ERR(cache))
		cache->budget = &heap->budget;
	return cache;
}

struct quarry_cache *qr_heap_class(struct quarry_heap *heap,
				   unsigned int index, gfp_t gfp)
{
	struct quarry_cache *cache, *other;

	cache = create_part(heap, qr_class_size(index),
			    QR_CACHE_CLASS | QR_CACHE_NATURAL,
			    (gfp & (GFP_KERNEL | GFP_ATOMIC)) | __GFP_NOWARN);
	if (IS_ERR(cache))
		return NULL;
	other = cmpxchg(&heap->class[index], &qr_no_class, cache);
	if (other != &qr_no_class) {
		qr_cache_discard(cache);
		return other;
	}
	qr_walk_add_cache(cache);
	return cache;
}

/* --------------------------------------------------------------- budget */

static struct quarry_heap *budget_heap(struct qr_budget *budget)
{
	return container_of(budget, struct quarry_heap, budget);
}

static unsigned long heap_drain(struct quarry_heap *heap, bool cpus)
{
	struct quarry_cache *caches[NR_CACHES];
	unsigned int i, nr = heap_caches(heap, caches);
	unsigned long pages = 0;

	for (i = 0; !cpus && i < nr; i++)
		pages += qr_cache_drain(caches[i]);
	if (!cpus)
		return pages;
	pages = qr_caches_drain(caches, nr);
	qr_slab_barrier();
	return pages;
}

/*
 * Only the depots, unless the caller may sleep and it was not done just now:
 * the magazines of CPUs cost a grace period.
 */
static bool heap_relieve(struct qr_budget *budget, gfp_t gfp)
{
	struct quarry_heap *heap = budget_heap(budget);
	unsigned long next = READ_ONCE(heap->next_relief);
	bool cpus = gfpflags_allow_blocking(gfp) &&
		    time_after_eq(jiffies, next) &&
		    cmpxchg(&heap->next_relief, next,
			    jiffies + RELIEF_INTERVAL) == next;

	return heap_drain(heap, cpus);
}

/* What was given up may be in magazines, or in slabs not empty yet. */
static bool heap_reclaim(struct qr_budget *budget, unsigned long bytes,
			 gfp_t gfp)
{
	struct quarry_heap *heap = budget_heap(budget);

	if (!gfpflags_allow_blocking(gfp) || (gfp & __GFP_NORETRY) ||
	    !qr_reclaim_ask(&heap->reclaim, bytes))
		return false;
	heap_drain(heap, true);
	return true;
}

static bool heap_refused(struct qr_budget *budget, unsigned long bytes,
			 gfp_t gfp, u64 tag)
{
	struct quarry_heap *heap = budget_heap(budget);
	struct qr_event event = {
		.kind = QR_EVENT_BUDGET,
		.site = qr_tag_site(tag),
		.bytes = bytes,
		.quiet = gfp & __GFP_NOWARN,
	};
	unsigned long next = READ_ONCE(heap->next_print);

	if (!qr_budget_exceeded(budget, PAGE_ALIGN(bytes)))
		return false;
	atomic_long_inc(&budget->refusals);
	strscpy(event.owner, heap->name, sizeof(event.owner));
	qr_event_add(&event);
	if (!event.quiet && gfpflags_allow_blocking(gfp) &&
	    time_after_eq(jiffies, next) &&
	    cmpxchg(&heap->next_print, next, jiffies + PRINT_INTERVAL) == next)
		qr_live_log_top(heap, TOP_SITES);
	return true;
}

/**
 * quarry_heap_shrink() - give back all memory that holds no live block
 * @heap: the heap, borrowed; %NULL is the default heap
 *
 * Context: Process, may sleep.
 * Return: pages given back.
 */
unsigned long quarry_heap_shrink(struct quarry_heap *heap)
{
	heap = heap ?: qr_default_heap;
	if (qr_heap_is_gone(heap, _RET_IP_))
		return 0;
	return heap_drain(heap, true);
}
EXPORT_SYMBOL_GPL(quarry_heap_shrink);

/* ----------------------------------------------------- level and names */

/**
 * quarry_heap_set_level() - how much to remember of blocks from now on
 * @heap: the heap, borrowed; %NULL is the default heap
 * @level: as for quarry_cache_set_level()
 *
 * Context: Process, may sleep.
 * Return: 0, or %-EINVAL when there is no such level, or no such heap any more.
 */
int quarry_heap_set_level(struct quarry_heap *heap, enum quarry_level level)
{
	struct quarry_cache *caches[NR_CACHES];

	heap = heap ?: qr_default_heap;
	if (qr_heap_is_gone(heap, _RET_IP_))
		return -EINVAL;
	if (level == QUARRY_LEVEL_DEFAULT)
		level = qr_params.level;
	if ((unsigned int)level >= QR_NR_LEVELS) {
		pr_err("heap %s: there is no level %d\n", heap->name, level);
		return -EINVAL;
	}
	WRITE_ONCE(heap->level, level);
	qr_caches_set(caches, heap_caches(heap, caches), level, QR_KEEP);
	return 0;
}
EXPORT_SYMBOL_GPL(quarry_heap_set_level);

/**
 * quarry_heap_set_debug() - debug options of blocks from now on
 * @heap: the heap, borrowed; %NULL is the default heap
 * @options: as for quarry_cache_set_debug()
 *
 * Context: Process, may sleep.
 * Return: as quarry_cache_set_debug().
 */
int quarry_heap_set_debug(struct quarry_heap *heap, unsigned long options)
{
	struct quarry_cache *caches[NR_CACHES];
	int err;

	heap = heap ?: qr_default_heap;
	err = qr_options_check("heap", heap->name, options);
	if (err)
		return err;
	WRITE_ONCE(heap->options, options);
	qr_caches_set(caches, heap_caches(heap, caches), QR_KEEP, options);
	return 0;
}
EXPORT_SYMBOL_GPL(quarry_heap_set_debug);

/**
 * quarry_heap_name() - name of a heap
 * @heap: the heap, borrowed; %NULL is the default heap
 *
 * Context: Any.
 * Return: the name, valid as long as the heap.
 */
const char *quarry_heap_name(const struct quarry_heap *heap)
{
	heap = heap ?: qr_default_heap;
	return heap->name;
}
EXPORT_SYMBOL_GPL(quarry_heap_name);

/* ------------------------------------------------- creation, destruction */

static void heap_free(struct quarry_heap *heap)
{
	qr_meta_free(heap, sizeof(*heap));
}

static struct quarry_heap *heap_create(const char *name, size_t limit_bytes)
{
	unsigned int options = qr_options_for(name, qr_options_for_all());
	int err = qr_options_check("heap", name, options);
	struct quarry_heap *heap;
	struct quarry_cache *runs;
	unsigned int i;

	if (err)
		return ERR_PTR(err);
	heap = qr_meta_alloc(sizeof(*heap), GFP_KERNEL, NUMA_NO_NODE);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	strscpy(heap->name, name, sizeof(heap->name));
	for (i = 0; i < QR_NR_CLASSES; i++)
		heap->class[i] = &qr_no_class;
	heap->level = qr_params.level;
	heap->options = options;
	heap->budget.limit = limit_bytes;
	heap->budget.relieve = heap_relieve;
	heap->budget.reclaim = heap_reclaim;
	qr_reclaim_init(&heap->reclaim);
	heap->budget.refused = heap_refused;
	heap->next_print = jiffies;
	heap->next_relief = jiffies;
	INIT_LIST_HEAD(&heap->listed.link);
	runs = create_part(heap, QUARRY_CLASS_MAX + 1, QR_CACHE_RUNS,
			   GFP_KERNEL);
	if (IS_ERR(runs)) {
		heap_free(heap);
		return ERR_CAST(runs);
	}
	heap->runs = runs;
	return heap;
}

/**
 * quarry_heap_create() - make a heap of its own, with a byte budget
 * @name: as for quarry_cache_create()
 * @limit_bytes: bytes of pages it may hold, 0 for no limit
 *
 * Context: Process, may sleep.
 * Return: the heap, owned by the caller, or
 *
 * * ERR_PTR(%-EINVAL) - bad name (see the log)
 * * ERR_PTR(%-EEXIST) - the name is in use
 * * ERR_PTR(%-ENOMEM) - no memory
 */
struct quarry_heap *quarry_heap_create(const char *name, size_t limit_bytes)
{
	struct quarry_heap *heap;
	int err;

	err = qr_name_check("heap", name);
	if (err)
		return ERR_PTR(err);
	heap = heap_create(name, limit_bytes);
	if (IS_ERR(heap))
		return heap;
	err = qr_walk_add_heap(heap);
	if (err) {
		pr_err("heap %s: the name is in use\n", name);
		qr_cache_discard(heap->runs);
		heap_free(heap);
		return ERR_PTR(err);
	}
	qr_walk_add_cache(heap->runs);
	qr_platform_add_heap(heap);
	return heap;
}
EXPORT_SYMBOL_GPL(quarry_heap_create);

/* Closes all caches; returns the blocks still live. */
static unsigned long heap_close(struct quarry_heap *heap)
{
	struct quarry_cache *caches[NR_CACHES];

	lockdep_assert_held(&heap_lock);
	WRITE_ONCE(heap->dead, true);
	return qr_caches_close(caches, heap_caches(heap, caches));
}

/* A closed heap without live blocks goes. */
static void heap_finish(struct quarry_heap *heap)
{
	struct quarry_cache *caches[NR_CACHES];
	unsigned int nr = heap_caches(heap, caches);

	qr_walk_del_heap(heap);
	while (nr--)
		qr_cache_finish(caches[nr]);
	heap_free(heap);
}

static unsigned long heap_live(struct quarry_heap *heap)
{
	struct quarry_cache *caches[NR_CACHES];
	unsigned int nr = heap_caches(heap, caches);
	struct qr_cache_count count;
	unsigned long live = 0;

	while (nr--) {
		qr_cache_count(caches[nr], &count);
		live += count.live;
	}
	return live;
}

/* A closed heap without live blocks, pinned, or NULL. */
static struct quarry_heap *find_finished(void)
{
	struct quarry_heap *heap = NULL;

	while ((heap = qr_walk_next_heap(heap)))
		if (READ_ONCE(heap->dead) && !heap_live(heap))
			break;
	return heap;
}

/* Nothing more is to be taken of slabs that were set aside. */
static void drain_all(void)
{
	struct quarry_cache *cache = NULL;

	while ((cache = qr_walk_next_cache(cache)))
		qr_caches_drain(&cache, 1);
}

void qr_reap(void)
{
	struct quarry_heap *heap;

	qr_on_error_drain(drain_all);
	qr_finding_suspect();
	qr_cache_reap();
	mutex_lock(&heap_lock);
	while ((heap = find_finished())) {
		qr_walk_unpin_heap(heap);
		heap_finish(heap);
		qr_platform_drop();
	}
	mutex_unlock(&heap_lock);
}

/**
 * quarry_heap_destroy() - end a heap
 * @heap: the heap, consumed; %NULL is accepted and does nothing
 *
 * While blocks are live: as quarry_cache_destroy().
 *
 * Context: Process, may sleep.
 * Return: 0, %-EBUSY when blocks are live, or %-EINVAL when it was destroyed
 * before, which is reported.
 */
int quarry_heap_destroy(struct quarry_heap *heap)
{
	unsigned long live;

	if (!heap)
		return 0;
	if (qr_heap_is_gone(heap, _RET_IP_))
		return -EINVAL;
	/* The name is free from here on. */
	qr_platform_del_heap(heap);
	qr_walk_hide_heap(heap);
	mutex_lock(&heap_lock);
	live = heap_close(heap);
	if (live) {
		qr_live_at_destroy(NULL, heap, _RET_IP_);
		qr_platform_hold();
	} else {
		heap_finish(heap);
	}
	mutex_unlock(&heap_lock);
	/* Whoever freed the last block meanwhile found nobody to finish. */
	if (live)
		qr_platform_reap();
	return live ? -EBUSY : 0;
}
EXPORT_SYMBOL_GPL(quarry_heap_destroy);

int qr_heap_init(void)
{
	struct quarry_heap *heap;

	qr_no_class.cpu = qr_closed;
	heap = quarry_heap_create("default", qr_params.heap_limit_bytes);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	qr_default_heap = heap;
	return 0;
}

/* Whoever comes after us must not take the pages that stay for its own. */
static void heap_abandon(struct quarry_heap *heap)
{
	struct quarry_cache *caches[NR_CACHES];
	unsigned int nr = heap_caches(heap, caches);

	while (nr--) {
		struct qr_slab *slab = NULL;
		int nid;

		for_each_node(nid)
			while ((slab = qr_slab_next(caches[nr]->node[nid],
						    slab)))
				if (!(qr_slab_flags(slab) & QR_SLAB_GUARD))
					qr_pages_unstamp(slab->pages,
							 slab->nr_pages);
	}
}

unsigned long qr_heap_exit(void)
{
	unsigned long live;

	qr_platform_del_heap(qr_default_heap);
	mutex_lock(&heap_lock);
	live = heap_close(qr_default_heap);
	if (live) {
		qr_live_at_destroy(NULL, qr_default_heap, 0);
		heap_abandon(qr_default_heap);
	} else {
		heap_finish(qr_default_heap);
	}
	mutex_unlock(&heap_lock);
	if (!live)
		qr_default_heap = NULL;
	qr_slab_barrier();
	return live;
}
