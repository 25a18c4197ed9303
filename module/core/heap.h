/* SPDX-License-Identifier: GPL-2.0-only */
/* heap.h - what reports and platform ask of heaps. */
#ifndef _QR_HEAP_H
#define _QR_HEAP_H

#include "internal.h"

/* The default heap. */
int qr_heap_init(void);
/*
 * The end of it and of all others that are @permanent.  Returns the blocks
 * still live; their memory stays where it is.
 */
unsigned long qr_heap_exit(void);

/*
 * As quarry_heap_create(), without a word in the log or a directory.  One that
 * is @permanent stays as long as quarry does.  Context: as @gfp says.
 */
struct quarry_heap *qr_heap_create(const char *name, size_t limit_bytes,
				   bool permanent, gfp_t gfp);

#define QR_HEAP_CACHES_MAX	(QR_NR_CLASSES + 1)
/* Fills @caches with all that @heap has by now, returns how many. */
unsigned int qr_heap_caches(struct quarry_heap *heap,
			    struct quarry_cache **caches);
/* Empties depots, or magazines of CPUs too.  Returns pages. */
unsigned long qr_heap_drain(struct quarry_heap *heap, bool cpus);
/* Its budget, and what happens when that is short: relief.c. */
void qr_heap_relief_init(struct quarry_heap *heap, size_t limit_bytes);

/* Cache of class @index, created when this is its first use; or NULL. */
struct quarry_cache *qr_heap_class(struct quarry_heap *heap,
				   unsigned int index, gfp_t gfp);

/* Finishes closed caches and heaps whose last object was freed. */
void qr_reap(void);

#endif /* _QR_HEAP_H */
