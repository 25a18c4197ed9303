/* SPDX-License-Identifier: GPL-2.0-only */
/* budget.h - byte limits of heaps, charged where pages are taken. */
#ifndef _QR_BUDGET_H
#define _QR_BUDGET_H

#include "internal.h"

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
