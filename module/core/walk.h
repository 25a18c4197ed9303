/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk.h - every cache, heap, slab and live object, while they move.  A walk
 * holds a pin, never a lock, so it may sleep, and stops no allocation.
 */
#ifndef _QR_WALK_H
#define _QR_WALK_H

#include "internal.h"

/* 0, or -EEXIST when a cache (heap) that users named has that name. */
int qr_walk_add_cache(struct quarry_cache *cache);
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

/* Adds up live objects by site. */
struct qr_site_sum {
	u32 site;
	/* Birth in jiffies of the oldest. */
	u32 oldest;
	unsigned long objects;
	/* Bytes asked for, and bytes given (object sizes). */
	unsigned long asked;
	unsigned long given;
};

/* Indexed by site number; entry 0 is what has no site (level off). */
struct qr_site_sums {
	u32 nr;
	struct qr_site_sum *sum;
};

/* -ENOMEM or 0; room for every site numbered by now. */
int qr_site_sums_init(struct qr_site_sums *sums);
void qr_site_sums_free(struct qr_site_sums *sums);
void qr_site_sums_add_cache(struct qr_site_sums *sums,
			    struct quarry_cache *cache);
/* All classes and runs of a heap. */
void qr_site_sums_add_heap(struct qr_site_sums *sums, struct quarry_heap *heap);
void qr_site_sums_add_all(struct qr_site_sums *sums);
/* Drops sites without objects, sorts by bytes given, most first. */
void qr_site_sums_sort(struct qr_site_sums *sums);

#endif /* _QR_WALK_H */
