/* SPDX-License-Identifier: GPL-2.0-only */
/* bug.h - a warning of the kernel is a bug of ours: it aborts here. */
#ifndef _MIRROR_LINUX_BUG_H
#define _MIRROR_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>

#define MIRROR_BUG_AT(what, text)					\
	mirror_panic("%s at %s:%d %s(): %s", what, __FILE__, __LINE__,	\
		     __func__, text)

#define BUG()		MIRROR_BUG_AT("BUG", "reached")
#define BUG_ON(cond)	do { if (unlikely(cond)) MIRROR_BUG_AT("BUG", #cond); } while (0)
#define WARN_ON(cond)							\
({									\
	bool __warn = !!(cond);						\
	if (unlikely(__warn))						\
		MIRROR_BUG_AT("WARNING", #cond);			\
	__warn;								\
})
#define WARN(cond, fmt, ...)						\
({									\
	bool __warn = !!(cond);						\
	if (unlikely(__warn))						\
		mirror_panic("WARNING: " fmt, ##__VA_ARGS__);		\
	__warn;								\
})
/* The first one aborts, so there is no second. */
#define WARN_ON_ONCE(cond)		WARN_ON(cond)
#define WARN_ONCE(cond, fmt, ...)	WARN(cond, fmt, ##__VA_ARGS__)

#endif /* _MIRROR_LINUX_BUG_H */
