/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * roots.h - what a scan asks of the platform: the memory that may hold
 * references to objects (module/kern/roots.c in the kernel, userspace/roots.c
 * in the mirror).
 */
#ifndef _QR_ROOTS_H
#define _QR_ROOTS_H

#include <linux/types.h>

struct qr_scan;

/*
 * Calls qr_scan_range() for all memory that is not quarry's: data, stacks from
 * their stack pointers on, registers; and for pages of slabs that the scan
 * does not know.  qr_scan_free() instead for what is known to be free.  What
 * cannot be read is skipped and counted.  Returns 0,
 * -ENOMEM, or -EINTR when the scan was stopped.  Context: process, sleeps.
 */
int qr_roots_scan(struct qr_scan *scan);

/* Longest that is said of a place, in bytes with the NUL. */
#define QR_PLACE_LINE	96

/*
 * What is at @at, which a scan has looked at and is in no object of ours, in words: the
 * variable, the thread whose stack it is, the kind of memory.  Context: process,
 * sleeps.
 */
void qr_place_text(unsigned long at, char *buf, size_t size);

/*
 * Memory of a scan itself, zeroed.  What it writes there must not look like a
 * reference.  Context: process, sleeps.
 */
void *qr_scan_memory_get(size_t bytes);
void qr_scan_memory_put(void *memory, size_t bytes);

/*
 *	bool qr_load_nofault(unsigned long *value, const unsigned long *at);
 *
 * Reads a word, whatever others do to it; false where nothing can be read.
 * Inline, supplied through platform.h.
 */

#endif /* _QR_ROOTS_H */
