// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache.c - the life of a cache: creation, level, destruction.  Owns
 * finish_lock.  Handing objects out and taking them back is in object.c and
 * slow.c, emptying magazines in drain.c.
 */
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cache.h"
#include "guard.h"
#include "event.h"
#include "finding.h"
#include "inject.h"
#include "layout.h"
#include "options.h"
#include "live.h"
#include "magazine.h"
#include "node.h"
#include "meta.h"
#include "slab.h"
#include "walk.h"

struct qr_params qr_params = {
	.level = QUARRY_LEVEL_SITE,
	.reserve = 1,
	.scan_min_age_ms = 5000,
	.quarantine_bytes = 1 << 20,
	.guard_every = 1,
	.guard_slots = 512,
};

/* ------------------------------------------------------------- creation */

static bool name_has_bad_character(const char *name)
{
	for (; *name; name++)
		if (*name == '/' || isspace(*name) || iscntrl(*name))
			return true;
	return false;
}

int qr_name_check(const char *what, const char *name)
{
	const char *why = NULL;

	if (!name || !*name)
		why = "is missing";
	else if (strnlen(name, QUARRY_NAME_MAX + 1) > QUARRY_NAME_MAX)
		why = "is longer than 63 bytes";
	else if (name_has_bad_character(name))
		why = "has '/', white space or a control character";
	else if (!strcmp(name, ".") || !strcmp(name, ".."))
		why = "is not one a directory can have";
	if (!why)
		return 0;
	pr_err("%s name %s\n", what, why);
	return -EINVAL;
}

static size_t cache_bytes(void)
{
	return sizeof(struct quarry_cache) +
	       nr_node_ids * sizeof(struct qr_node *);
}

static void node_init(struct quarry_cache *cache, struct qr_node *node, int nid)
{
	unsigned int list;

	raw_spin_lock_init(&node->lock);
	raw_spin_lock_init(&node->depot.lock);
	node->cache = cache;
	node->nid = nid;
	for (list = 0; list < QR_NR_LISTS; list++) {
		INIT_LIST_HEAD(&node->partial[list]);
		INIT_LIST_HEAD(&node->empty[list]);
	}
	INIT_LIST_HEAD(&node->all);
	node->random = ((u64)get_random_u32() << 32 | get_random_u32()) | 1;
	node->depot.full_max = qr_node_depot_max(node);
}

static void nodes_free(struct quarry_cache *cache)
{
	int nid;

	for_each_node(nid)
		if (cache->node[nid])
			qr_meta_free(cache->node[nid], sizeof(struct qr_node));
}

static int nodes_create(struct quarry_cache *cache, gfp_t gfp)
{
	int nid;

	for_each_node(nid) {
		int near = node_online(nid) ? nid : NUMA_NO_NODE;
		struct qr_node *node;

		node = qr_meta_alloc(sizeof(*node), gfp, near);
		if (!node) {
			nodes_free(cache);
			return -ENOMEM;
		}
		node_init(cache, node, nid);
		cache->node[nid] = node;
	}
	return 0;
}

struct quarry_cache *qr_cache_create(const char *name, size_t size,
				     size_t align, unsigned long flags,
				     void (*ctor)(void *),
				     struct quarry_heap *heap, int level,
				     gfp_t gfp)
{
	struct quarry_cache *cache;

	if (!qr_platform_may_lock())
		return ERR_PTR(-ENOMEM);
	cache = qr_meta_alloc(cache_bytes(), gfp, NUMA_NO_NODE);
	if (!cache)
		return ERR_PTR(-ENOMEM);
	strscpy(cache->name, name, sizeof(cache->name));
	cache->flags = flags;
	cache->object_size = size;
	cache->ctor = ctor;
	cache->heap = heap;
	cache->level = level;
	cache->reserve = flags & QR_CACHE_RUNS ? 0 : qr_params.reserve;
	INIT_LIST_HEAD(&cache->listed.link);
	raw_spin_lock_init(&cache->quarantine.lock);
	if (qr_layout_slab(&cache->layout, size, align))
		goto err_free_cache;
	qr_layout_checked(&cache->checked, &cache->layout, size);
	cache->options = qr_options_fit(cache, flags);
	if (nodes_create(cache, gfp))
		goto err_free_cache;
	if (!qr_inject(QR_INJECT_PERCPU, cache, sizeof(struct qr_cpu), gfp))
		cache->cpus = qr_cpus_alloc(gfp);
	if (!cache->cpus)
		goto err_free_nodes;
	qr_cpus_init(cache);
	cache->cpu = cache->options ? qr_closed : cache->cpus;
	return cache;

err_free_nodes:
	nodes_free(cache);
err_free_cache:
	qr_meta_free(cache, cache_bytes());
	return ERR_PTR(-ENOMEM);
}

