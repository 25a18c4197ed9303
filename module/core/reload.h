/* SPDX-License-Identifier: GPL-2.0-only */
/* reload.h - the magazines of a CPU when the fast path can go no further. */
#ifndef _QR_RELOAD_H
#define _QR_RELOAD_H

#include "internal.h"

/*
 * This CPU's magazines, preemption off, or NULL when they are closed or in use.
 * @home is what was taken and must be put back.
 */
static inline struct qr_cpu *qr_cpu_enter(struct quarry_cache *cache,
					  unsigned long *home)
{
	unsigned int level = READ_ONCE(cache->level);
	struct qr_cpu *cc;

	/* Pairs with the release in gates_open(). */
	cc = this_cpu_ptr(smp_load_acquire(&cache->cpu));
	*home = READ_ONCE(cc->home[level]);
	if (!*home)
		return NULL;
	WRITE_ONCE(cc->home[level], 0);
	barrier();
	return cc;
}

static inline void qr_cpu_leave(struct qr_cpu *cc, unsigned long home)
{
	barrier();
	WRITE_ONCE(cc->home[qr_home_level(home)], home);
}

/*
 * Both between enter and leave.  The first makes the loaded magazine
 * have a round; @spare is one to destroy with preemption on.  The second makes
 * it have room; its objects may go back to slabs, of which some may be doomed.
 */
bool qr_reload_full(struct qr_cpu *cc, unsigned long home,
		    struct qr_mag **spare);
bool qr_reload_empty(struct qr_cpu *cc, unsigned long home,
		     struct list_head *doomed);

/*
 * Capacity of the magazine that this CPU, or its depot, should be given now,
 * or 0: it has too few or too small ones.
 */
unsigned int qr_magazine_due(struct quarry_cache *cache, struct qr_cpu *cc,
			     unsigned long home, bool for_free);
/* Gives it; preemption is on. */
void qr_magazine_supply(struct quarry_cache *cache, unsigned int capacity);
void qr_magazine_destroy(struct quarry_cache *cache, struct qr_mag *mag);

#endif /* _QR_RELOAD_H */
