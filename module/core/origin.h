/* SPDX-License-Identifier: GPL-2.0-only */
/* origin.h - who allocated an object of level stack: written and read. */
#ifndef _QR_ORIGIN_H
#define _QR_ORIGIN_H

#include "internal.h"

/*
 * Who allocates @object, here and now, into its record: after its @tag is
 * written, by its owner.  Nothing where @object is not of level stack.  Context:
 * any but NMI, preemption on, no lock.
 */
void qr_origin_write(const void *object, u64 tag);
/* The same of several at once. */
void qr_origin_write_all(void *const *objects, size_t nr, u64 tag);

/*
 * Copies the record of object @index, consistent with itself.  False when
 * there is none: other levels, not live, or it changes hands just now.
 */
bool qr_origin_read(const struct qr_slab *slab, u32 index,
		    struct qr_origin *copy);

#endif /* _QR_ORIGIN_H */
