// SPDX-License-Identifier: GPL-2.0-only
/*
 * block_free.c - the calls that take back blocks of heaps, and that which says
 * how large one is.
 */
#include <linux/export.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "block.h"
#include "cache.h"
#include "checks.h"
#include "event.h"
#include "fast.h"
#include "guard.h"
#include "run.h"
#include "trace.h"

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
	/* Guarded objects are far away, and runs not looked up yet. */
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
	*slab = qr_page_slab_plain(block);
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
