// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - the kernel's own events kmem:kmalloc and kmem:kfree, emitted for
 * our objects: perf kmem, trace-cmd and bpf tools see them as any others.
 * Those of kmem_cache look into a struct kmem_cache, which ours are not.
 */
#include <linux/mm.h>
#include <trace/events/kmem.h>

#include "platform.h"

void qr_platform_trace_alloc(unsigned long caller, const void *object,
			     size_t asked, size_t given, gfp_t gfp, int nid)
{
	trace_kmalloc(caller, object, asked, given, gfp, nid);
}

void qr_platform_trace_free(unsigned long caller, const void *object)
{
	trace_kfree(caller, object);
}