void qr_cache_discard(struct quarry_cache *cache)
{
	qr_cpus_free(cache->cpus);
	nodes_free(cache);
	qr_meta_free(cache, cache_bytes());
}

static int check_shape(const char *name, size_t size, size_t align,
		       unsigned long flags)
{
	struct qr_layout layout;

	if (flags & ~QUARRY_FLAGS_PUBLIC) {
		pr_err("cache %s: unknown flags %#lx\n", name,
		       flags & ~QUARRY_FLAGS_PUBLIC);
		return -EINVAL;
	}
	if (qr_layout_slab(&layout, size, align)) {
		pr_err("cache %s: size %zu, alignment %zu: size must be 1 to %lu bytes, alignment a power of two up to %lu\n",
		       name, size, align, QUARRY_CACHE_SIZE_MAX, PAGE_SIZE);
		return -EINVAL;
	}
	return 0;
}

/* Options are known, and guard pages there where they are wanted. */
int qr_options_check(const char *what, const char *name, unsigned long options)
{
	if (options & ~QUARRY_DEBUG_MASK) {
		pr_err("%s %s: unknown debug options %#lx\n", what, name,
		       options & ~QUARRY_DEBUG_MASK);
		return -EINVAL;
	}
	return options & QUARRY_GUARD ? qr_guard_enable() : 0;
}

/* As SLUB does it: small objects share a line rather than waste one. */
static size_t hwcache_align(size_t size, size_t align)
{
	size_t line = L1_CACHE_BYTES;

	while (line > 8 && size <= line / 2)
		line /= 2;
	return max(align, line);
}

struct quarry_cache *qr_cache_create_named(const char *name, size_t size,
					   size_t align, unsigned long flags,
					   void (*ctor)(void *object))
{
	struct quarry_cache *cache;
	int err;

	err = qr_name_check("cache", name);
	if (!err)
		err = check_shape(name, size, align, flags);
	if (err)
		return ERR_PTR(err);
	if (flags & QUARRY_HWCACHE_ALIGN)
		align = hwcache_align(size, align);
	flags |= qr_options_for(name, qr_options_for_all());
	err = qr_options_check("cache", name,
			       flags & QUARRY_DEBUG_MASK);
	if (err)
		return ERR_PTR(err);
	cache = qr_cache_create(name, size, align, flags, ctor, NULL,
				qr_params.level, GFP_KERNEL);
	if (IS_ERR(cache))
		return cache;
	err = qr_walk_add_cache(cache);
	if (err) {
		qr_cache_discard(cache);
		return ERR_PTR(err);
	}
	qr_platform_add_cache(cache);
	return cache;
}

/**
 * quarry_cache_create() - make a cache of objects of one size
 * @name: 1 to %QUARRY_NAME_MAX bytes without '/', white space or control
 *	characters, not in use by another cache; copied
 * @size: object size in bytes, 1 to %QUARRY_CACHE_SIZE_MAX
 * @align: alignment in bytes, a power of two up to the page size, or 0
 * @flags: %QUARRY_HWCACHE_ALIGN, %QUARRY_TYPESAFE_BY_RCU, and debug options:
 *	see quarry_cache_set_debug(); or 0
 * @ctor: %NULL, or what prepares an object once, when its slab is made; called
 *	without locks, in the context of the allocation that needed the slab
 *
 * Context: Process, may sleep.
 * Return: the cache, owned by the caller, or
 *
 * * ERR_PTR(%-EINVAL) - bad name, size, alignment or flags (see the log)
 * * ERR_PTR(%-EEXIST) - the name is in use
 * * ERR_PTR(%-ENOMEM) - no memory
 * * ERR_PTR(%-EOPNOTSUPP) - %QUARRY_GUARD, where there are no guard pages
 */
