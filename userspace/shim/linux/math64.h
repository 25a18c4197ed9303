/* SPDX-License-Identifier: GPL-2.0-only */
/* math64.h - division: this machine divides 64 bits by itself. */
#ifndef _MIRROR_LINUX_MATH64_H
#define _MIRROR_LINUX_MATH64_H

#include <linux/compiler.h>
#include <linux/types.h>

#undef __KERNEL_DIV_ROUND_UP
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((unsigned long long)(n), (d))
#define DIV_ROUND_CLOSEST(n, d)	(((n) + (d) / 2) / (d))
#define roundup(x, y)		((((x) + (y) - 1) / (y)) * (y))
#define rounddown(x, y)		((x) - (x) % (y))
/* @y a power of two. */
#define round_up(x, y)		((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define round_down(x, y)	((x) & ~((typeof(x))(y) - 1))

static __always_inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

static __always_inline u64 div64_u64(u64 n, u64 d)
{
	return n / d;
}

static __always_inline u64 div_u64_rem(u64 n, u32 d, u32 *rem)
{
	*rem = n % d;
	return n / d;
}

static __always_inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	return (unsigned __int128)a * b / c;
}

#endif /* _MIRROR_LINUX_MATH64_H */
