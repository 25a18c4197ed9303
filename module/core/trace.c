// SPDX-License-Identifier: GPL-2.0-only
/* trace.c - the cold part of telling who traces allocations. */
#include <linux/kernel.h>
#include <linux/preempt.h>

#include "checks.h"
#include "trace.h"

void qr_trace_alloc(const void *object, size_t asked, gfp_t gfp, int nid,
		    unsigned long caller)
{
	struct qr_slab *slab;
	u32 bytes = 0;

	preempt_disable();
	slab = qr_page_slab(object);
	if (slab)
		bytes = qr_slab_bytes(slab);
	preempt_enable();
	if (bytes)
		qr_platform_trace_alloc(caller, object, asked, bytes, gfp, nid);
}

void qr_trace_free(const void *object, unsigned long caller)
{
	qr_platform_trace_free(caller, object);
}
