/* SPDX-License-Identifier: GPL-2.0-only */
/* overflow.h - arithmetic that says when it does not fit. */
#ifndef _MIRROR_LINUX_OVERFLOW_H
#define _MIRROR_LINUX_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/types.h>

static __always_inline bool __must_check mirror_must_check(bool overflow)
{
	return unlikely(overflow);
}

#define check_add_overflow(a, b, d) \
	mirror_must_check(__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d) \
	mirror_must_check(__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d) \
	mirror_must_check(__builtin_mul_overflow(a, b, d))

/* These saturate at SIZE_MAX, which no allocation can satisfy. */
static inline size_t __must_check size_mul(size_t a, size_t b)
{
	size_t bytes;

	return check_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t __must_check size_add(size_t a, size_t b)
{
	size_t bytes;

	return check_add_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

#define array_size(a, b)	size_mul(a, b)
#define array3_size(a, b, c)	size_mul(size_mul(a, b), c)
#define flex_array_size(p, member, count) \
	size_mul(count, sizeof(*(p)->member))
#define struct_size(p, member, count) \
	size_add(sizeof(*(p)), flex_array_size(p, member, count))

#endif /* _MIRROR_LINUX_OVERFLOW_H */
