/* SPDX-License-Identifier: GPL-2.0-only */
/* abandon.h - caches that are still there when quarry itself goes. */
#ifndef _QR_ABANDON_H
#define _QR_ABANDON_H

#include "internal.h"

/*
 * The pages of @cache stay where they are and are nobody's from now on: whoever
 * comes after us must not take them for its own.  Nobody else is here.
 */
void qr_cache_abandon(struct quarry_cache *cache);

/*
 * Ends every named cache that nobody destroyed, with a complaint, and abandons
 * those with live objects; how many those are.  Context: process, and nobody
 * else is here.
 */
unsigned long qr_cache_exit(void);

#endif /* _QR_ABANDON_H */
