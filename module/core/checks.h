/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checks.h - what a slab with debug options keeps of each object, and when it
 * looks: history, redzones, poison.  Such a slab (QR_SLAB_CHECKED) never meets
 * a magazine, so nothing of this is on anybody's fast path.
 *
 * BYTES OF AN OBJECT, from its neighbour on:
 *	left	a redzone, the end of what lies between two objects
 *	asked	the owner's
 *	right	a redzone: slack and the beginning of what lies between
 * The values are SLUB's: 0xcc in redzones of live objects, 0xbb of others, 0x6b
 * in the bytes of free ones, 0xa5 in the last of those.
 */
#ifndef _QR_CHECKS_H
#define _QR_CHECKS_H

#include "internal.h"
#include "pattern.h"

enum qr_check_state {
	QR_CHECK_FREE,
	QR_CHECK_LIVE,
	QR_CHECK_QUARANTINED,
	QR_CHECK_MOVING,	/* from one to another */
};

/* Who did it, and when. */
struct qr_track {
	u64 time_ns;		/* since boot, 0: never happened */
	unsigned long caller;	/* return address, 0 unknown */
	u32 stack;		/* call chain, see stack.h; 0: not kept */
	u32 pid;
	u32 cpu;
	char comm[16];
};

/* History of one object, in its slab's metadata. */
struct qr_check {
	struct qr_slab *slab;
	/* Younger in quarantine. */
	struct qr_check *next;
	/* Tag of its owner, or of its last one; 0: never allocated. */
	u64 tag;
	/* Bytes that owner asked for. */
	u32 asked;
	u8 state;		/* enum qr_check_state */
	/* Its damage is known: it is not told of again when it is freed. */
	bool told;
	struct qr_track born;
	struct qr_track freed;
};

/* Of a slab, between its tags and its bitmap. */
struct qr_checks {
	/* QUARRY_CONSISTENCY and so on. */
	u32 options;
	/* Usable bytes of each object; slab->size is from one to the next. */
	u32 bytes;
	/* Of the left redzone. */
	u32 left;
	/* From an object to the end of its right redzone. */
	u32 extent;
	struct qr_check check[];
};

static inline size_t qr_checks_bytes(unsigned int objects)
{
	return sizeof(struct qr_checks) + objects * sizeof(struct qr_check);
}

/* Of a slab that has them. */
struct qr_checks *qr_checks_place(const struct qr_slab *slab);
/* What object a record is of. */
void *qr_check_object(const struct qr_check *check);
/* Of a live object in such a slab: bytes that its owner may use. */
u32 qr_check_usable(const struct qr_slab *slab, const void *object);

/* NULL where the slab has no options. */
static inline struct qr_checks *qr_slab_checks(const struct qr_slab *slab)
{
	if (likely(!(qr_slab_flags(slab) & QR_SLAB_CHECKED)))
		return NULL;
	return qr_checks_place(slab);
}

/* Record of object @index, NULL where its slab has no options. */
static inline struct qr_check *qr_slab_check(const struct qr_slab *slab,
					     u32 index)
{
	struct qr_checks *checks = qr_slab_checks(slab);

	return checks ? &checks->check[index] : NULL;
}

/* Usable bytes of each object: what its tag's slack is counted from. */
static inline u32 qr_slab_bytes(const struct qr_slab *slab)
{
	struct qr_checks *checks = qr_slab_checks(slab);

	return checks ? checks->bytes : slab->size;
}

/* Bytes of @object, which is live, that its owner may use. */
static inline u32 qr_slab_usable(const struct qr_slab *slab,
				 const void *object)
{
	if (likely(!(qr_slab_flags(slab) & QR_SLAB_CHECKED)))
		return slab->size;
	return qr_check_usable(slab, object);
}

/*
 * A new slab's records and patterns; @bytes may be used of each object, @left
 * before it are a redzone, and what is between those and @extent.
 */
void qr_checks_init(struct qr_slab *slab, unsigned int options, u32 bytes,
		    u32 left, u32 extent);
/* Patterns of an object that becomes LIVE, or anything else. */
void qr_check_paint_live(const struct qr_check *check);
void qr_check_paint_free(const struct qr_check *check);
/* Whether they are not what they were left as. */
bool qr_check_live_damaged(const struct qr_check *check,
			   struct qr_damage *damage);
bool qr_check_free_damaged(const struct qr_check *check,
			   struct qr_damage *damage);

/* Whether the running kernel wants what is freed zeroed. */
static inline bool qr_cache_wipes(const struct quarry_cache *cache)
{
	return qr_want_init_on_free() && !cache->ctor &&
	       !(cache->flags & QUARRY_TYPESAFE_BY_RCU);
}

#endif /* _QR_CHECKS_H */
