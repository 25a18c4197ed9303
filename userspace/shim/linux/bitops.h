/* SPDX-License-Identifier: GPL-2.0-only */
/* bitops.h - bits in words and in arrays of words. */
#ifndef _MIRROR_LINUX_BITOPS_H
#define _MIRROR_LINUX_BITOPS_H

#include <strings.h>

#include <linux/compiler.h>
#include <linux/types.h>

#define BIT(nr)			(1UL << (nr))
#define BIT_ULL(nr)		(1ULL << (nr))
#define BIT_MASK(nr)		(1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr)		((nr) / BITS_PER_LONG)
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (63 - (h))))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (63 - (h))))

#define __ffs(x)		((unsigned long)__builtin_ctzl(x))
#define __fls(x)		((unsigned long)(63 - __builtin_clzl(x)))
#define __ffs64(x)		((unsigned long)__builtin_ctzll(x))
#define ffz(x)			__ffs(~(x))
#define fls(x)		((unsigned int)(x) ? 32 - __builtin_clz(x) : 0)
#define fls64(x)	((u64)(x) ? 64 - __builtin_clzll(x) : 0)
#define fls_long(x)		fls64(x)
#define hweight8(x)	((unsigned int)__builtin_popcount((u8)(x)))
#define hweight32(x)		((unsigned int)__builtin_popcount(x))
#define hweight64(x)		((unsigned long)__builtin_popcountll(x))
#define hweight_long(x)		hweight64(x)

static __always_inline bool test_bit(long nr, const unsigned long *addr)
{
	return READ_ONCE(addr[BIT_WORD(nr)]) & BIT_MASK(nr);
}

#define MIRROR_BIT_FN(name, plain, fetch, val)				\
static __always_inline bool __test_and_##name##_bit(long nr, unsigned long *addr) \
{									\
	unsigned long m = BIT_MASK(nr), *p = addr + BIT_WORD(nr), old = *p; \
									\
	*p = plain;							\
	return old & m;							\
}									\
static __always_inline bool test_and_##name##_bit(long nr, unsigned long *addr) \
{									\
	unsigned long m = BIT_MASK(nr);					\
									\
	return fetch(addr + BIT_WORD(nr), val, __ATOMIC_SEQ_CST) & m;	\
}									\
static __always_inline void __##name##_bit(long nr, unsigned long *addr) \
{ __test_and_##name##_bit(nr, addr); }					\
static __always_inline void name##_bit(long nr, unsigned long *addr)	\
{ test_and_##name##_bit(nr, addr); }
MIRROR_BIT_FN(set, old | m, __atomic_fetch_or, m)
MIRROR_BIT_FN(clear, old & ~m, __atomic_fetch_and, ~m)

#include <linux/bitmap.h>
#endif /* _MIRROR_LINUX_BITOPS_H */
