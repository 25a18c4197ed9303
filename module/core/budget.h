/* SPDX-License-Identifier: GPL-2.0-only */
/* budget.h - byte limits of heaps, charged where pages are taken. */
#ifndef _QR_BUDGET_H
#define _QR_BUDGET_H

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/types.h>

/* Bytes taken against bytes allowed; charged where pages are taken. */
struct qr_budget {
	atomic_long_t held;
	/* 0: no limit. */
	unsigned long limit;
	atomic_long_t high_water;
	atomic_long_t refusals;
	/*
	 * Asked, with no lock held, when a charge would pass the limit: gives
	 * back what holds no live object.  True when trying again makes sense.
	 */
	bool (*relieve)(struct qr_budget *budget, gfp_t gfp);
	/* The same when that was not enough: has the owner give things up. */
	bool (*reclaim)(struct qr_budget *budget, unsigned long bytes,
			gfp_t gfp);
	/*
	 * Told that a request for @bytes failed for good; true when the budget
	 * was the cause and the refusal is reported.
	 */
	bool (*refused)(struct qr_budget *budget, unsigned long bytes,
			gfp_t gfp, u64 tag);
};

/*
 * False, and nothing charged, when @bytes more would pass the limit even after
 * relief.  Context: as qr_pages_get().
 */
bool qr_budget_charge(struct qr_budget *budget, unsigned long bytes,
		      gfp_t gfp);
/* Whether @bytes more would pass the limit now. */
bool qr_budget_exceeded(struct qr_budget *budget, unsigned long bytes);
/* Charges whatever the limit: for requests that must not fail. */
void qr_budget_force(struct qr_budget *budget, unsigned long bytes);
void qr_budget_uncharge(struct qr_budget *budget, unsigned long bytes);

#endif /* _QR_BUDGET_H */
