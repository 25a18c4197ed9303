/* SPDX-License-Identifier: GPL-2.0-only */
/* quarantine.h - freed objects that wait before they are used again. */
#ifndef _QR_QUARANTINE_H
#define _QR_QUARANTINE_H

#include "checks.h"

/*
 * Takes a QUARANTINED object; what waits longest leaves when there are more
 * bytes than qr_params.quarantine_bytes.  Context: any but NMI, no lock.
 */
void qr_quarantine_add(struct quarry_cache *cache, struct qr_check *check,
		       struct list_head *doomed);
/* All of them leave. */
void qr_quarantine_flush(struct quarry_cache *cache, struct list_head *doomed);

#endif /* _QR_QUARANTINE_H */
