/* SPDX-License-Identifier: GPL-2.0-only */
/* heap.h - what reports and platform ask of heaps. */
#ifndef _QR_HEAP_H
#define _QR_HEAP_H

#include "internal.h"

/* The default heap, and its end. */
int qr_heap_init(void);
/* Returns the blocks still live; their memory stays where it is. */
unsigned long qr_heap_exit(void);

/* Cache of class @index, created when this is its first use; or NULL. */
struct quarry_cache *qr_heap_class(struct quarry_heap *heap,
				   unsigned int index, gfp_t gfp);

/* Finishes closed caches and heaps whose last object was freed. */
void qr_reap(void);

#endif /* _QR_HEAP_H */
