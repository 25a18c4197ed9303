// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - the calls that hand out and take back objects of caches: thin
 * wrappers of the fast path, bulk, RCU, and whose an address is.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/topology.h>

#include "cache.h"
#include "event.h"
#include "fast.h"
#include "reload.h"
#include "site.h"

/* The exported functions of the same names are defined below. */
#undef quarry_cache_alloc
#undef quarry_cache_zalloc
#undef quarry_cache_alloc_node
#undef quarry_cache_alloc_bulk

/* The first time a site allocates. */
static noinline void *alloc_first(struct quarry_cache *cache, gfp_t gfp,
				  struct quarry_site *site)
{
	return qr_fast_alloc(cache, gfp, qr_site_number(site));
}

/**
 * __quarry_cache_alloc() - take one object from a cache
 * @cache: cache to take from, never %NULL
 * @gfp: %GFP_KERNEL, %GFP_NOWAIT or %GFP_ATOMIC, optionally | %__GFP_ZERO;
 *	zone modifiers are refused
 * @site: static record of the call site, see %QUARRY_SITE
 *
 * The object has quarry_cache_size() bytes; the caller owns it until it passes
 * it to quarry_cache_free().
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the object, or %NULL when @gfp cannot be satisfied.
 */
void *__quarry_cache_alloc(struct quarry_cache *cache, gfp_t gfp,
			   struct quarry_site *site)
{
	u64 tag = READ_ONCE(site->tag);

	if (unlikely(!tag))
		return alloc_first(cache, gfp, site);
	return qr_fast_alloc(cache, gfp, tag);
}
EXPORT_SYMBOL_GPL(__quarry_cache_alloc);

/* A node that can be asked for: possible, or none in particular. */
static int checked_node(int node)
{
	if (node < 0 || node >= nr_node_ids || !node_state(node, N_POSSIBLE))
		return NUMA_NO_NODE;
	return node;
}

static void *alloc_node(struct quarry_cache *cache, gfp_t gfp, int node,
			u64 tag)
{
	node = checked_node(node);
	if (node == NUMA_NO_NODE ||
	    (node == numa_mem_id() && !(gfp & __GFP_THISNODE)))
		return qr_fast_alloc(cache, gfp, tag);
	return qr_cache_alloc_slow(cache, gfp, node, tag);
}

/**
 * __quarry_cache_alloc_node() - take one object on a NUMA node
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc(); with %__GFP_THISNODE no other node will
 *	do
 * @node: the node wanted, or %NUMA_NO_NODE; one that cannot be is ignored
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the object, owned by the caller, or %NULL.
 */
void *__quarry_cache_alloc_node(struct quarry_cache *cache, gfp_t gfp,
				int node, struct quarry_site *site)
{
	return alloc_node(cache, gfp, node, qr_site_tag(site));
}
EXPORT_SYMBOL_GPL(__quarry_cache_alloc_node);

/* Pops what the loaded magazine has, up to @nr, in one go. */
static __always_inline size_t pop_batch(struct qr_cpu *cpu, size_t nr,
					void **objects, u64 tag,
					unsigned int level)
{
	struct qr_entry *entry = cpu->top;
	size_t got;

	for (got = 0; got < nr; got++) {
		/* The floor, or damage. */
		if (unlikely(qr_tag_is_set(entry[-1].tag, level)))
			break;
		entry--;
		qr_tag_write(entry->tag, level, tag);
		objects[got] = entry->object;
	}
	cpu->top = entry;
	qr_stat_add(cpu->allocs, got);
	return got;
}

static size_t alloc_batch(struct quarry_cache *cache, size_t nr, void **objects,
			  u64 tag)
{
	struct qr_cpu *cpu;
	unsigned long home;
	size_t got = 0;

	preempt_disable();
	cpu = qr_cpu_enter(cache, &home);
	if (cpu) {
		if (qr_home_level(home) == QUARRY_LEVEL_OFF)
			got = pop_batch(cpu, nr, objects, tag,
					QUARRY_LEVEL_OFF);
		else
			got = pop_batch(cpu, nr, objects, tag,
					QUARRY_LEVEL_SITE);
		qr_cpu_leave(cpu, home);
	}
	preempt_enable();
	return got;
}

