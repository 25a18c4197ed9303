/* SPDX-License-Identifier: GPL-2.0-only */
/* control.h - the files of debugfs that can be written. */
#ifndef _QR_CONTROL_H
#define _QR_CONTROL_H

#include "report.h"

/*
 * A file: a report, and what writing to it does.  The functions of the report
 * may all be NULL.  Where core has a report of that name, the file is that.
 */
struct qr_control {
	struct qr_report report;
	/*
	 * One of them is set, as in @report.  0, or an error: -EINVAL for text
	 * that is not what @expects says.
	 */
	int (*store)(char *text);
	int (*store_cache)(struct quarry_cache *cache, char *text);
	int (*store_heap)(struct quarry_heap *heap, char *text);
	const char *expects;
};

/* For the top, for each cache and for each heap; as struct qr_report's. */
extern const struct qr_control qr_controls[];
extern const struct qr_control qr_cache_controls[];
extern const struct qr_control qr_heap_controls[];

/* What they ask of the platform, of scans. */

/*
 * Has a scan made that begins from now on, and waits for its end.  0,
 * -EINTR when the wait was interrupted, -ECANCELED when the scan was stopped,
 * or -ENOMEM.  Context: process, sleeps.
 */
int qr_scanner_run(void);
/* Seconds from scan to scan from now on, 0: none unless asked for. */
void qr_scanner_set_period(unsigned int seconds);

#endif /* _QR_CONTROL_H */
