/* SPDX-License-Identifier: GPL-2.0-only */
/* finding.h - misuse and damage, told as events. */
#ifndef _QR_FINDING_H
#define _QR_FINDING_H

#include "event.h"
#include "internal.h"

/* Counts a finding against @cache (may be NULL) and records it. */
void qr_cache_finding(struct quarry_cache *cache, int kind, const void *object,
		      unsigned long caller);

#endif /* _QR_FINDING_H */
