/* SPDX-License-Identifier: GPL-2.0-only */
/* mm.h - pages of 4096 bytes, and buffers that may sleep. */
#ifndef _MIRROR_LINUX_MM_H
#define _MIRROR_LINUX_MM_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/numa.h>
#include <linux/overflow.h>

#undef PAGE_SHIFT
#undef PAGE_SIZE
#undef PAGE_MASK
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x)		IS_ALIGNED((unsigned long)(x), PAGE_SIZE)
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)
/* Largest order of a page allocation. */
#define MAX_PAGE_ORDER		10

static __always_inline int get_order(unsigned long size)
{
	return fls_long((size - 1) >> PAGE_SHIFT);
}

/* Counted, and refused by injected failures. */
void *kvmalloc(size_t size, gfp_t gfp) __alloc_size(1);
void kvfree(const void *buffer);

static inline void *kvzalloc(size_t size, gfp_t gfp)
{
	return kvmalloc(size, gfp | __GFP_ZERO);
}

static inline void *kvmalloc_array(size_t nr, size_t size, gfp_t gfp)
{
	return kvmalloc(size_mul(nr, size), gfp);
}

static inline void *kvcalloc(size_t nr, size_t size, gfp_t gfp)
{
	return kvmalloc_array(nr, size, gfp | __GFP_ZERO);
}

#endif /* _MIRROR_LINUX_MM_H */
