/* SPDX-License-Identifier: GPL-2.0-only */
/* slab.h - objects in page runs: birth, hand-out, return, death of slabs. */
#ifndef _QR_SLAB_H
#define _QR_SLAB_H

#include "checks.h"
#include "internal.h"
#include "layout.h"

/*
 * A new slab, every object FREE and constructed, on no list, found by
 * nobody, of the cache's level and debug options.  NULL when pages, metadata
 * or budget are not to be had.  Context: as qr_pages_get().
 */
struct qr_slab *qr_slab_create(struct quarry_cache *cache, gfp_t gfp, int nid);
/*
 * A run of pages for one block of @size bytes, aligned to @align: a power of
 * two, at least a page, or 0.  @virt: virtually contiguous will do.
 */
struct qr_slab *qr_slab_create_run(struct quarry_cache *cache, size_t size,
				   size_t align, gfp_t gfp, int nid, bool virt);
/*
 * One object of @asked bytes at @object, in @page, which is not ours to give
 * back.  Context: any but NMI, as @gfp has it.
 */
struct qr_slab *qr_slab_create_guard(struct quarry_cache *cache, void *page,
				     void *object, u32 asked, gfp_t gfp);
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
/* The same of one object, for a caller; @list is what qr_cache_list() says. */
bool qr_slab_take(struct qr_node *node, unsigned int list,
		  struct qr_entry *entry);
/*
 * Returns @nr objects of a magazine, all of slabs of @home, to FREE.  Slabs
 * that should be given back are put on @doomed: qr_slab_release() them once
 * preemption is on.  Context: any but NMI.
 */
void qr_slab_flush(unsigned long home, const struct qr_entry *entry,
		   unsigned int nr, struct list_head *doomed);
/* The same of one object, from a caller. */
void qr_slab_give(struct qr_slab *slab, const void *object,
		  struct list_head *doomed);
/* An entry of a magazine of @home that does not hold its object any more. */
void qr_slab_disown(unsigned long home, const struct qr_entry *entry);
/* Puts empty slabs beyond @keep on @doomed. */
void qr_slab_trim(struct qr_node *node, unsigned int keep,
		  struct list_head *doomed);
/* No more is taken from slabs with debug options; empty ones are doomed. */
void qr_slab_retire_checked(struct qr_node *node, struct list_head *doomed);
/*
 * Puts every slab on @doomed, those that were set aside too.  Nothing is live,
 * nobody walks.
 */
void qr_slab_evict(struct qr_node *node, struct list_head *doomed);
/* Gives doomed slabs back, by and by.  Returns pages. */
unsigned long qr_slab_release(struct list_head *doomed);
/* Waits until all that were released have been given back.  Context: process. */
void qr_slab_barrier(void);
/* Sets a slab aside after a finding: nothing more is taken from it. */
void qr_slab_freeze(struct qr_slab *slab);

/* Slab of a live object that begins at @object, else NULL. */
struct qr_slab *qr_slab_of_live(const void *object);

/* Which of its node's lists a slab is on. */
static inline unsigned int qr_slab_list(const struct qr_slab *slab)
{
	return slab->flags & QR_SLAB_CHECKED ? QR_LIST_CHECKED : slab->level;
}

/* What new slabs are checked for: guards are slabs of their own. */
static inline unsigned int qr_cache_options(const struct quarry_cache *cache)
{
	return READ_ONCE(cache->options) & ~QUARRY_GUARD;
}

/* Which lists have the slabs that objects are to be taken from. */
static inline unsigned int qr_cache_list(const struct quarry_cache *cache)
{
	return qr_cache_options(cache) ? QR_LIST_CHECKED :
					 READ_ONCE(cache->level);
}

/* The home of a slab with @flags. */
static inline unsigned long qr_slab_home(const struct quarry_cache *cache,
					 struct qr_node *node,
					 unsigned int level, unsigned int flags)
{
	unsigned long home = qr_home(node, level);

	if ((flags & QR_SLAB_CHECKED) || qr_cache_wipes(cache))
		home |= QR_HOME_APART;
	return home;
}

/* Bytes that an allocation whose tag is @tag asks the cache for. */
static inline u32 qr_cache_asked(const struct quarry_cache *cache, u64 tag)
{
	if (!cache->heap)
		return cache->object_size;
	return cache->layout.size - qr_tag_slack(tag, cache->layout.size);
}

/*
 * Bytes of a LIVE object that its owner asked for; of blocks at level off, which
 * forgets them, all there are.
 */
u32 qr_slab_asked(const struct qr_slab *slab, const void *object);

static inline size_t qr_slab_meta_bytes(const struct qr_slab *slab)
{
	return qr_layout_meta_bytes(slab->objects, slab->level,
				    READ_ONCE(slab->flags) & QR_SLAB_CHECKED ?
				    qr_checks_bytes(slab->objects) : 0);
}

/* Pins, see internal.h.  Next slab after @slab (NULL: the first), pinned. */
struct qr_slab *qr_slab_next(struct qr_node *node, struct qr_slab *slab);
/* Ends a walk early. */
void qr_slab_unpin(struct qr_slab *slab);

