/* SPDX-License-Identifier: GPL-2.0-only */
/* scrub.h - old words in memory that the kernel's allocator has at hand. */
#ifndef _QR_SCRUB_H
#define _QR_SCRUB_H

/*
 * Clears what each CPU would be given next of kmalloc(), as far as that is to be
 * had.  Context: process, sleeps; no lock held that CPUs need to come or go.
 */
void qr_scrub(void);

#endif /* _QR_SCRUB_H */
