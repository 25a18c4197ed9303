// SPDX-License-Identifier: GPL-2.0-only
/*
 * block.c - the calls that hand out, resize and take back blocks of heaps.
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
#include "checks.h"
#include "event.h"
#include "fast.h"
#include "guard.h"
#include "heap.h"
#include "run.h"
#include "site.h"
#include "trace.h"

/* ----------------------------------------------------------- allocation */

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

/* What the fast path does not do.  @tag has the site. */
static noinline void *alloc_other(struct quarry_heap *heap, size_t size,
				  gfp_t gfp, u64 tag)
{
	struct quarry_cache *cache;

	if (!size)
		return QUARRY_ZERO_PTR;
	if (size > QUARRY_CLASS_MAX)
		return qr_run_alloc(heap, size, 0, gfp, NUMA_NO_NODE, tag);
	cache = qr_heap_class_at(heap, __quarry_class(size));
	if (!cache)
		return alloc_by_class(heap, size, 1, gfp, NUMA_NO_NODE, tag);
	return qr_cache_alloc_other(cache, gfp,
				    tag | qr_asked_tag(size, size));
}

/* @class is that of @size bytes. */
static __always_inline void *alloc_of_class(struct quarry_heap *heap,
					    size_t size, gfp_t gfp,
					    const u64 *site,
					    unsigned long class)
{
	void *block = qr_fast_pop(READ_ONCE(heap->class[class]), site,
				  qr_asked_tag(size, size), QUARRY_LEVEL_SITE);

	if (unlikely(!block))
		return alloc_other(heap, size, gfp, READ_ONCE(*site));
	if (unlikely(qr_must_prepare(gfp)))
		return qr_cache_prepare(block, gfp);
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
		return alloc_other(heap, size, gfp, READ_ONCE(*site));
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
 * @gfp: as for __quarry_cache_alloc()
 * @size: bytes wanted, 1 to %QUARRY_CLASS_MAX
 * @site: static record of the call site
 * @class: what __quarry_class() says of @size
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: as __quarry_heap_alloc().
 */
void *__quarry_heap_alloc_class(struct quarry_heap *heap, gfp_t gfp,
				size_t size, struct quarry_site *site,
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

/* ----------------------------------------------------------------- free */

/*
 * Takes a run from its owner: to *@tag what its tag was.  Returns the kind of
 * misuse that freeing @block of @slab is, or QR_NR_EVENTS.
 */
static int claim_run(struct qr_slab *slab, void *block, u64 *tag)
{
	struct qr_entry entry = { .object = block };

	if (!slab)
		return qr_guard_was_freed(block) ? QR_EVENT_DOUBLE_FREE :
						   QR_EVENT_INVALID_FREE;
	if (!(qr_slab_flags(slab) & QR_SLAB_HEAP))
		return QR_EVENT_WRONG_OWNER;
	if (qr_in_nmi())
		return QR_EVENT_NMI;
	if ((unsigned long)block != slab->base)
		return QR_EVENT_INVALID_FREE;
	entry.tag = slab->tags;
	*tag = qr_entry_claim(&entry, slab->level);
	return *tag ? QR_NR_EVENTS : QR_EVENT_DOUBLE_FREE;
}

/* Runs, nothing at all, misuse. */
static void free_unusual(void *block, unsigned long caller)
{
	struct quarry_cache *cache = NULL;
	struct qr_slab *slab;
	int misuse;
	u64 tag = 0;

	if (qr_zero_or_null(block))
		return;
	/* From the look-up until it is ours the slab cannot go: see birth.c. */
	preempt_disable();
	slab = qr_page_slab(block);
	if (slab)
		cache = slab->cache;
	misuse = claim_run(slab, block, &tag);
	preempt_enable();
	if (likely(misuse == QR_NR_EVENTS))
		qr_run_free(slab, block, tag, caller);
	else
		qr_cache_finding(cache, misuse, block, caller);
}

static bool is_class(const struct qr_slab *slab)
{
	return slab && (qr_slab_flags(slab) & (QR_SLAB_HEAP | QR_SLAB_RUN)) ==
		       QR_SLAB_HEAP;
}

void qr_block_free_other(void *block, struct qr_slab *slab,
			 unsigned long caller)
{
	/* Guarded objects are far away. */
	slab = slab ?: qr_page_slab(block);
	if (is_class(slab)) {
		qr_cache_free_other(slab->cache, block, slab, caller);
		return;
	}
	preempt_enable();
	free_unusual(block, caller);
}

/* Whether that was all; else qr_block_free_other() does it, preemption off. */
static __always_inline bool free_fast(void *block, struct qr_slab **slab)
{
	preempt_disable();
	*slab = qr_page_slab_near(block);
	return likely(*slab && qr_fast_free((*slab)->gate, *slab, block));
}

/* While somebody traces.  What is refused below is not told of. */
static noinline void free_traced(void *block, unsigned long caller)
{
	struct qr_slab *slab;
	bool is_block;

	preempt_disable();
	slab = qr_slab_of_live(block);
	is_block = slab && (qr_slab_flags(slab) & QR_SLAB_HEAP);
	preempt_enable();
	if (is_block)
		qr_trace_free(block, caller);
	if (!free_fast(block, &slab))
		qr_block_free_other(block, slab, caller);
}

void qr_block_free(const void *block, unsigned long caller)
{
	struct qr_slab *slab;

	if (unlikely(qr_tracing_frees()))
		free_traced((void *)block, caller);
	else if (!free_fast((void *)block, &slab))
		qr_block_free_other((void *)block, slab, caller);
}

/**
 * quarry_free() - free a block of any heap
 * @block: the block, consumed; %NULL and %QUARRY_ZERO_PTR are accepted
 *
 * An address that is no live block is reported and left alone.
 *
 * Context: Any but NMI.
 */
void quarry_free(const void *block)
{
	struct qr_slab *slab;

	if (unlikely(qr_tracing_frees()))
		free_traced((void *)block, _RET_IP_);
	else if (unlikely(!free_fast((void *)block, &slab)))
		qr_block_free_other((void *)block, slab, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_free);

/**
 * quarry_heap_free() - free a block of one heap and no other
 * @heap: the heap it was taken from; %NULL is the default heap
 * @block: the block, consumed; %NULL and %QUARRY_ZERO_PTR are accepted
 *
 * A block of another heap is reported and left alone.
 *
 * Context: Any but NMI.
 */
void quarry_heap_free(struct quarry_heap *heap, const void *block)
{
	struct quarry_cache *cache = NULL;
	struct qr_slab *slab;
	bool wrong;

	heap = heap ?: qr_default_heap;
	preempt_disable();
	slab = qr_page_slab(block);
	if (slab)
		cache = slab->cache;
	wrong = cache && cache->heap != heap;
	preempt_enable();
	if (unlikely(wrong))
		qr_cache_finding(cache, QR_EVENT_WRONG_OWNER, block, _RET_IP_);
	else
		qr_block_free(block, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_heap_free);

/* Of a live object with one of @flags, or any, or 0.  Who asks will use them. */
static size_t usable(const void *block, unsigned int flags)
{
	struct qr_slab *slab;
	size_t bytes = 0;

	preempt_disable();
	slab = qr_slab_of_live(block);
	if (slab && (!flags || (qr_slab_flags(slab) & flags))) {
		bytes = qr_slab_usable(slab, block);
		qr_sanitizer_open(slab, block, bytes);
	}
	preempt_enable();
	return bytes;
}

/**
 * quarry_free_sensitive() - wipe a block, then free it
 * @block: as for quarry_free()
 *
 * Context: Any but NMI.
 */
void quarry_free_sensitive(const void *block)
{
	memzero_explicit((void *)block, usable(block, QR_SLAB_HEAP));
	qr_block_free(block, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_free_sensitive);

/**
 * quarry_usable_size() - bytes that a block or object really has
 * @block: any address
 *
 * Context: Any.
 * Return: bytes, 0 when the address is no live block or object.
 */
size_t quarry_usable_size(const void *block)
{
	return usable(block, 0);
}
EXPORT_SYMBOL_GPL(quarry_usable_size);
