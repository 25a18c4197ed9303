/* SPDX-License-Identifier: GPL-2.0-only */
/* inspect.h - objects with debug options change hands, and are looked at. */
#ifndef _QR_INSPECT_H
#define _QR_INSPECT_H

#include "checks.h"

/*
 * A FREE object on its way to LIVE, before its tag is set to @tag; its owner
 * may use @asked bytes.  False,
 * and told, when it is damaged: then it is as it should have been, and its slab
 * is set aside.  Context: any but NMI, no lock.
 */
bool qr_inspect_take(struct qr_slab *slab, void *object, u64 tag, u32 asked);
/* Frees an object of the slab that was claimed, and had @tag. */
void qr_inspect_free(struct qr_slab *slab, void *object, u64 tag,
		     unsigned long caller, struct list_head *doomed);
/* What leaves quarantine goes back to its slab. */
void qr_inspect_release(struct qr_check *check, struct list_head *doomed);
/* Between these, @asked bytes may be used of a live object from now on. */
void qr_inspect_resize_begin(struct qr_slab *slab, const void *object);
void qr_inspect_resize_end(struct qr_slab *slab, void *object, u32 asked);
/*
 * Looks at all objects of the slab, whatever state they are in.  Returns how
 * many are damaged; each is told of once.  Context: process.
 */
unsigned int qr_inspect_slab(struct qr_slab *slab);

#endif /* _QR_INSPECT_H */
