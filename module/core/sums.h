/* SPDX-License-Identifier: GPL-2.0-only */
/* sums.h - live objects added up by call site. */
#ifndef _QR_SUMS_H
#define _QR_SUMS_H

#include "internal.h"

struct qr_site_sum {
	u32 site;
	/* Birth in jiffies of the oldest. */
	u32 oldest;
	unsigned long objects;
	/* Bytes asked for, and bytes given (object sizes). */
	unsigned long asked;
	unsigned long given;
};

/* Indexed by site number; entry 0 is what has no site (level off). */
struct qr_site_sums {
	u32 nr;
	struct qr_site_sum *sum;
	/* Only what was born at @from, in jiffies, or after it. */
	bool dated;
	unsigned long from;
	/* Left out therefore: objects of level off, which have no birth. */
	unsigned long undated;
};

/* -ENOMEM or 0; room for every site numbered by now. */
int qr_site_sums_init(struct qr_site_sums *sums);
/* The same, for what is born at @from, in jiffies, or after it. */
int qr_site_sums_init_since(struct qr_site_sums *sums, unsigned long from);
void qr_site_sums_free(struct qr_site_sums *sums);
void qr_site_sums_add_cache(struct qr_site_sums *sums,
			    struct quarry_cache *cache);
/* All classes and runs of a heap. */
void qr_site_sums_add_heap(struct qr_site_sums *sums, struct quarry_heap *heap);
void qr_site_sums_add_all(struct qr_site_sums *sums);
/* Drops sites without objects, sorts by bytes given, most first. */
void qr_site_sums_sort(struct qr_site_sums *sums);

#endif /* _QR_SUMS_H */
