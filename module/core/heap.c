// SPDX-License-Identifier: GPL-2.0-only
/*
 * heap.c - the life of a heap: creation, classes on first use, level,
 * destruction.  A heap owns one cache a size class and one of page runs.
 * Handing blocks out is in block.c, taking them back in block_free.c, what is done
 * when its budget is short in relief.c.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "abandon.h"
#include "cache.h"
#include "finding.h"
#include "heap.h"
#include "layout.h"
#include "live.h"
#include "meta.h"
#include "options.h"
#include "setting.h"
#include "slab.h"
#include "walk.h"

struct quarry_heap *qr_default_heap;
struct quarry_cache qr_no_class;

/* Rank 1: who closes and finishes heaps. */
static DEFINE_MUTEX(heap_lock);

/* ---------------------------------------------------------------- caches */

/* Every cache that @heap has by now: classes, then runs. */
static struct quarry_cache *heap_cache(struct quarry_heap *heap,
				       unsigned int index)
{
	if (index == QR_NR_CLASSES)
		return heap->runs;
	return qr_heap_class_at(heap, index);
}

unsigned int qr_heap_caches(struct quarry_heap *heap,
			    struct quarry_cache **caches)
{
	unsigned int i, nr = 0;

	for (i = 0; i < QR_HEAP_CACHES_MAX; i++) {
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
	return qr_heap_drain(heap, true);
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
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];

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
	qr_caches_set(caches, qr_heap_caches(heap, caches), level, QR_KEEP);
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
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];
	int err;

	heap = heap ?: qr_default_heap;
	err = qr_options_check("heap", heap->name, options);
	if (err)
		return err;
	WRITE_ONCE(heap->options, options);
	qr_caches_set(caches, qr_heap_caches(heap, caches), QR_KEEP, options);
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

/* Guard pages are made where one may sleep; elsewhere there are none. */
static int heap_check(struct quarry_heap *heap, gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp))
		heap->options &= ~QUARRY_GUARD;
	return qr_options_check("heap", heap->name, heap->options);
}

/* With what is set for its name; nobody knows it yet. */
static struct quarry_heap *heap_create(const char *name, size_t limit_bytes,
				       gfp_t gfp)
{
	struct quarry_heap *heap;
	struct quarry_cache *runs;
	unsigned int i;
	int err;

	heap = qr_meta_alloc(sizeof(*heap), gfp, NUMA_NO_NODE);
	if (!heap)
		return ERR_PTR(-ENOMEM);
	strscpy(heap->name, name, sizeof(heap->name));
	for (i = 0; i < QR_NR_CLASSES; i++)
		heap->class[i] = &qr_no_class;
	heap->level = qr_params.level;
	heap->options = qr_options_for(name, qr_options_for_all());
	qr_heap_relief_init(heap, limit_bytes);
	INIT_LIST_HEAD(&heap->listed.link);
	qr_settings_apply(heap);
	err = heap_check(heap, gfp);
	if (err) {
		heap_free(heap);
		return ERR_PTR(err);
	}
	runs = create_part(heap, QUARRY_CLASS_MAX + 1, QR_CACHE_RUNS, gfp);
	if (IS_ERR(runs)) {
		heap_free(heap);
		return ERR_CAST(runs);
	}
	heap->runs = runs;
	return heap;
}

struct quarry_heap *qr_heap_create(const char *name, size_t limit_bytes,
				   bool permanent, gfp_t gfp)
{
	struct quarry_heap *heap = heap_create(name, limit_bytes, gfp);
	int err;

	if (IS_ERR(heap))
		return heap;
	heap->permanent = permanent;
	err = qr_walk_add_heap(heap);
	if (err) {
		qr_cache_discard(heap->runs);
		heap_free(heap);
		return ERR_PTR(err);
	}
	qr_walk_add_cache(heap->runs);
	return heap;
}