static int alloc_bulk(struct quarry_cache *cache, gfp_t gfp, size_t nr,
		      void **objects, u64 tag)
{
	u64 born = tag | qr_jiffies();
	size_t got, i;

	for (got = 0; got < nr;) {
		size_t batch = alloc_batch(cache, nr - got, objects + got, born);

		for (i = got; i < got + batch; i++)
			if (qr_gfp_special(gfp))
				objects[i] = qr_cache_zero(objects[i], gfp);
		got += batch;
		if (batch && !objects[got - 1])
			break;
		if (got == nr)
			return nr;
		objects[got] = qr_cache_alloc_slow(cache, gfp, NUMA_NO_NODE,
						   tag);
		if (!objects[got++])
			break;
	}
	if (!nr || objects[got - 1])
		return got;
	for (i = 0; i < got; i++)
		if (objects[i])
			quarry_cache_free(cache, objects[i]);
	return 0;
}

/**
 * __quarry_cache_alloc_bulk() - take several objects at once
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc()
 * @nr: how many
 * @objects: receives them, @nr pointers
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: @nr, or 0 when not all could be had; then none is taken.
 */
int __quarry_cache_alloc_bulk(struct quarry_cache *cache, gfp_t gfp,
			      size_t nr, void **objects,
			      struct quarry_site *site)
{
	return alloc_bulk(cache, gfp, nr, objects, qr_site_tag(site));
}
EXPORT_SYMBOL_GPL(__quarry_cache_alloc_bulk);

/**
 * quarry_cache_free() - give an object back to its cache
 * @cache: the cache it was taken from
 * @object: the object, consumed; %NULL is accepted
 *
 * An address that is no live object of @cache is reported and left alone.
 *
 * Context: Any but NMI.
 */
void quarry_cache_free(struct quarry_cache *cache, void *object)
{
	struct qr_slab *slab = qr_page_slab_near(object);

	if (likely(slab))
		qr_fast_free(cache, slab, object);
	else
		qr_cache_free_other(cache, object, NULL, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_cache_free);

/**
 * quarry_cache_free_bulk() - give several objects back
 * @cache: the cache they were taken from
 * @nr: how many
 * @objects: the objects, consumed; any may be %NULL
 *
 * Context: Any but NMI.
 */
void quarry_cache_free_bulk(struct quarry_cache *cache, size_t nr,
			    void **objects)
{
	size_t i;

	for (i = 0; i < nr; i++)
		quarry_cache_free(cache, objects[i]);
}
EXPORT_SYMBOL_GPL(quarry_cache_free_bulk);

/* ------------------------------------------- without a record: by address */

/**
 * quarry_cache_alloc() - take one object; the site is the return address
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the object, owned by the caller, or %NULL.
 */
void *quarry_cache_alloc(struct quarry_cache *cache, gfp_t gfp)
{
	return qr_fast_alloc(cache, gfp, qr_site_of_address(_RET_IP_));
}
EXPORT_SYMBOL_GPL(quarry_cache_alloc);

/**
 * quarry_cache_zalloc() - take one object, zeroed; as quarry_cache_alloc()
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the object, owned by the caller, or %NULL.
 */
void *quarry_cache_zalloc(struct quarry_cache *cache, gfp_t gfp)
{
	return qr_fast_alloc(cache, gfp | __GFP_ZERO,
			     qr_site_of_address(_RET_IP_));
}
EXPORT_SYMBOL_GPL(quarry_cache_zalloc);

/**
 * quarry_cache_alloc_node() - take one object on a node
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc_node()
 * @node: the node wanted
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the object, owned by the caller, or %NULL.
 */
void *quarry_cache_alloc_node(struct quarry_cache *cache, gfp_t gfp, int node)
{
	return alloc_node(cache, gfp, node, qr_site_of_address(_RET_IP_));
}
EXPORT_SYMBOL_GPL(quarry_cache_alloc_node);

/**
 * quarry_cache_alloc_bulk() - take several objects at once
 * @cache: cache to take from, never %NULL
 * @gfp: as for __quarry_cache_alloc()
 * @nr: how many
 * @objects: receives them, @nr pointers
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: @nr, or 0 when not all could be had; then none is taken.
 */
int quarry_cache_alloc_bulk(struct quarry_cache *cache, gfp_t gfp, size_t nr,
			    void **objects)
{
	return alloc_bulk(cache, gfp, nr, objects,
			  qr_site_of_address(_RET_IP_));
}
EXPORT_SYMBOL_GPL(quarry_cache_alloc_bulk);
