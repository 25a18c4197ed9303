// SPDX-License-Identifier: GPL-2.0-only
/*
 * budget.c - byte limits of heaps.  Charged and uncharged where pages are
 * taken and given back, never on the fast path.  Lock-free: a charge that
 * turns out too large is taken back by who made it.
 */
#include <linux/atomic.h>

#include "budget.h"

static void raise_high_water(struct qr_budget *budget, long held)
{
	long seen = atomic_long_read(&budget->high_water);

	while (held > seen) {
		long was = atomic_long_cmpxchg(&budget->high_water, seen, held);

		if (was == seen)
			return;
		seen = was;
	}
}

static bool try_charge(struct qr_budget *budget, unsigned long bytes)
{
	unsigned long limit = READ_ONCE(budget->limit);
	long held = atomic_long_add_return(bytes, &budget->held);

	if (limit && (unsigned long)held > limit) {
		atomic_long_sub(bytes, &budget->held);
		return false;
	}
	raise_high_water(budget, held);
	return true;
}

/* Times that the owner of a heap is asked for one request. */
#define RECLAIM_TRIES	8

bool qr_budget_charge(struct qr_budget *budget, unsigned long bytes,
		      gfp_t gfp)
{
	unsigned int tries = RECLAIM_TRIES;

	if (try_charge(budget, bytes) ||
	    (budget->relieve(budget, gfp) && try_charge(budget, bytes)))
		return true;
	while (tries-- && budget->reclaim(budget, bytes, gfp))
		if (try_charge(budget, bytes))
			return true;
	return false;
}

bool qr_budget_exceeded(struct qr_budget *budget, unsigned long bytes)
{
	unsigned long limit = READ_ONCE(budget->limit);

	return limit &&
	       (unsigned long)atomic_long_read(&budget->held) + bytes > limit;
}

void qr_budget_force(struct qr_budget *budget, unsigned long bytes)
{
	raise_high_water(budget, atomic_long_add_return(bytes, &budget->held));
}

void qr_budget_uncharge(struct qr_budget *budget, unsigned long bytes)
{
	atomic_long_sub(bytes, &budget->held);
}
