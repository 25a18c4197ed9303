/* SPDX-License-Identifier: GPL-2.0-only */
/* log2.h - powers of two. */
#ifndef _MIRROR_LINUX_LOG2_H
#define _MIRROR_LINUX_LOG2_H

#include <linux/bitops.h>

#define ilog2(n)		((int)(63 - __builtin_clzll(n)))

static __always_inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* Undefined for 0, as in the kernel. */
static __always_inline unsigned long roundup_pow_of_two(unsigned long n)
{
	return 1UL << fls_long(n - 1);
}

static __always_inline unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1UL << (fls_long(n) - 1);
}

#define order_base_2(n)		((n) > 1 ? ilog2((n) - 1) + 1 : 0)

#endif /* _MIRROR_LINUX_LOG2_H */
