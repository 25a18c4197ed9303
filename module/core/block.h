/* SPDX-License-Identifier: GPL-2.0-only */
/* block.h - what the files that work on blocks share. */
#ifndef _QR_BLOCK_H
#define _QR_BLOCK_H

#include "internal.h"

/* What is between them, or near, was something else once. */
static inline bool qr_zero_or_null(const void *block)
{
	return !block || block == QUARRY_ZERO_PTR;
}

/*
 * What the API does, for functions that do it for their @caller.  @tag has the
 * site; a NULL heap is the default one.
 */
void *qr_block_alloc(struct quarry_heap *heap, size_t size, gfp_t gfp, u64 tag,
		     unsigned long caller);
void *qr_block_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp,
		       u64 tag, unsigned long caller);
void qr_block_free(const void *block, unsigned long caller);
/*
 * What the fast path does not take: preemption is off since before @slab was
 * looked up, NULL where it is not near, and on again afterwards.
 */
void qr_block_free_other(void *block, struct qr_slab *slab,
			 unsigned long caller);

/* Reports an array of elements of @size bytes that no size_t can hold. */
void qr_block_overflow(struct quarry_heap *heap, size_t size, u64 tag,
		       unsigned long caller);

#endif /* _QR_BLOCK_H */
