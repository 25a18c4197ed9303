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
/* Once more; it is pinned already. */
void qr_walk_pin_cache(struct quarry_cache *cache);
/*
 * Pins what may be no cache any more, or another than the one of that name:
 * false then, and in NMI, where nobody can ask.  Context: any.
 */
bool qr_walk_pin_maybe(struct quarry_cache *cache, const char *name);
struct quarry_heap *qr_walk_next_heap(struct quarry_heap *heap);
void qr_walk_unpin_heap(struct quarry_heap *heap);

/*
 * Whether there is such a cache (heap): what was destroyed and is gone is not
 * looked at, what still has live objects is there.  Context: any; in NMI, where
 * nobody can ask, there is.
 */
bool qr_walk_knows_cache(const struct quarry_cache *cache);
bool qr_walk_knows_heap(const struct quarry_heap *heap);

/* A cache or heap by name, pinned, or NULL.  Class caches are not found. */
struct quarry_cache *qr_walk_find_cache(const char *name);
struct quarry_heap *qr_walk_find_heap(const char *name);

/*
 * Whether the magazines of caches are to be closed: those that come on the
 * list from now on are, and drain.c leaves closed what it closes.  For the
 * others see qr_gates_review().
 */
void qr_walk_shut(bool shall);
bool qr_walk_is_shut(void);

/* All slabs of a cache, on all nodes. */
typedef void (*qr_walk_slab_fn)(struct qr_slab *slab, void *data);
void qr_walk_slabs(struct quarry_cache *cache, qr_walk_slab_fn fn, void *data);
/* Those of all caches, and then what is watched: see watched.h. */
void qr_walk_all(qr_walk_slab_fn fn, void *data);

/*
 * Calls @fn for the object, live or not, that @address lies in, while its slab
 * cannot go.  Whose the address is does not matter.  False: nobody's.
 */
typedef void (*qr_walk_object_fn)(struct qr_slab *slab, u32 index, void *data);
bool qr_walk_object(unsigned long address, qr_walk_object_fn fn, void *data);

/*
 * What is wrong with the lists of caches and heaps themselves, and with whom;
 * or NULL.
 */
const char *qr_walk_damage(unsigned long *at);

#endif /* _QR_WALK_H */
