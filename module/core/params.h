/* SPDX-License-Identifier: GPL-2.0-only */
/* params.h - what is set at load, or by files of debugfs, for all of quarry. */
#ifndef _QR_PARAMS_H
#define _QR_PARAMS_H

#include <linux/types.h>

/* Set once at load, before anything is allocated. */
struct qr_params {
	u8 level;		/* default enum quarry_level */
	unsigned int reserve;	/* empty slabs kept by a node */
	unsigned long heap_limit_bytes;	/* default heap's budget, 0 none */
	/* All below change while quarry runs. */
	unsigned long quarantine_bytes;	/* of each cache with option Q */
	unsigned int guard_every;	/* one of so many objects, option G */
	unsigned int guard_slots;	/* such objects at a time; constant */
	unsigned int scan_min_age_ms;	/* younger objects are not judged */
	unsigned int scan_period_s;	/* from scan to scan, 0 none */
};

extern struct qr_params qr_params;

#endif /* _QR_PARAMS_H */
