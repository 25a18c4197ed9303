/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict.h - what the last scan found: lost, indirect, held; by site. */
#ifndef _QR_VERDICT_H
#define _QR_VERDICT_H

#include "internal.h"
#include "scan.h"

/* Garbage remembered one by one; of what is beyond, only the sums are. */
#define QR_LEAKS_MAX	65536U

/* An object that nothing refers to, or only other such objects. */
struct qr_leak {
	/* Where it was, by qr_scan_hide(). */
	unsigned long hidden_slab;
	u64 tag;
	u32 index;
	bool indirect;
};

/* Of one site; 0 is everything without one. */
struct qr_leak_sum {
	u32 site;
	/* Birth of the oldest lost, else of the oldest object. */
	u32 oldest;
	unsigned long lost;
	unsigned long lost_bytes;
	unsigned long indirect;
	unsigned long indirect_bytes;
	unsigned long held;
	unsigned long held_bytes;
	/* Of the held: only their inside is referred to. */
	unsigned long interior;
	/* Complement of the address of a lost one, or 0. */
	unsigned long hidden_example;
	/* Call chain of that one, if it was kept, or 0. */
	u32 stack;
};

struct qr_verdict {
	/* In order of slab and index. */
	struct qr_leak *leak;
	u32 nr_leaks;
	/* Those with live objects, most lost bytes first. */
	struct qr_leak_sum *sum;
	u32 nr_sums;
	/* All of them added up. */
	struct qr_leak_sum total;
	/* Too young to judge, or excused. */
	unsigned long unjudged;
	unsigned long objects;
	struct qr_scan_stats stats;
	u64 scan_ns;
	/* Since boot, of the end. */
	u64 time_ns;
	/* Scans so far. */
	unsigned long scans;
};

/*
 * Parts the garbage of @scan, whose passes are done, into lost and indirect,
 * and keeps what was found until the next one.  0 or -ENOMEM.
 */
int qr_verdict_make(struct qr_scan *scan, u64 scan_ns);

/* Calls @fn with the last one, which does not change meanwhile.  Sleeps. */
typedef void (*qr_verdict_fn)(const struct qr_verdict *verdict, void *data);
void qr_verdict_use(qr_verdict_fn fn, void *data);
/*
 * Calls @fn for each leak that lives still; its slab stays for the time.
 * Context: process, sleeps; inside of qr_verdict_use().
 */
typedef void (*qr_leak_fn)(const struct qr_slab *slab,
			   const struct qr_leak *leak, void *data);
void qr_verdict_each(const struct qr_verdict *verdict, qr_leak_fn fn,
		     void *data);
/* Excuses all garbage that was found, from now on. */
void qr_verdict_clear(void);
/* Nobody else is here. */
void qr_verdict_exit(void);

#endif /* _QR_VERDICT_H */
