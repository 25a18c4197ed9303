/* SPDX-License-Identifier: GPL-2.0-only */
/* run.h - blocks of a heap that are page runs. */
#ifndef _QR_RUN_H
#define _QR_RUN_H

#include "internal.h"

/*
 * Both report a failure.  @align is 0 or a power of two; the second may be
 * contiguous only virtually where @gfp may sleep.
 */
void *qr_run_alloc(struct quarry_heap *heap, size_t size, size_t align,
		   gfp_t gfp, int nid, u64 tag);
void *qr_run_kvalloc(struct quarry_heap *heap, size_t size, gfp_t gfp, u64 tag);
/*
 * @block is where @slab, a run, begins; it was claimed, and had @tag.  Context:
 * any but NMI.
 */
void qr_run_free(struct qr_slab *slab, void *block, u64 tag,
		 unsigned long caller);

#endif /* _QR_RUN_H */
