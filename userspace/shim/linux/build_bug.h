/* SPDX-License-Identifier: GPL-2.0-only */
/* build_bug.h - what must hold at compile time. */
#ifndef _MIRROR_LINUX_BUILD_BUG_H
#define _MIRROR_LINUX_BUILD_BUG_H

#undef static_assert
#define static_assert(expr, ...) \
	__static_assert(expr, ##__VA_ARGS__, #expr)
#define __static_assert(expr, msg, ...)	_Static_assert(expr, msg)

#define BUILD_BUG_ON_MSG(cond, msg)	_Static_assert(!(cond), msg)
#define BUILD_BUG_ON(cond)		BUILD_BUG_ON_MSG(cond, #cond)
/* 0, or no compile. */
#define BUILD_BUG_ON_ZERO(e)	((int)sizeof(struct { int:(-!!(e)); }))

#endif /* _MIRROR_LINUX_BUILD_BUG_H */
