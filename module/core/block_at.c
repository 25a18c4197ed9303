// SPDX-License-Identifier: GPL-2.0-only
/*
 * block_at.c - the calls that hand out blocks, for callers without a record of
 * their call site: the return address stands for it.
 */
#include <linux/export.h>
#include <linux/kernel.h>

#include "block.h"
#include "site.h"

/* The exported functions of the same names are defined below. */
#undef quarry_heap_alloc
#undef quarry_heap_kvalloc
#undef quarry_alloc
#undef quarry_zalloc
#undef quarry_kvalloc

static void *alloc_at(struct quarry_heap *heap, size_t size, gfp_t gfp,
		      unsigned long address)
{
	return qr_block_alloc(heap, size, gfp, qr_site_of_address(address),
			      address);
}

static void *kvalloc_at(struct quarry_heap *heap, size_t size, gfp_t gfp,
			unsigned long address)
{
	return qr_block_kvalloc(heap, size, gfp, qr_site_of_address(address),
				address);
}

/**
 * quarry_heap_alloc() - allocate a block; the site is the return address
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_alloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *quarry_heap_alloc(struct quarry_heap *heap, size_t size, gfp_t gfp)
{
	return alloc_at(heap, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_heap_alloc);

/**
 * quarry_heap_kvalloc() - as __quarry_heap_kvalloc(), by return address
 * @heap: the heap, or %NULL for the default heap
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_kvalloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *quarry_heap_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp)
{
	return kvalloc_at(heap, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_heap_kvalloc);

/**
 * quarry_alloc() - quarry_heap_alloc() on the default heap
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_alloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *quarry_alloc(size_t size, gfp_t gfp)
{
	return alloc_at(NULL, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_alloc);

/**
 * quarry_zalloc() - quarry_alloc(), zeroed
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_alloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *quarry_zalloc(size_t size, gfp_t gfp)
{
	return alloc_at(NULL, size, gfp | __GFP_ZERO, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_zalloc);

/**
 * quarry_kvalloc() - quarry_heap_kvalloc() on the default heap
 * @size: bytes wanted
 * @gfp: as for __quarry_heap_kvalloc()
 *
 * Context: Any but NMI.  Sleeps only if @gfp allows it.
 * Return: the block, owned by the caller, or %NULL.
 */
void *quarry_kvalloc(size_t size, gfp_t gfp)
{
	return kvalloc_at(NULL, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(quarry_kvalloc);
