// SPDX-License-Identifier: GPL-2.0-only
/*
 * suspect.c - an object that is not where its tag says.  Two CPUs freed it at
 * the same moment, each before it saw the other do it, so that there are two
 * entries of it in magazines, of which one does not hold it; or its tag is
 * damaged.  This is found out under a lock, and told of when there is time.
 * Until then its slab is pinned.
 */
#include <linux/atomic.h>
#include <linux/kernel.h>

#include "slab.h"
#include "suspect.h"

enum {
	NONE,
	TAKEN,		/* by who writes it, or reads it */
	WAITS,
};

static atomic_t state;
static struct qr_suspect suspect;

void qr_suspect_note(const void *object, struct qr_slab *slab,
		     enum qr_event_kind kind)
{
	if (atomic_cmpxchg(&state, NONE, TAKEN) != NONE)
		return;
	suspect.object = object;
	suspect.slab = slab;
	suspect.kind = kind;
	if (slab)
		slab->pins++;
	/* Pairs with the cmpxchg() in qr_suspect_take(). */
	atomic_set_release(&state, WAITS);
}

void qr_suspect_wake(void)
{
	if (unlikely(atomic_read(&state) == WAITS))
		qr_platform_reap();
}

const struct qr_suspect *qr_suspect_take(void)
{
	return atomic_cmpxchg(&state, WAITS, TAKEN) == WAITS ? &suspect : NULL;
}

void qr_suspect_done(void)
{
	if (suspect.slab)
		qr_slab_unpin(suspect.slab);
	/* Pairs with the cmpxchg() in qr_suspect_note(). */
	atomic_set_release(&state, NONE);
}
