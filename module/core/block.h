/* SPDX-License-Identifier: GPL-2.0-only */
/* block.h - what the files that work on blocks share. */
#ifndef _QR_BLOCK_H
#define _QR_BLOCK_H

#include "internal.h"

static inline bool qr_zero_or_null(const void *block)
{
	return (unsigned long)block <= (unsigned long)QUARRY_ZERO_PTR;
}

/* Slab of a live block or object that begins at @block, else NULL. */
struct qr_slab *qr_block_slab(const void *block);

/* Reports an array of elements of @size bytes that no size_t can hold. */
void qr_block_overflow(struct quarry_heap *heap, size_t size, u64 tag,
		       unsigned long caller);

#endif /* _QR_BLOCK_H */
