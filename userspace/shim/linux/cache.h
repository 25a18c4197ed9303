/* SPDX-License-Identifier: GPL-2.0-only */
/* cache.h - cache lines of 64 bytes, as on x86. */
#ifndef _MIRROR_LINUX_CACHE_H
#define _MIRROR_LINUX_CACHE_H

#include <linux/compiler.h>

#define L1_CACHE_SHIFT			6
#define L1_CACHE_BYTES			(1 << L1_CACHE_SHIFT)
#define SMP_CACHE_BYTES			L1_CACHE_BYTES
#define cache_line_size()		L1_CACHE_BYTES
#define L1_CACHE_ALIGN(x)		ALIGN(x, L1_CACHE_BYTES)
#define ____cacheline_aligned		__aligned(SMP_CACHE_BYTES)
#define ____cacheline_aligned_in_smp	____cacheline_aligned
#define __cacheline_aligned		____cacheline_aligned

#endif /* _MIRROR_LINUX_CACHE_H */
