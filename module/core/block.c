// SPDX-License-Identifier: GPL-2.0-only
/*
 * block.c - the calls that hand out blocks of heaps; block_free.c takes them back.
 * Up to QUARRY_CLASS_MAX bytes a block is an object of a class cache and takes
 * its fast path; above it is a page run with a descriptor of its own.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "block.h"
#include "cache.h"
#include "event.h"
#include "fast.h"
#include "heap.h"
#include "run.h"
#include "site.h"
#include "trace.h"

/*
 * Classes that are not there yet, alignment, nodes.  Where a class cannot be
 * made, a larger one or whole pages will do.
 */
static noinline void *alloc_by_class(struct quarry_heap *heap, size_t size,
				     size_t align, gfp_t gfp, int nid, u64 tag)
{
	struct quarry_cache *cache = NULL;
	int index = qr_class_aligned(size, align);

	if (qr_cache_forbids(heap->runs))
		return NULL;
	might_alloc(gfp);
	if (index >= 0) {
		cache = qr_heap_class_at(heap, index);
		if (!cache)
			cache = qr_heap_class(heap, index, gfp);
	}
	while (!cache && index >= 0) {
		index = qr_class_aligned(qr_class_size(index) + 1, align);
		if (index >= 0)
			cache = qr_heap_class_at(heap, index);
	}
	if (!cache)
		return qr_run_alloc(heap, size, align, gfp, nid, tag);
	return qr_cache_alloc_slow(cache, gfp, nid,
				   tag | qr_asked_tag(cache->layout.size, size));
}

/* No block, or one too large for a class.  @tag has the site. */
static noinline void *alloc_unusual(struct quarry_heap *heap, size_t size,
				    gfp_t gfp, u64 tag)
{
	if (!size)
		return QUARRY_ZERO_PTR;
	return qr_run_alloc(heap, size, 0, gfp, NUMA_NO_NODE, tag);
}

/* There is no cache of @class yet. */
static noinline void *alloc_first_of_class(struct quarry_heap *heap,
					   unsigned long class, gfp_t gfp,
					   u64 tag)
{
	size_t given = qr_class_size(class);

	return alloc_by_class(heap, given - qr_tag_slack(tag, given), 1, gfp,
			      NUMA_NO_NODE, qr_tag_unasked(tag));
}

/*
 * What the fast path does not do.  @tag has the site and the bytes asked for.  Jumps
 * alone: at level stack every frame is walked over.
 */
static noinline void *alloc_other(struct quarry_heap *heap, unsigned long class,
				  gfp_t gfp, u64 tag)
{
	struct quarry_cache *cache = qr_heap_class_at(heap, class);

	if (likely(cache))
		return qr_cache_alloc_other(cache, gfp, tag);
	return alloc_first_of_class(heap, class, gfp, tag);
}

/* The same of what must be zeroed. */
static noinline void *alloc_prepared(struct quarry_heap *heap,
				     unsigned long class, gfp_t gfp, u64 tag)
{
	struct quarry_cache *cache = READ_ONCE(heap->class[class]);
	void *block = qr_fast_pop(cache, &tag, 0, QUARRY_LEVEL_SITE);

	if (unlikely(!block))
		return alloc_other(heap, class, gfp, tag);
	return qr_cache_prepare_whole(cache, block, gfp);
}

/* @class is that of @size bytes, of which no more is needed than the tag has. */
static __always_inline void *alloc_of_class(struct quarry_heap *heap,
					    size_t size, gfp_t gfp,
					    const u64 *site,
					    unsigned long class)
{
	u64 asked = qr_asked_tag(size, size);
	void *block;

	if (unlikely(qr_must_prepare(gfp)))
		return alloc_prepared(heap, class, gfp,
				      READ_ONCE(*site) | asked);
	block = qr_fast_pop(READ_ONCE(heap->class[class]), site, asked,
			    QUARRY_LEVEL_SITE);
	if (unlikely(!block))
		return alloc_other(heap, class, gfp, READ_ONCE(*site) | asked);
	return block;
}

static __always_inline void *alloc_block(struct quarry_heap *heap, size_t size,
					 gfp_t gfp, const u64 *site)
{
	unsigned long class;

	if (unlikely(!heap))
		heap = qr_default_heap;
	if (likely(size - 1 < QR_CLASS_TABLE_MAX))
		class = qr_class_table[(size - 1) / 8];
	else if (size - 1 < QUARRY_CLASS_MAX)
		class = __quarry_class(size);
	else
		return alloc_unusual(heap, size, gfp, READ_ONCE(*site));
	return alloc_of_class(heap, size, gfp, site, class);
}

/* The first time a site allocates. */
static noinline void *alloc_first(struct quarry_heap *heap, size_t size,
				  gfp_t gfp, struct quarry_site *site)
{
	u64 tag = qr_site_number(site);

	return alloc_block(heap, size, gfp, &tag);
}

/* While somebody traces. */
static noinline void *alloc_traced(struct quarry_heap *heap, size_t size,
				   gfp_t gfp, struct quarry_site *site,
				   unsigned long caller)
{
	return qr_block_alloc(heap, size, gfp, qr_site_tag(site), caller);
}

void *qr_block_alloc(struct quarry_heap *heap, size_t size, gfp_t gfp, u64 tag,
		     unsigned long caller)
{
	return qr_traced(alloc_block(heap, size, gfp, &tag), size, gfp,
			 NUMA_NO_NODE, caller);
}

