/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.h - every cache, heap and slab, while they move.  A walk holds a pin,
 * never a lock, so it may sleep, and stops no allocation.
 */
#ifndef _QR_WALK_H
#define _QR_WALK_H

#include "internal.h"

/* 0, or -EEXIST when a cache (heap) that users named has that name. */
int qr_walk_add_cache(struct quarry_cache *cache);
/* No longer to be found by name, which is free for another. */
void qr_walk_hide_cache(struct quarry_cache *cache);
void qr_walk_hide_heap(struct quarry_heap *heap);
/* Off the list once no walker stands on it.  Context: process. */
void qr_walk_del_cache(struct quarry_cache *cache);
int qr_walk_add_heap(struct quarry_heap *heap);
void qr_walk_del_heap(struct quarry_heap *heap);

/* Next after @cache (NULL: the first), pinned; unpins @cache. */
struct quarry_cache *qr_walk_next_cache(struct quarry_cache *cache);
void qr_walk_unpin_cache(struct quarry_cache *cache);
struct quarry_heap *qr_walk_next_heap(struct quarry_heap *heap);
void qr_walk_unpin_heap(struct quarry_heap *heap);

/* A cache or heap by name, pinned, or NULL.  Class caches are not found. */
struct quarry_cache *qr_walk_find_cache(const char *name);
struct quarry_heap *qr_walk_find_heap(const char *name);

/* All slabs of a cache, on all nodes. */
typedef void (*qr_walk_slab_fn)(struct qr_slab *slab, void *data);
void qr_walk_slabs(struct quarry_cache *cache, qr_walk_slab_fn fn, void *data);

#endif /* _QR_WALK_H */