struct quarry_cache *quarry_cache_create(const char *name, size_t size,
					 size_t align, unsigned long flags,
					 void (*ctor)(void *object))
{
	struct quarry_cache *cache;

	cache = qr_cache_create_named(name, size, align, flags, ctor);
	if (cache == ERR_PTR(-EEXIST))
		pr_err("cache %s: the name is in use\n", name);
	return cache;
}
EXPORT_SYMBOL_GPL(quarry_cache_create);

/* ---------------------------------------------------- level and memory */

/**
 * quarry_cache_set_level() - how much to remember of objects from now on
 * @cache: the cache, borrowed
 * @level: %QUARRY_LEVEL_OFF, %QUARRY_LEVEL_SITE, %QUARRY_LEVEL_STACK or
 *	%QUARRY_LEVEL_DEFAULT
 *
 * Slabs that exist keep the level they were made with until they are empty.
 *
 * Context: Process, may sleep.
 * Return: 0, or %-EINVAL when there is no such level, or no such cache any more.
 */
int quarry_cache_set_level(struct quarry_cache *cache, enum quarry_level level)
{
	if (qr_cache_is_gone(cache, _RET_IP_))
		return -EINVAL;
	if (level == QUARRY_LEVEL_DEFAULT)
		level = qr_params.level;
	if ((unsigned int)level >= QR_NR_LEVELS) {
		pr_err("cache %s: there is no level %d\n", cache->name, level);
		return -EINVAL;
	}
	qr_caches_set(&cache, 1, level, QR_KEEP);
	return 0;
}
EXPORT_SYMBOL_GPL(quarry_cache_set_level);

/**
 * quarry_cache_set_debug() - debug options of objects from now on
 * @cache: the cache, borrowed
 * @options: %QUARRY_CONSISTENCY, %QUARRY_RED_ZONE, %QUARRY_POISON,
 *	%QUARRY_STORE_USER, %QUARRY_TRACE, %QUARRY_WIPE, %QUARRY_QUARANTINE,
 *	%QUARRY_GUARD, %QUARRY_PANIC, or 0
 *
 * Slabs that exist keep the options they were made with until they are empty;
 * nothing more is taken from them.  A cache with options keeps at least level
 * %QUARRY_LEVEL_SITE and has no magazines.  Objects with a constructor, or of a
 * cache with %QUARRY_TYPESAFE_BY_RCU, are not poisoned, wiped or guarded.
 *
 * Context: Process, may sleep.
 * Return: 0, %-EINVAL when there is no such option, %-ENOMEM, or %-EOPNOTSUPP
 * for %QUARRY_GUARD where there are no guard pages.
 */
int quarry_cache_set_debug(struct quarry_cache *cache, unsigned long options)
{
	int err = qr_options_check("cache", cache->name, options);

	if (!err)
		qr_caches_set(&cache, 1, QR_KEEP,
			      qr_options_fit(cache, options));
	return err;
}
EXPORT_SYMBOL_GPL(quarry_cache_set_debug);

/**
 * quarry_cache_shrink() - give back all memory that holds no live object
 * @cache: the cache, borrowed
 *
 * Context: Process, may sleep.
 * Return: pages given back.
 */
unsigned long quarry_cache_shrink(struct quarry_cache *cache)
{
	unsigned long pages;

	if (qr_cache_is_gone(cache, _RET_IP_))
		return 0;
	pages = qr_caches_drain(&cache, 1);
	qr_slab_barrier();
	return pages;
}
EXPORT_SYMBOL_GPL(quarry_cache_shrink);

