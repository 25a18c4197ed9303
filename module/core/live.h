/* SPDX-License-Identifier: GPL-2.0-only */
/* live.h - what lives, by call site, told to the log. */
#ifndef _QR_LIVE_H
#define _QR_LIVE_H

#include "internal.h"

/* The @nr sites that own most bytes of @heap.  Context: process. */
void qr_live_log_top(struct quarry_heap *heap, unsigned int nr);
/*
 * The sites that own what is live in @cache, or in @heap where @cache is
 * NULL.  Context: process.
 */
void qr_live_log(const char *name, struct quarry_cache *cache,
		 struct quarry_heap *heap);

#endif /* _QR_LIVE_H */
