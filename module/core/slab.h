/* SPDX-License-Identifier: GPL-2.0-only */
/* slab.h - objects in page runs: birth, hand-out, return, death of slabs. */
#ifndef _QR_SLAB_H
#define _QR_SLAB_H

#include "internal.h"
#include "layout.h"

/*
 * A new slab, every object FREE and constructed, on no list, found by
 * nobody.  @level is the level its tags are kept at.  NULL when pages,
 * metadata or budget are not to be had.  Context: as qr_pages_get().
 */
struct qr_slab *qr_slab_create(struct quarry_cache *cache, unsigned int level,
			       gfp_t gfp, int nid);
/*
 * A run of pages for one block of @size bytes, aligned to @align: a power of
 * two, at least a page, or 0.  @virt: virtually contiguous will do.
 */
struct qr_slab *qr_slab_create_run(struct quarry_cache *cache, size_t size,
				   size_t align, gfp_t gfp, int nid, bool virt);
/*
 * Publishes a slab: stamps it, puts it on its node, and takes one of its
 * objects.
 */
void qr_slab_attach(struct qr_slab *slab, struct qr_entry *entry);

/*
 * Takes up to @nr FREE objects of slabs of @level for a magazine, in random
 * order.  Returns how many.  Context: any but NMI.
 */
unsigned int qr_slab_refill(struct qr_node *node, unsigned int level,
			    struct qr_entry *entry, unsigned int nr);
/* The same of one object, for a caller. */
bool qr_slab_take(struct qr_node *node, unsigned int level,
		  struct qr_entry *entry);
/*
 * Returns @nr objects of a magazine, all of slabs of @node, to FREE.  Slabs
 * that should be given back are put on @doomed: qr_slab_release() them once
 * preemption is on.  Context: any but NMI.
 */
void qr_slab_flush(struct qr_node *node, const struct qr_entry *entry,
		   unsigned int nr, struct list_head *doomed);
/* The same of one object, from a caller. */
void qr_slab_give(struct qr_slab *slab, const void *object,
		  struct list_head *doomed);
/* Puts empty slabs beyond @keep on @doomed. */
void qr_slab_trim(struct qr_node *node, unsigned int keep,
		  struct list_head *doomed);
/*
 * Puts every slab on @doomed, those that were set aside too.  Nothing is live,
 * nobody walks.
 */
void qr_slab_evict(struct qr_node *node, struct list_head *doomed);
/* Gives doomed slabs back.  Returns pages. */
unsigned long qr_slab_release(struct list_head *doomed);
/* Sets a slab aside after a finding: nothing more is taken from it. */
void qr_slab_freeze(struct qr_slab *slab);

static inline size_t qr_slab_meta_bytes(const struct qr_slab *slab)
{
	return qr_layout_meta_bytes(slab->objects, slab->level);
}

/* Pins, see internal.h.  Next slab after @slab (NULL: the first), pinned. */
struct qr_slab *qr_slab_next(struct qr_node *node, struct qr_slab *slab);
/* Ends a walk early. */
void qr_slab_unpin(struct qr_slab *slab);

/* Writes object @index's live mark; @tag is ignored at level off. */
static __always_inline void qr_tag_write(void *at, unsigned int level, u64 tag)
{
	if (level == QUARRY_LEVEL_OFF)
		WRITE_ONCE(*(u8 *)at, !!tag);
	else
		WRITE_ONCE(*(u64 *)at, tag);
}

static __always_inline u64 qr_tag_read(const void *at, unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return READ_ONCE(*(const u8 *)at);
	return READ_ONCE(*(const u64 *)at);
}

/* A test of memory, where qr_tag_read() would load first. */
static __always_inline bool qr_tag_is_set(const void *at, unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return qr_peek(*(const u8 *)at);
	return qr_peek(*(const u64 *)at);
}

/* Where the tag of object @index is; @level is the slab's. */
static __always_inline void *qr_tag_place(const struct qr_slab *slab, u64 index,
					  unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return (u8 *)slab->tags + index;
	return (u64 *)slab->tags + index;
}

static __always_inline void *qr_tag_at(const struct qr_slab *slab, u32 index)
{
	return qr_tag_place(slab, index, slab->level);
}

#endif /* _QR_SLAB_H */