/* ---------------------------------------------------------- destruction */

/* Rank 1, outside drain_lock: who finishes closed caches. */
static DEFINE_MUTEX(finish_lock);

static void evict(struct quarry_cache *cache)
{
	LIST_HEAD(doomed);
	int nid;

	for_each_node(nid)
		qr_slab_evict(cache->node[nid], &doomed);
	qr_slab_release(&doomed);
}

void qr_cache_finish(struct quarry_cache *cache)
{
	qr_walk_del_cache(cache);
	evict(cache);
	/* Who freed the last may still be giving its slab back: count_gone(). */
	while (atomic_long_read_acquire(&cache->slabs)) {
		qr_slab_barrier();
		/* One that could not go after all, and waits to be told of. */
		qr_finding_suspect();
		evict(cache);
	}
	qr_cache_discard(cache);
}

/* A closed cache without live objects, pinned, or NULL. */
static struct quarry_cache *find_finished(void)
{
	struct quarry_cache *cache = NULL;
	struct qr_cache_count count;

	while ((cache = qr_walk_next_cache(cache))) {
		if (cache->heap || !READ_ONCE(cache->dead))
			continue;
		qr_cache_count(cache, &count);
		if (!count.live)
			break;
	}
	return cache;
}

void qr_cache_reap(void)
{
	struct quarry_cache *cache;

	mutex_lock(&finish_lock);
	while ((cache = find_finished())) {
		qr_walk_unpin_cache(cache);
		qr_cache_finish(cache);
		qr_platform_drop();
	}
	mutex_unlock(&finish_lock);
}

/**
 * quarry_cache_destroy() - end a cache
 * @cache: the cache, consumed; %NULL is accepted
 *
 * While objects are live nothing is freed that may still be used: the live
 * objects are reported by call site, the cache gives out no more, its objects
 * can still be freed, and the last free completes the destruction.
 *
 * Context: Process, may sleep.
 * Return: 0, %-EBUSY when objects are live, or %-EINVAL when it was destroyed
 * before, which is reported.
 */
int quarry_cache_destroy(struct quarry_cache *cache)
{
	unsigned long live;

	if (!cache)
		return 0;
	if (qr_cache_is_gone(cache, _RET_IP_))
		return -EINVAL;
	/* The name is free from here on. */
	qr_platform_del_cache(cache);
	qr_walk_hide_cache(cache);
	mutex_lock(&finish_lock);
	live = qr_caches_close(&cache, 1);
	if (live) {
		qr_live_at_destroy(cache, NULL, _RET_IP_);
		qr_platform_hold();
	} else {
		qr_cache_finish(cache);
	}
	mutex_unlock(&finish_lock);
	/* Whoever freed the last object meanwhile found nobody to finish. */
	if (live)
		qr_platform_reap();
	return live ? -EBUSY : 0;
}
EXPORT_SYMBOL_GPL(quarry_cache_destroy);

/**
 * quarry_cache_barrier() - wait for all quarry_free_rcu() calls made so far
 * @cache: the cache that is about to be destroyed, borrowed
 *
 * Context: Process, may sleep.
 */
void quarry_cache_barrier(struct quarry_cache *cache)
{
	rcu_barrier();
}
EXPORT_SYMBOL_GPL(quarry_cache_barrier);

/**
 * quarry_cache_size() - usable bytes of an object
 * @cache: the cache, borrowed
 *
 * Context: Any.
 * Return: bytes, at least what quarry_cache_create() was asked for.
 */
unsigned int quarry_cache_size(const struct quarry_cache *cache)
{
	return cache->object_size;
}
EXPORT_SYMBOL_GPL(quarry_cache_size);

/**
 * quarry_cache_name() - name of a cache
 * @cache: the cache, borrowed
 *
 * Context: Any.
 * Return: the name, valid as long as the cache.
 */
const char *quarry_cache_name(const struct quarry_cache *cache)
{
	return cache->name;
}
EXPORT_SYMBOL_GPL(quarry_cache_name);
