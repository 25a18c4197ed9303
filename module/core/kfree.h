/* SPDX-License-Identifier: GPL-2.0-only */
/* kfree.h - what is freed by who does not know whose it is. */
#ifndef _QR_KFREE_H
#define _QR_KFREE_H

#include "internal.h"

/*
 * Frees a block of any heap or an object of any cache; what is misused is told
 * of and left alone.  False: @block is no memory of ours.  Context: any but NMI.
 */
bool qr_kfree(const void *block, unsigned long caller);

/* Whether @address lies in memory of a cache or heap.  Context: any. */
bool qr_is_ours(const void *address);

/*
 * The kernel's own kfree() was given @object, which is in memory of ours.  That
 * is told of, of blocks of a module's heap once for each call site; these are
 * freed, as their module takes them for the kernel's.  Context: any but NMI.
 */
void qr_stray_free(const void *object, unsigned long caller);

#endif /* _QR_KFREE_H */
