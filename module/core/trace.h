/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - tells whoever traces the kernel's own allocations of ours.  It is
 * done where the API is entered, so that whatever happens below, each object
 * that a caller gets, and each that is taken back, is told of once.
 */
#ifndef _QR_TRACE_H
#define _QR_TRACE_H

#include "internal.h"

/*
 * An object that @caller gets now, having asked for @asked bytes on @nid;
 * nothing where it is NULL or of no bytes.
 */
void qr_trace_alloc(const void *object, size_t asked, gfp_t gfp, int nid,
		    unsigned long caller);
/*
 * An object that @caller is about to free: told before, because afterwards
 * another may have it.
 */
void qr_trace_free(const void *object, unsigned long caller);

/* Returns @object.  Where instructions count, ask first and jump away. */
static __always_inline void *qr_traced(void *object, size_t asked, gfp_t gfp,
				       int nid, unsigned long caller)
{
	if (unlikely(qr_tracing_allocs()))
		qr_trace_alloc(object, asked, gfp, nid, caller);
	return object;
}

#endif /* _QR_TRACE_H */
