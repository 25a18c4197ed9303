// SPDX-License-Identifier: GPL-2.0-only
/*
 * resize.c - realloc: in place while the class (or the page count) stays, else
 * allocate, copy, free.  Takes no locks of its own.
 */
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "block.h"
#include "cache.h"
#include "event.h"
#include "heap.h"
#include "inspect.h"
#include "layout.h"
#include "sanitizer.h"
#include "site.h"
#include "slab.h"

#undef quarry_heap_realloc
#undef quarry_realloc

/* Bytes that a fresh block for @size bytes would have. */
static size_t given_for(size_t size)
{
	if (size <= QUARRY_CLASS_MAX)
		return qr_class_size(__quarry_class(size));
	return PAGE_ALIGN(size);
}

/* A block that is to be resized, as it was found. */
struct old_block {
	void *at;
	struct quarry_cache *cache;
	u32 flags;
	/* Bytes that it has, that may be used, that were asked for. */
	size_t bytes;
	size_t usable;
	size_t asked;
	/* It is resized; nothing more is known. */
	bool done;
};

/* Site and birth stay: it is still the same block. */
static void note_asked(struct qr_slab *slab, const void *block, size_t size)
{
	void *at = qr_tag_at(slab, qr_slab_index(slab, (unsigned long)block));
	u64 tag;

	if (slab->level == QUARRY_LEVEL_OFF)
		return;
	tag = qr_tag_read(at, slab->level);
	tag &= BIT_ULL(QR_TAG_ASKED_SHIFT) - 1;
	tag |= qr_asked_tag(qr_slab_bytes(slab), size);
	qr_tag_write(at, slab->level, tag);
}

/* What is between these two may take long. */
static void begin(struct qr_slab *slab, void *block, size_t size)
{
	qr_inspect_resize_begin(slab, block);
	qr_sanitizer_open(slab, block, size);
}

static void end(struct qr_slab *slab, void *block, size_t size)
{
	note_asked(slab, block, size);
	qr_inspect_resize_end(slab, block, size);
}

static void open(struct qr_slab *slab, void *block, size_t size)
{
	qr_sanitizer_open(slab, block, size);
}

static bool is_of(const struct old_block *old, const struct quarry_heap *heap)
{
	return (old->flags & QR_SLAB_HEAP) && (!heap || old->cache->heap == heap);
}

/*
 * False where there is no live one.  Most have @given bytes already, and nothing of
 * them is to be cleared: they are resized while they are looked at, see @done.
 */
static bool look_up(struct quarry_heap *heap, void *block, size_t size,
		    size_t given, gfp_t gfp, struct old_block *old)
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_slab_of_live(block);
	if (likely(slab)) {
		old->at = block;
		old->cache = slab->cache;
		old->flags = qr_slab_flags(slab);
		old->bytes = qr_slab_bytes(slab);
		old->done = given == old->bytes && is_of(old, heap) &&
			    !(gfp & __GFP_ZERO);
		if (old->done) {
			begin(slab, block, size);
			end(slab, block, size);
		} else {
			old->usable = qr_slab_usable(slab, block);
			old->asked = qr_slab_asked(slab, block);
		}
	}
	preempt_enable();
	return slab;
}

/* The slab stays while preemption is off. */
static void with_slab(const struct old_block *old, size_t size,
		      void (*fn)(struct qr_slab *slab, void *block, size_t size))
{
	struct qr_slab *slab;

	preempt_disable();
	slab = qr_slab_of_live(old->at);
	if (likely(slab))
		fn(slab, old->at, size);
	preempt_enable();
}

static void *resize_in_place(const struct old_block *old, size_t size,
			     gfp_t gfp)
{
	with_slab(old, size, begin);
	if (size > old->asked && (gfp & __GFP_ZERO))
		memset(old->at + old->asked, 0, size - old->asked);
	with_slab(old, size, end);
	return old->at;
}

static void *resize_by_copy(const struct old_block *old, size_t size, gfp_t gfp,
			    struct quarry_site *site, unsigned long caller)
{
	struct quarry_heap *heap = old->cache->heap;
	/* All that is usable moves, but not over what __GFP_ZERO promises. */
	size_t kept = gfp & __GFP_ZERO ? old->asked : old->usable;
	void *fresh;