/**
 * __quarry_heap_alloc() - allocate a block
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted; 0 gives %QUARRY_ZERO_PTR
 * @gfp: as for __quarry_cache_alloc()
 * @site: static record of the call site
 *
 * Blocks are aligned to the largest power of two that divides their class, so
 * power-of-two sizes are naturally aligned, and every block to 8 bytes.
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller until it passes it to quarry_free(),
 * or %NULL when memory or the heap's budget does not suffice.
 */
void *__quarry_heap_alloc(struct quarry_heap *heap, size_t size, gfp_t gfp,
			  struct quarry_site *site)
{
	if (unlikely(qr_tracing_allocs()))
		return alloc_traced(heap, size, gfp, site, _RET_IP_);
	if (unlikely(!qr_peek(site->tag)))
		return alloc_first(heap, size, gfp, site);
	return alloc_block(heap, size, gfp, &site->tag);
}
EXPORT_SYMBOL_GPL(__quarry_heap_alloc);

/**
 * __quarry_heap_alloc_class() - allocate a block of a size known beforehand
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted, 1 to %QUARRY_CLASS_MAX
 * @gfp: as for __quarry_cache_alloc()
 * @site: static record of the call site
 * @class: what __quarry_class() says of @size
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: as __quarry_heap_alloc().
 */
void *__quarry_heap_alloc_class(struct quarry_heap *heap, size_t size,
				gfp_t gfp, struct quarry_site *site,
				unsigned long class)
{
	if (unlikely(qr_tracing_allocs()))
		return alloc_traced(heap, size, gfp, site, _RET_IP_);
	if (unlikely(!qr_peek(site->tag)))
		return alloc_first(heap, size, gfp, site);
	return alloc_of_class(heap ?: qr_default_heap, size, gfp, &site->tag,
			      class);
}
EXPORT_SYMBOL_GPL(__quarry_heap_alloc_class);

void qr_block_overflow(struct quarry_heap *heap, size_t size, u64 tag,
		       unsigned long caller)
{
	struct qr_event event = {
		.kind = QR_EVENT_OVERFLOW,
		.site = qr_tag_site(tag),
		.bytes = size,
		.caller = caller,
	};

	strscpy(event.owner, quarry_heap_name(heap), sizeof(event.owner));
	qr_event_finding(&event);
}

/**
 * __quarry_heap_alloc_array() - allocate an array, checking its size
 * @heap: the heap, or %NULL for the default heap
 * @nr: elements
 * @size: bytes of an element
 * @gfp: as for __quarry_cache_alloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL; a product beyond what a
 * size_t holds is reported besides.
 */
void *__quarry_heap_alloc_array(struct quarry_heap *heap, size_t nr,
				size_t size, gfp_t gfp,
				struct quarry_site *site)
{
	u64 tag = qr_site_tag(site);
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes))) {
		qr_block_overflow(heap, size, tag, _RET_IP_);
		return NULL;
	}
	return qr_block_alloc(heap, bytes, gfp, tag, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_alloc_array);

/**
 * __quarry_heap_alloc_node() - allocate a block on a NUMA node
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted; 0 gives %QUARRY_ZERO_PTR
 * @gfp: as for __quarry_cache_alloc_node()
 * @node: the node wanted, or %NUMA_NO_NODE; one that cannot be is ignored
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *__quarry_heap_alloc_node(struct quarry_heap *heap, size_t size,
			       gfp_t gfp, int node, struct quarry_site *site)
{
	u64 tag = qr_site_tag(site);

	if (node < 0 || node >= nr_node_ids || !node_state(node, N_POSSIBLE))
		return qr_block_alloc(heap, size, gfp, tag, _RET_IP_);
	if (!size)
		return QUARRY_ZERO_PTR;
	return qr_traced(alloc_by_class(heap ?: qr_default_heap, size, 1, gfp,
					node, tag), size, gfp, node, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_alloc_node);

/**
 * __quarry_heap_alloc_aligned() - allocate a block with an alignment
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted; 0 gives %QUARRY_ZERO_PTR
 * @align: bytes, a power of two
 * @gfp: as for __quarry_cache_alloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL, also when @align is no
 * power of two.
 */
void *__quarry_heap_alloc_aligned(struct quarry_heap *heap, size_t size,
				  size_t align, gfp_t gfp,
				  struct quarry_site *site)
{
	u64 tag = qr_site_tag(site);

	heap = heap ?: qr_default_heap;
	if (!is_power_of_2(align)) {
		pr_err("heap %s: alignment %zu is not a power of two\n",
		       heap->name, align);
		return NULL;
	}
	if (!size)
		return QUARRY_ZERO_PTR;
	return qr_traced(alloc_by_class(heap, size, align, gfp, NUMA_NO_NODE,
					tag), size, gfp, NUMA_NO_NODE,
			 _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_alloc_aligned);

void *qr_block_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp,
		       u64 tag, unsigned long caller)
{
	if (size <= QUARRY_CLASS_MAX)
		return qr_block_alloc(heap, size, gfp, tag, caller);
	return qr_traced(qr_run_kvalloc(heap ?: qr_default_heap, size, gfp,
					tag), size, gfp, NUMA_NO_NODE, caller);
}

/**
 * __quarry_heap_kvalloc() - allocate a block, contiguous or only virtually so
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted; 0 gives %QUARRY_ZERO_PTR
 * @gfp: as for __quarry_cache_alloc(); virtually contiguous only where it may
 *	sleep
 * @site: static record of the call site
 *
 * Free it with quarry_free(), from any context but NMI.
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *__quarry_heap_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp,
			    struct quarry_site *site)
{
	return qr_block_kvalloc(heap, size, gfp, qr_site_tag(site), _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_kvalloc);