/*
 * WHAT A TAG SAYS: of a FREE object 0; of a LIVE one, odd, whose it is; of one
 * in a magazine, or on its way there and back, the entry that it lies in.  So an
 * object and its entry name each other, and an entry that is not named is not
 * believed: it may be of an object that two CPUs freed at once, each before it
 * saw the other do it, or damaged.  Level off has a byte for all that, of which six
 * bits name the entry.
 */

/* Makes an object LIVE, or with 0 FREE. */
static __always_inline void qr_tag_write(void *at, unsigned int level, u64 tag)
{
	if (level == QUARRY_LEVEL_OFF)
		WRITE_ONCE(*(u8 *)at, tag & QR_TAG_LIVE);
	else
		WRITE_ONCE(*(u64 *)at, tag);
}

static __always_inline u64 qr_tag_raw(const void *at, unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return READ_ONCE(*(const u8 *)at);
	return READ_ONCE(*(const u64 *)at);
}

/* The owner's part of it: 0 unless the object is LIVE. */
static __always_inline u64 qr_tag_read(const void *at, unsigned int level)
{
	u64 tag = qr_tag_raw(at, level);

	if (!(tag & QR_TAG_LIVE))
		return 0;
	return level == QUARRY_LEVEL_OFF ? QR_TAG_LIVE : tag;
}

/* A test of memory, where qr_tag_read() would load first. */
static __always_inline bool qr_tag_is_live(const void *at, unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return qr_peek(*(const u8 *)at) & QR_TAG_LIVE;
	return qr_peek(*(const u64 *)at) & QR_TAG_LIVE;
}

/*
 * What the tag of an object says that lies in @entry: where the entry ends,
 * which is what a CPU has in a register when it takes it.
 */
static __always_inline u64 qr_entry_mark(const struct qr_entry *entry,
					 unsigned int level)
{
	static_assert(sizeof(*entry) == 16);
	if (level == QUARRY_LEVEL_OFF)
		return ((unsigned long)(entry + 1) / 8 & 0x7e) | 0x80;
	return (unsigned long)(entry + 1);
}

/* Whether it does. */
static __always_inline bool qr_entry_holds(const struct qr_entry *entry,
					   unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return qr_peek(*(const u8 *)entry->tag) ==
		       qr_entry_mark(entry, level);
	return qr_peek(*(const u64 *)entry->tag) == qr_entry_mark(entry, level);
}

/* From now on it does. */
static __always_inline void qr_entry_seal(const struct qr_entry *entry,
					  unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		WRITE_ONCE(*(u8 *)entry->tag, qr_entry_mark(entry, level));
	else
		WRITE_ONCE(*(u64 *)entry->tag, qr_entry_mark(entry, level));
}

/*
 * Takes the LIVE object that @entry is about from its owner: from then on the
 * entry holds it.  Of several who try exactly one does.  Returns the tag there
 * was, or 0.
 */
static inline u64 qr_entry_claim(const struct qr_entry *entry,
				 unsigned int level)
{
	u64 mark = qr_entry_mark(entry, level);
	u64 tag = qr_tag_read(entry->tag, level), was;

	if (level == QUARRY_LEVEL_OFF)
		return cmpxchg((u8 *)entry->tag, QR_TAG_LIVE, mark) ==
		       QR_TAG_LIVE;
	while (tag & QR_TAG_LIVE) {
		was = cmpxchg((u64 *)entry->tag, tag, mark);
		if (was == tag)
			return tag;
		tag = was;
	}
	return 0;
}

/* Where the tag of object @index is; @level is the slab's. */
static __always_inline void *qr_tag_place(const struct qr_slab *slab, u64 index,
					  unsigned int level)
{
	if (level == QUARRY_LEVEL_OFF)
		return (u8 *)slab->tags + index;
	return (u64 *)slab->tags + index;
}

/* Records of level stack, behind the tags. */
static __always_inline struct qr_origin *
qr_origin_place(const struct qr_slab *slab, u64 index)
{
	return (struct qr_origin *)(slab->tags + slab->objects) + index;
}

/*
 * Record of object @index, NULL at other levels.  It may change at any time:
 * see origin.h.
 */
static inline struct qr_origin *qr_slab_origin(const struct qr_slab *slab,
					       u32 index)
{
	if (slab->level != QUARRY_LEVEL_STACK)
		return NULL;
	return qr_origin_place(slab, index);
}

/*
 * On the way back to FREE or CACHED, before the next owner can have the object;
 * @level is the slab's.
 */
static __always_inline void qr_origin_clear(const struct qr_slab *slab,
					    u64 index, unsigned int level)
{
	if (level == QUARRY_LEVEL_STACK)
		WRITE_ONCE(qr_origin_place(slab, index)->stack, 0);
}

static __always_inline void *qr_tag_at(const struct qr_slab *slab, u32 index)
{
	return qr_tag_place(slab, index, slab->level);
}

#endif /* _QR_SLAB_H */
