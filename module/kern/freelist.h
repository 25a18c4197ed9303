/* SPDX-License-Identifier: GPL-2.0-only */
/* freelist.h - what the kernel's own allocator has free in a slab. */
#ifndef _QR_FREELIST_H
#define _QR_FREELIST_H

struct page;
struct qr_freelist;
struct qr_scan;

/*
 * To look at one slab after the other; NULL without memory, or where this kernel's
 * allocator is not understood.  Context: process, sleeps.
 */
struct qr_freelist *qr_freelist_get(void);
void qr_freelist_put(struct qr_freelist *list);

/*
 * Calls qr_scan_free() for what of @page, which is a frame of a slab, is a free
 * object, and qr_scan_root() for the rest.  Context: process, no locks.
 */
void qr_freelist_scan(struct qr_freelist *list, struct qr_scan *scan,
		      struct page *page);

#endif /* _QR_FREELIST_H */