/**
 * quarry_heap_create() - make a heap of its own, with a byte budget
 * @name: as for quarry_cache_create()
 * @limit_bytes: bytes of pages it may hold, 0 for no limit
 *
 * Parameters of quarry may set limit, level and debug options by name.
 *
 * Context: Process, may sleep.
 * Return: the heap, owned by the caller, or
 *
 * * ERR_PTR(%-EINVAL) - bad name (see the log)
 * * ERR_PTR(%-EEXIST) - the name is in use
 * * ERR_PTR(%-ENOMEM) - no memory
 * * ERR_PTR(%-EOPNOTSUPP) - %QUARRY_GUARD, where there are no guard pages
 */
struct quarry_heap *quarry_heap_create(const char *name, size_t limit_bytes)
{
	struct quarry_heap *heap;
	int err;

	err = qr_name_check("heap", name);
	if (err)
		return ERR_PTR(err);
	heap = qr_heap_create(name, limit_bytes, false, GFP_KERNEL);
	if (heap == ERR_PTR(-EEXIST))
		pr_err("heap %s: the name is in use\n", name);
	if (!IS_ERR(heap))
		qr_platform_add_heap(heap);
	return heap;
}
EXPORT_SYMBOL_GPL(quarry_heap_create);

/* Closes all caches; returns the blocks still live. */
static unsigned long heap_close(struct quarry_heap *heap)
{
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];

	lockdep_assert_held(&heap_lock);
	WRITE_ONCE(heap->dead, true);
	return qr_caches_close(caches, qr_heap_caches(heap, caches));
}

/* A closed heap without live blocks goes. */
static void heap_finish(struct quarry_heap *heap)
{
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];
	unsigned int nr = qr_heap_caches(heap, caches);

	qr_walk_del_heap(heap);
	while (nr--)
		qr_cache_finish(caches[nr]);
	heap_free(heap);
}

static unsigned long heap_live(struct quarry_heap *heap)
{
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];
	unsigned int nr = qr_heap_caches(heap, caches);
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
	if (qr_heap_is_gone(heap, _RET_IP_) || heap->permanent)
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
	heap = qr_heap_create("default", qr_params.heap_limit_bytes, true,
			      GFP_KERNEL);
	if (IS_ERR(heap))
		return PTR_ERR(heap);
	qr_platform_add_heap(heap);
	qr_default_heap = heap;
	return 0;
}

/* Tells of those that live, if any; then they are for nobody to free. */
static void end_permanent(struct quarry_heap *heap)
{
	qr_platform_del_heap(heap);
	mutex_lock(&heap_lock);
	if (heap_close(heap))
		qr_live_at_destroy(NULL, heap, 0);
	else
		heap_finish(heap);
	mutex_unlock(&heap_lock);
}

static void end_forgotten(struct quarry_heap *heap)
{
	pr_err("heap %s was never destroyed\n", heap->name);
	if (quarry_heap_destroy(heap))
		qr_platform_drop();
}

/* One that is not closed, pinned, or NULL. */
static struct quarry_heap *find_open(void)
{
	struct quarry_heap *heap = NULL;

	while ((heap = qr_walk_next_heap(heap)))
		if (!READ_ONCE(heap->dead))
			break;
	return heap;
}

/* Those that are closed and not finished.  Returns their blocks. */
static unsigned long abandon_heaps(void)
{
	struct quarry_cache *caches[QR_HEAP_CACHES_MAX];
	struct quarry_heap *heap = NULL;
	unsigned long live = 0;
	unsigned int nr;

	while ((heap = qr_walk_next_heap(heap))) {
		live += heap_live(heap);
		nr = qr_heap_caches(heap, caches);
		while (nr--)
			qr_cache_abandon(caches[nr]);
	}
	return live;
}

unsigned long qr_heap_exit(void)
{
	struct quarry_heap *heap;
	unsigned long live;

	while ((heap = find_open())) {
		qr_walk_unpin_heap(heap);
		if (heap->permanent)
			end_permanent(heap);
		else
			end_forgotten(heap);
	}
	live = abandon_heaps();
	if (!live)
		qr_default_heap = NULL;
	qr_slab_barrier();
	return live;
}
