/* SPDX-License-Identifier: GPL-2.0-only */
/* live.h - what lives, by call site, told to the log and as events. */
#ifndef _QR_LIVE_H
#define _QR_LIVE_H

#include "internal.h"

/* The @nr sites that own most bytes of @heap.  Context: process. */
void qr_live_log_top(struct quarry_heap *heap, unsigned int nr);
/*
 * The sites that own what is live in @cache, or in @heap where @cache is NULL,
 * which @caller destroys: an event and a line for each, most bytes first, the
 * first 16.  Context: process.
 */
void qr_live_at_destroy(struct quarry_cache *cache, struct quarry_heap *heap,
			unsigned long caller);
/*
 * The same of the sites of a module, which is about to go.  Returns how many
 * objects they own.
 */
unsigned long qr_live_at_unload(const char *module);

#endif /* _QR_LIVE_H */
