// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffer.c - kvmalloc(): the C library's memory, counted, and refused when a
 * fault is injected.  For report buffers; quarry's own memory is pages.  And
 * the memory of scans, which copies of the process share.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/atomic.h>
#include <linux/mm.h>

#include "machine.h"
#include "roots.h"

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

void *qr_scan_memory_get(size_t bytes)
{
	void *memory;

	if (mirror_fault_fires(MIRROR_FAULT_BUFFER))
		return NULL;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	atomic_long_inc(&nr_out);
	return memory;
}

void qr_scan_memory_put(void *memory, size_t bytes)
{
	atomic_long_dec(&nr_out);
	munmap(memory, bytes);
}

unsigned long mirror_buffers_out(void)
{
	return atomic_long_read(&nr_out);
}
