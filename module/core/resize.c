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

static void *tag_of(const struct qr_slab *slab, const void *block)
{
	return qr_tag_at(slab, qr_slab_index(slab, (unsigned long)block));
}

/* Site and birth stay: it is still the same block. */
static void *resize_in_place(struct qr_slab *slab, void *block, size_t size,
			     gfp_t gfp)
{
	size_t asked = qr_slab_asked(slab, block);
	void *at = tag_of(slab, block);
	u64 tag;

	qr_inspect_resize_begin(slab, block);
	qr_sanitizer_open(slab, block, size);
	if (size > asked && (gfp & __GFP_ZERO))
		memset(block + asked, 0, size - asked);
	if (slab->level != QUARRY_LEVEL_OFF) {
		tag = qr_tag_read(at, slab->level);
		tag &= BIT_ULL(QR_TAG_ASKED_SHIFT) - 1;
		tag |= qr_asked_tag(qr_slab_bytes(slab), size);
		qr_tag_write(at, slab->level, tag);
	}
	qr_inspect_resize_end(slab, block, size);
	return block;
}

static void *resize_by_copy(struct qr_slab *slab, void *block, size_t size,
			    gfp_t gfp, struct quarry_site *site,
			    unsigned long caller)
{
	struct quarry_heap *heap = slab->cache->heap;
	size_t asked = qr_slab_asked(slab, block);
	void *fresh;

	if (qr_slab_flags(slab) & QR_SLAB_VIRT)
		fresh = qr_block_kvalloc(heap, size, gfp, qr_site_tag(site),
					 caller);
	else
		fresh = qr_block_alloc(heap, size, gfp, qr_site_tag(site),
				       caller);
	if (!fresh)
		return NULL;
	/* All that is usable moves, but not over what __GFP_ZERO promises. */
	qr_sanitizer_open(slab, block, qr_slab_usable(slab, block));
	memcpy(fresh, block,
	       min_t(size_t, size, gfp & __GFP_ZERO ? asked :
				   qr_slab_usable(slab, block)));
	qr_block_free(block, caller);
	return fresh;
}

static void *resize(struct quarry_heap *heap, void *block, size_t size,
		    gfp_t gfp, struct quarry_site *site, unsigned long caller)
{
	struct qr_slab *slab;
	void *fresh = NULL;

	if (qr_zero_or_null(block))
		return qr_block_alloc(heap, size, gfp, qr_site_tag(site),
				      caller);
	slab = qr_slab_of_live(block);
	if (unlikely(!slab || !(qr_slab_flags(slab) & QR_SLAB_HEAP) ||
		     (heap && slab->cache->heap != heap))) {
		qr_cache_finding(slab ? slab->cache : NULL,
				 slab ? QR_EVENT_WRONG_OWNER :
					QR_EVENT_INVALID_FREE, block, caller);
		return NULL;
	}
	if (!size) {
		qr_block_free(block, caller);
		return QUARRY_ZERO_PTR;
	}
	if (given_for(size) != qr_slab_bytes(slab))
		fresh = resize_by_copy(slab, block, size, gfp, site,
				       caller);
	if (!fresh && size <= qr_slab_bytes(slab))
		fresh = resize_in_place(slab, block, size, gfp);
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