	if (old->flags & QR_SLAB_VIRT)
		fresh = qr_block_kvalloc(heap, size, gfp, qr_site_tag(site),
					 caller);
	else
		fresh = qr_block_alloc(heap, size, gfp, qr_site_tag(site),
				       caller);
	if (!fresh)
		return NULL;
	with_slab(old, old->usable, open);
	memcpy(fresh, old->at, min(size, kept));
	qr_block_free(old->at, caller);
	return fresh;
}

static void *resize(struct quarry_heap *heap, void *block, size_t size,
		    gfp_t gfp, struct quarry_site *site, unsigned long caller)
{
	struct old_block old = { };
	size_t given = size ? given_for(size) : 0;
	void *fresh = NULL;

	if (qr_zero_or_null(block))
		return qr_block_alloc(heap, size, gfp, qr_site_tag(site),
				      caller);
	if (unlikely(!look_up(heap, block, size, given, gfp, &old) ||
		     !is_of(&old, heap))) {
		qr_cache_finding(old.cache,
				 old.cache ? QR_EVENT_WRONG_OWNER :
					     QR_EVENT_INVALID_FREE,
				 block, caller);
		return NULL;
	}
	if (likely(old.done))
		return block;
	if (!size) {
		qr_block_free(block, caller);
		return QUARRY_ZERO_PTR;
	}
	if (given != old.bytes)
		fresh = resize_by_copy(&old, size, gfp, site, caller);
	if (!fresh && size <= old.bytes)
		fresh = resize_in_place(&old, size, gfp);
	return fresh;
}

/**
 * __quarry_heap_realloc() - change the size of a block
 * @heap: the heap of the block; %NULL is the default heap for a new block, and
 *	for an old one the heap it is of
 * @block: the block, consumed unless the call fails; %NULL and
 *	%QUARRY_ZERO_PTR ask for a new one
 * @size: bytes wanted; 0 frees the block and gives %QUARRY_ZERO_PTR
 * @gfp: as for __quarry_heap_alloc(); with %__GFP_ZERO, if all calls for this
 *	block have had it, bytes beyond those asked for before are zero
 * @site: static record of the call site
 *
 * The contents are kept up to the smaller size.  A block that becomes smaller
 * never fails.
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, perhaps elsewhere, or %NULL; then the old one is untouched
 * and still the caller's.
 */
void *__quarry_heap_realloc(struct quarry_heap *heap, void *block, size_t size,
			    gfp_t gfp, struct quarry_site *site)
{
	return resize(heap, block, size, gfp, site, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_realloc);

/**
 * __quarry_heap_realloc_array() - change the size of an array, checking it
 * @heap: as for __quarry_heap_realloc()
 * @block: as for __quarry_heap_realloc()
 * @nr: elements
 * @size: bytes of an element
 * @gfp: as for __quarry_heap_realloc()
 * @site: static record of the call site
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: as __quarry_heap_realloc(); %NULL, and reported, when the product is
 * beyond what a size_t holds.
 */
void *__quarry_heap_realloc_array(struct quarry_heap *heap, void *block,
				  size_t nr, size_t size, gfp_t gfp,
				  struct quarry_site *site)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(nr, size, &bytes))) {
		qr_block_overflow(heap, size, qr_site_tag(site), _RET_IP_);
		return NULL;
	}
	return resize(heap, block, bytes, gfp, site, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__quarry_heap_realloc_array);

/* A record on the stack, numbered by the return address. */
static void *resize_by_address(struct quarry_heap *heap, void *block,
			       size_t size, gfp_t gfp, unsigned long caller)
{
	struct quarry_site site = { .tag = qr_site_of_address(caller) };

	return resize(heap, block, size, gfp, &site, caller);
}

/**
 * quarry_heap_realloc() - as __quarry_heap_realloc(), by return address
 * @heap: as for __quarry_heap_realloc()
 * @block: as for __quarry_heap_realloc()
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_realloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: as __quarry_heap_realloc().
 */
void *quarry_heap_realloc(struct quarry_heap *heap, void *block, size_t size,
			  gfp_t gfp)
{
	return resize_by_address(heap, block, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_heap_realloc);

/**
 * quarry_realloc() - quarry_heap_realloc() for a block of any heap
 * @block: as for __quarry_heap_realloc()
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_realloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: as __quarry_heap_realloc().
 */
void *quarry_realloc(void *block, size_t size, gfp_t gfp)
{
	return resize_by_address(NULL, block, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_realloc);
