// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffer.c - kvmalloc(): the C library's memory, counted, and refused when a
 * fault is injected.  For report buffers; quarry's own memory is pages.
 */
#include <stdlib.h>

#include <linux/atomic.h>
#include <linux/mm.h>

#include "machine.h"

/* What the kernel's kvmalloc() refuses, bytes. */
#define BUFFER_MAX	((size_t)INT_MAX)

static atomic_long_t nr_out;

void *kvmalloc(size_t size, gfp_t gfp)
{
	void *buffer;

	mirror_check_unlocked("kvmalloc()");
	might_alloc(gfp);
	if (size > BUFFER_MAX || mirror_fault_fires(MIRROR_FAULT_BUFFER))
		return NULL;
	buffer = gfp & __GFP_ZERO ? calloc(1, size ?: 1) : malloc(size ?: 1);
	if (buffer)
		atomic_long_inc(&nr_out);
	return buffer;
}

void kvfree(const void *buffer)
{
	mirror_check_unlocked("kvfree()");
	if (!buffer)
		return;
	atomic_long_dec(&nr_out);
	free((void *)buffer);
}

unsigned long mirror_buffers_out(void)
{
	return atomic_long_read(&nr_out);
}
