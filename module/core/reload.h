/* SPDX-License-Identifier: GPL-2.0-only */
/* reload.h - the magazines of a CPU when the fast path can go no further. */
#ifndef _QR_RELOAD_H
#define _QR_RELOAD_H

#include "internal.h"

/*
 * Both with preemption off and @busy set.  The first makes the loaded magazine
 * have a round; @spare is one to destroy with preemption on.  The second makes
 * it have room; its objects may go back to slabs, of which some may be doomed.
 */
bool qr_reload_full(struct quarry_cache *cache, struct qr_cpu *cc,
		    struct qr_mag **spare);
bool qr_reload_empty(struct quarry_cache *cache, struct qr_cpu *cc,
		     struct list_head *doomed);

/*
 * Capacity of the magazine that this CPU, or its depot, should be given now,
 * or 0: it has too few or too small ones.
 */
unsigned int qr_magazine_due(struct quarry_cache *cache, struct qr_cpu *cc,
			     bool for_free);
/* Gives it; preemption is on. */
void qr_magazine_supply(struct quarry_cache *cache, unsigned int capacity);
void qr_magazine_destroy(struct quarry_cache *cache, struct qr_mag *mag);

#endif /* _QR_RELOAD_H */
