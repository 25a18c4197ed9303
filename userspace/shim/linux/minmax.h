/* SPDX-License-Identifier: GPL-2.0-only */
/* minmax.h - smaller and larger, of equal types only. */
#ifndef _MIRROR_LINUX_MINMAX_H
#define _MIRROR_LINUX_MINMAX_H

#define MIRROR_CMP(a, b, op, x, y)					\
({									\
	typeof(a) x = (a);						\
	typeof(b) y = (b);						\
	(void)(&x == &y);	/* warns where the types differ */	\
	x op y ? x : y;							\
})

#define MIRROR_CMP_T(type, a, b, op, x, y) \
({ type x = (a); type y = (b); x op y ? x : y; })

/* Names of their own, so that min(max(a, b), c) does not shadow. */
#define MIRROR_NAME_(n)		__cmp_##n
#define MIRROR_NAME(n)		MIRROR_NAME_(n)
#define MIRROR_CMP_1(a, b, op, n, m) \
	MIRROR_CMP(a, b, op, MIRROR_NAME(n), MIRROR_NAME(m))
#define MIRROR_CMP_T1(t, a, b, op, n, m) \
	MIRROR_CMP_T(t, a, b, op, MIRROR_NAME(n), MIRROR_NAME(m))

#undef min
#undef max
#define min(a, b)	MIRROR_CMP_1(a, b, <, __COUNTER__, __COUNTER__)
#define max(a, b)	MIRROR_CMP_1(a, b, >, __COUNTER__, __COUNTER__)
#define min_t(type, a, b) MIRROR_CMP_T1(type, a, b, <, __COUNTER__, __COUNTER__)
#define max_t(type, a, b) MIRROR_CMP_T1(type, a, b, >, __COUNTER__, __COUNTER__)
#define min3(a, b, c)		min((typeof(a))min(a, b), c)
#define max3(a, b, c)		max((typeof(a))max(a, b), c)
#define clamp(val, lo, hi)	min((typeof(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi) min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi)	clamp_t(typeof(val), val, lo, hi)

#define swap(a, b) \
	do { typeof(a) __swap = (a); (a) = (b); (b) = __swap; } while (0)

#endif /* _MIRROR_LINUX_MINMAX_H */
