// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - the calls that hand out and take back an object of a cache: thin
 * wrappers of the fast path.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/topology.h>

#include "cache.h"
#include "event.h"
#include "fast.h"
#include "site.h"
#include "trace.h"

/* The exported functions of the same names are defined below. */
#undef quarry_cache_alloc
#undef quarry_cache_zalloc
#undef quarry_cache_alloc_node

/* The first time a site allocates. */
static noinline void *alloc_first(struct quarry_cache *cache, gfp_t gfp,
				  struct quarry_site *site)
{
	u64 tag = qr_site_number(site);

	return qr_fast_alloc(cache, gfp, &tag);
}

static void *alloc_one(struct quarry_cache *cache, gfp_t gfp, u64 tag,
		       unsigned long caller)
{
	return qr_traced(qr_fast_alloc(cache, gfp, &tag), cache->object_size,
			 gfp, NUMA_NO_NODE, caller);
}

/* While somebody traces. */
static noinline void *alloc_traced(struct quarry_cache *cache, gfp_t gfp,
				   struct quarry_site *site,
				   unsigned long caller)
{
	return alloc_one(cache, gfp, qr_site_tag(site), caller);
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
	if (unlikely(qr_tracing_allocs()))
		return alloc_traced(cache, gfp, site, _RET_IP_);
	if (unlikely(!qr_peek(site->tag)))
		return alloc_first(cache, gfp, site);
	return qr_fast_alloc(cache, gfp, &site->tag);
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
			u64 tag, unsigned long caller)
{
	node = checked_node(node);
	if (node == NUMA_NO_NODE ||
	    (node == numa_mem_id() && !(gfp & __GFP_THISNODE)))
		return alloc_one(cache, gfp, tag, caller);
	return qr_traced(qr_cache_alloc_slow(cache, gfp, node, tag),
			 cache->object_size, gfp, node, caller);
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
	return alloc_node(cache, gfp, node, qr_site_tag(site),
			  _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_cache_alloc_node);

/* Whether that was all; else qr_cache_free_other() does it, preemption off. */
static __always_inline bool free_fast(struct quarry_cache *cache, void *object,
				      struct qr_slab **slab)
{
	preempt_disable();
	*slab = qr_page_slab_plain(object);
	return likely(*slab && qr_fast_free(&cache->cpu, *slab, object));
}

void qr_cache_free_traced(struct quarry_cache *cache, void *object,
			  unsigned long caller)
{
	struct qr_slab *slab;
	bool is_ours;

	preempt_disable();
	slab = qr_slab_of_live(object);
	is_ours = slab && slab->cache == cache;
	preempt_enable();
	if (is_ours)
		qr_trace_free(object, caller);
	if (!free_fast(cache, object, &slab))
		qr_cache_free_other(cache, object, slab, caller);
}

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
	struct qr_slab *slab;

	if (unlikely(qr_tracing_frees()))
		qr_cache_free_traced(cache, object, _RET_IP_);
	else if (unlikely(!free_fast(cache, object, &slab)))
		qr_cache_free_other(cache, object, slab, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_cache_free);

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
	return alloc_one(cache, gfp, qr_site_of_address(_RET_IP_), _RET_IP_);
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
	return alloc_one(cache, gfp | __GFP_ZERO,
			 qr_site_of_address(_RET_IP_), _RET_IP_);
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
	return alloc_node(cache, gfp, node, qr_site_of_address(_RET_IP_),
			  _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_cache_alloc_node);
