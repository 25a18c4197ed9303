/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - objects that lie against a page nobody can touch, as those of
 * KFENCE and Electric Fence (B. Perens, 1987): an overrun faults at once, and so
 * does every access to a freed one until its place is used again.
 */
#ifndef _QR_GUARD_H
#define _QR_GUARD_H

#include "checks.h"

/* Most places there may be; each has a page, and as much address space more. */
#define QR_GUARD_SLOTS_MAX	(1U << 16)

/* What is known of a place. */
struct qr_guard_story {
	/* Whose it was; and where that was, if it is there still. */
	char owner[QUARRY_NAME_MAX + 8];
	struct quarry_cache *cache;
	unsigned long object;
	u32 asked;
	bool live;
	u64 tag;
	struct qr_track born;
	struct qr_track freed;
};

/*
 * Makes the places, if there are none: before the first object.  0, -ENOMEM, or
 * -EOPNOTSUPP where the platform cannot.  Context: process, sleeps.
 */
int qr_guard_enable(void);
/* What is live keeps its place for ever. */
void qr_guard_exit(bool live);

/* Whether the next object of @cache is a guarded one: then it is *@entry. */
bool qr_guard_alloc(struct quarry_cache *cache, gfp_t gfp, u64 tag,
		    struct qr_entry *entry);
/* Nobody can touch the slab's object from here on: it is not LIVE any more. */
void qr_guard_close(struct qr_slab *slab);
/*
 * What @fn says, which may look at guarded objects that are LIVE: none is closed
 * meanwhile.  Context: any; @fn takes no lock and does not take long.
 */
bool qr_guard_look(bool (*fn)(void *data), void *data);
/* The slab is about to go; its place is used again after all others. */
void qr_guard_put(struct qr_slab *slab);

/* False when @addr is in no place, or in one never used. */
bool qr_guard_story(unsigned long addr, struct qr_guard_story *story);
/* Whether @addr was a guarded object, the last one in its place. */
bool qr_guard_was_freed(const void *addr);
/* Objects that would have been guarded, had there been a place. */
unsigned long qr_guard_missed(void);
unsigned int qr_guard_used(void);

#endif /* _QR_GUARD_H */
